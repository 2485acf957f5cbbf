"""Refusals remembered for a team: the verdicts that asking each owner gives, whatever the item and on every day."""
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from rules.directory.files import load_directory
from rules.loading import require_book
from rules.model import Fact, Moment, WorkItem
from rules.routing.compliance import refusal_cache
from rules.routing.compliance.engine import judge_pair, pair_rules
from rules.routing.compliance.refusal_cache import RefusalCache

BOOK = """\
rulebook: 1
attributes:
  kind: {enum: [case]}
  country: {type: country}
  state: {type: subdivision}
  account: {type: account_ref}
  required_certification: {enum: [gas, hvac]}
teams: {field: {kind: team}, rest: {kind: queue}}
compliance:
  - {id: residency, require: {owner.data_region: [EU]}, when: {country: [DE]}}
  - {id: licence, require: {owner.certifications: {contains: item.required_certification}}, if_missing: skip}
  - {id: cleared, require: {owner.clearance: [secret]}, when: {country: [US, missing]}}
  - {id: conflict, forbid: {owner.conflicts: {contains: item.account}}}
stages:
  - stage: fallback
    rules: [{id: all, to: field}]
"""
DIRECTORY = load_directory({
    "owners.csv": "owner_id,kind,time_zone,certifications,data_region,clearance,conflicts\n"
                  "tokyo,person,Asia/Tokyo,gas:2026-11-18,EU,secret:2026-11-18,acme\n"
                  "berlin,person,Europe/Berlin,gas@DE;hvac:2026-11-18,US,secret,acme:2026-11-18\n"
                  "honolulu,person,Pacific/Honolulu,gas@US-HI:2026-11-17;hvac,EU,,\n"
                  "kathmandu,person,Asia/Kathmandu,,,,globex\n",
    "memberships.csv": "owner_id,team,role,from,to\n",
    "accounts.csv": "account_id,name,domain,parent_id,country\nacme,Acme,,,\nacme-de,Acme DE,,acme,\nglobex,Globex,,,\n",
})
SAID = {"country": ("DE", "US", None), "state": ("HI", None), "account": ("acme-de", "globex", None),
        "required_certification": ("gas", "hvac", None)}
ITEMS = [WorkItem(item_id="i", kind="case", received_at=datetime(2026, 11, 18, tzinfo=UTC),
                  facts={name: Fact(value=value, trust=trust) for name, value in zip(SAID, values, strict=True) if value})
         for values in product(*SAID.values()) for trust in ("stated", "low")]
MOMENTS = [Moment(at=datetime(2026, 11, 17, 9, tzinfo=UTC) + timedelta(minutes=45 * step)) for step in range(80)]


@pytest.mark.parametrize("most", [1, refusal_cache.MOST_REMEMBERED])
def test_what_is_remembered_is_what_each_owner_is_told(most, monkeypatch):
    monkeypatch.setattr(refusal_cache, "MOST_REMEMBERED", most)
    book, owners = require_book({"rulebook.yaml": BOOK}), tuple(DIRECTORY.owners.values())
    kept, refusals = RefusalCache(owners), 0
    for at in MOMENTS[:: 1 if most > 1 else 9]:
        for item in ITEMS:
            for rule in pair_rules(item, at, book):
                asked = [(owner, judge_pair(rule, item, owner, at, DIRECTORY)) for owner in owners]
                wanted = [(owner, verdict) for owner, verdict in asked if not verdict.eligible]
                assert list(kept.of(rule, item, at, DIRECTORY)) == wanted, (rule.id, item.facts, at)
                refusals += len(wanted)
    assert refusals


def test_two_rules_alike_are_told_apart_by_identity():
    book, owners = require_book({"rulebook.yaml": BOOK}), tuple(DIRECTORY.owners.values())
    item = ITEMS[0]
    rule = pair_rules(item, MOMENTS[0], book)[0]
    kept = RefusalCache(owners)
    assert kept.of(rule, item, MOMENTS[0], DIRECTORY)
    assert not kept.of(replace(rule, require=()), item, MOMENTS[0], DIRECTORY)
