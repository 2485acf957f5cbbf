"""A small book with everything that says what comes next, for the tests of its parts."""
from datetime import UTC, datetime

from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import load_book, require_book
from rules.model import Moment
from rules.routing.territory import find_route

BOOK = """rulebook: 1
owner: revops@example.com
{top}
attributes:
  kind: {{enum: [lead, renewal]}}
  tier: {{enum: [gold, silver]}}
  lifecycle_stage: {{enum: [lead, opportunity, customer]}}
  lead_status: {{enum: [new, working, nurturing]}}
  lead_score: {{type: number, use: urgency}}
  score_band: {{bands: {{cold: 0-<50, warm: 50-<80, hot: 80+}}, from: lead_score}}
  paid: {{type: flag, use: urgency}}
teams:
  sales: {{kind: team}}
  success: {{kind: team}}
  nurture: {{kind: queue, automation: email_track}}
stages:
  - stage: territory
    rules:
{rules}
  - stage: fallback
    rules: [{{id: rest, to: nurture}}]
slas:
  hot: {{respond_within: PT15M}}
  warm: {{respond_within: PT4H}}
  slow: {{respond_within: P2D}}
lifecycle: {lifecycle}
"""
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
FOLK = load_directory({"owners.csv": "owner_id,kind\nann,person\n",
                       "memberships.csv": "owner_id,team\nann,sales\nann,success\n"})
LEADS = "{id: leads, when: {kind: lead}, to: sales}"


def files(*rules, lifecycle="[]", top="version: next"):
    lines = "\n".join(f"      - {rule}" for rule in rules or (LEADS,))
    return {"rulebook.yaml": BOOK.format(rules=lines, lifecycle=lifecycle, top=top)}


def book(*rules, **more):
    return require_book(files(*rules, **more))


def faults(*rules, **more):
    return [(found.kind, found.given) for found in load_book(files(*rules, **more)).findings if found.severity == "error"]


def item(the_book, **attributes):
    return read_item({"kind": "lead", "item_id": "L-1", "received_at": AT.isoformat(), **attributes}, book=the_book,
                     directory=FOLK, at=AT)


def route(the_book, at=AT, **attributes):
    return find_route(the_book, item(the_book, **attributes), FOLK, Moment(at=at)).route
