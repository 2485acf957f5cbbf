"""A key of a rule that changes who gets an item: in the book, in a table, in the document, in the difference of two books."""
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from rules.change.comparison import compare
from rules.loading import load_book, require_book
from rules.reference.pages import keys_page
from serving.decision.parts import NextPart
from serving.presentation.difference import outcome_words
from tests.serving import small_company
from tests.serving.api.conftest import Api

CHANGES = {
    "rules/book/stages.py": [('''\
        "channel": "How to approach the customer; it stands in the decision's `next`.",
''', '''\
        "only": "The one owner who may have it.",
''')],
    "rules/routing_result.py": [(
        "    channel: str | None = None                            # how the customer is to be contacted\n",
        "    only: str | None = None\n")],
    "rules/routing/eligibility.py": [('''\
    funnel = present(case, members_of(case, roster, target), roster)
    narrow_by_hours(case, funnel, roster)
''', '''\
    if route.only:
        funnel.require("only", lambda owner: Verdict(eligible=owner.owner_id == route.only, reason="not it"))
''')],
    "serving/decision/parts.py": [("    playbook: str | None\n    channel: str | None\n", "    only: str | None\n")],
    "rightful/cli/reference.toml": [('"next.channel" = "the channel that the rule names"\n', '"next.only" = "the one"\n')]}
RULE = "{id: leads, when: {kind: lead, country: [DE, US]}, to: sales"


def check(folder: Path) -> None:
    """Only Dan gets what Ann, Bob and Cleo could have had."""
    before = (small_company.build(folder) / "rulebook.yaml").read_text()
    (folder / "rulebook.yaml").write_text(before.replace(RULE, RULE + ", only: dan"))
    api = Api(folder)
    decided = api.recommend()
    assert (decided["owner"]["owner_id"], decided["next"]["only"]) == ("dan", "dan")
    assert {out["rule"]: len(out["owners"]) for out in decided["eligibility"]["excluded"]} == {"only": 3}
    assert "only" in TypeAdapter(NextPart).json_schema()["properties"]

    books = [require_book({"rulebook.yaml": text}) for text in (before, api.live.in_force.book.files["rulebook.yaml"])]
    [region] = compare(*books, at=datetime(2026, 11, 20, tzinfo=UTC)).treated
    assert "only dan" in outcome_words(region, region.after)
    assert "| `only` |  | The one owner who may have it. |" in keys_page()
    assert "only dan" in api.get("/console/rulebook").text

    table = before.replace("    rules:\n      - " + RULE, "    table: t.csv\n  - stage: more\n    rules:\n      - " + RULE)
    read = require_book({"rulebook.yaml": table, "t.csv": "id,kind,only,to\nfirst,case,eve,solo\n"})
    assert read.stages[0].rules[0].how == {"playbook": None, "channel": None, "only": "eve"}
    slip = load_book({"rulebook.yaml": before.replace(RULE, RULE + ", onyl: dan")})
    assert "only" in {finding.nearest for finding in slip.findings}
