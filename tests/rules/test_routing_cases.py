"""Every case file of every kind of routing: a small book of its own, and where each item must go.

A file names what its book has beside the kinds of items and a queue `rest` for all that is left: `attributes`, `groups`,
`teams` as YAML, `rules` of the stage `territory` (or whole `stages`), `tables`, `owners` (who each are members of their
`team`) and `accounts`. `goes_to` are the teams that the kind sends to: an item that lands there passes.
"""
import pytest

from rules.analysis.check import check
from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import require_book
from rules.routing.eligibility import route_and_filter
from rules.workload import CountedWorkloads, Workload
from tests.rules.cases import NOON, by_kind, cases, moment, table

ITEM_KINDS = ("lead", "account", "contact", "opportunity", "quote_request", "renewal", "churn_risk", "onboarding", "upsell",
              "case", "partner_referral")
#: Every way of routing that the project promises.
ROUTING_KINDS = (
    "region", "country", "state", "metro", "postal_prefix", "postal_range", "radius",
    "nearest_branch", "service_area", "certification", "opening_hours",
    "size", "industry", "revenue", "product", "several_products",
    "tier", "named_account", "account_family", "partner", "channel", "language",
    "renewal_window", "churn_band", "onboarding", "upsell", "health", "tenure",
    "weighted_pool", "combination", "without_a_human", "item_kind",
)
BOOK = """\
rulebook: 1
version: cases
attributes:
  kind: {{enum: [{kinds}]}}
{attributes}
groups: {{{groups}}}
teams:
{teams}
  rest: {{kind: queue}}
{compliance}
stages:
{stages}
  - stage: fallback
    rules: [{{id: catch-all, to: rest, reason: no_territory}}]
availability: {{working_hours: ignore}}
"""


def files(case: dict) -> dict[str, str]:
    """The case's book with its tables."""
    rules = "\n".join(f"      - {{{rule}}}" for rule in case.get("rules", ()))
    stages = case.get("stages") or f"  - stage: territory\n    rules:\n{rules}"
    text = BOOK.format(kinds=", ".join(ITEM_KINDS), attributes=indented(case.get("attributes", "")), stages=stages.rstrip(),
                       groups=case.get("groups", ""), teams=indented(case["teams"]), compliance=case.get("compliance", ""))
    return {"rulebook.yaml": text, **{f"tables/{name}.csv": text for name, text in case.get("tables", {}).items()}}


def indented(lines: str) -> str:
    return "\n".join(f"  {line}" for line in lines.strip().splitlines())


def people(case: dict):
    owners = case.get("owners") or [{"owner_id": f"o-{team}", "team": team} for team in case["goes_to"]]
    rows = [{"kind": "person"} | {name: value for name, value in owner.items() if name != "team"} for owner in owners]
    members = [{"owner_id": owner["owner_id"], "team": owner["team"]} for owner in owners if "team" in owner]
    return load_directory({"owners.csv": table(rows), "memberships.csv": table(members, "owner_id", "team"),
                           "accounts.csv": table(case.get("accounts", []), "account_id", "domain", "parent_id", "country")})


def decided(case: dict):
    book, directory, at = require_book(files(case)), people(case), moment(case)
    item = read_item({"kind": "lead"} | case["item"], book=book, directory=directory, at=at)
    carried = case.get("open", {})
    return route_and_filter(item, book=book, directory=directory, at=at,
                  workload=CountedWorkloads({one: Workload(open_items=count) for one, count in carried.items()}))


def lands(case: dict) -> bool:
    """Whether the item reaches a team that the kind sends to."""
    return decided(case).route.team in case["goes_to"]


@pytest.mark.parametrize(("kind", "case"), cases("routing"))
def test_an_item_goes_where_the_case_says(kind, case):
    found = decided(case)
    route = found.route
    assert route.team == case["team"], route
    assert route.rule == case.get("rule", route.rule)
    assert route.stage == case.get("stage", route.stage)
    assert route.reason == (case.get("reason") or route.reason)
    assert route.named_owner == case.get("named_owner")
    assert list(found.eligibility.eligible) == case.get("eligible", list(found.eligibility.eligible))
    assert (found.automation or "") == case.get("automation", found.automation or "")


@pytest.mark.parametrize("kind", ROUTING_KINDS)
def test_the_book_of_a_case_file_is_one_that_a_company_could_keep(kind):
    case = by_kind("routing")[kind][0]
    faults = [found for found in check(files(case), people(case), at=NOON).findings if found.severity == "error"]
    assert faults == []
