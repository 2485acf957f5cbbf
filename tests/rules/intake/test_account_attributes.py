"""What an account says for its items: tier, city and further columns, where the item leaves them open."""
import pytest

from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import require_book
from rules.refdata.times import parse_instant

BOOK = """
rulebook: 1
attributes:
  kind: {enum: [lead]}
  country: {type: country}
  state: {type: subdivision}
  account: {type: account_ref}
  tier: {enum: [strategic, silver]}
  city: {type: text}
  metro: {from: city, map: m.csv}
  employees: {bands: {SMB: 1-249, ENT: 250+}}
  do_not_contact: {type: flag}
teams: {rest: {kind: queue}}
stages:
  - stage: fallback
    rules: [{id: all, to: rest}]
"""
ACCOUNTS = """account_id,domain,country,city,tier,state,employees,do_not_contact
acme,acme.com,US,San Francisco,Strategic,CA,4000,true
odd,odd.com,US,,platinum,CA,many,
"""
FILES = {"rulebook.yaml": BOOK, "m.csv": "city,metro\nsan francisco,BAY\n"}


def read(**record):
    directory = load_directory({"owners.csv": "owner_id,kind\no,person\n", "accounts.csv": ACCOUNTS})
    return read_item({"kind": "lead", **record}, book=require_book(FILES), directory=directory,
                     at=parse_instant("2026-12-01T12:00:00Z"))


def test_what_the_item_leaves_open_is_taken_from_its_account_and_says_so():
    item = read(email="x@acme.com")
    values = {name: item.value(name) for name in ("tier", "city", "metro", "employees", "do_not_contact", "state")}
    assert values == {"tier": "strategic", "city": "San Francisco", "metro": "BAY", "employees": "ENT", "do_not_contact": True,
                      "state": "CA"}
    tier = item.facts["tier"]
    assert (tier.raw, tier.source, tier.trust) == ("Strategic", "account", "derived")


@pytest.mark.parametrize(("given", "value"), [
    ({"tier": "silver"}, "silver"), ({"tier": "unheard of"}, "strategic"), ({}, "strategic"),
])
def test_what_the_item_says_itself_stands(given, value):
    assert read(account="acme", **given).value("tier") == value


def test_an_item_of_another_country_does_not_get_the_accounts_state():
    item = read(account="acme", country="DE")
    assert (item.value("country"), item.value("state"), item.value("tier")) == ("DE", None, "strategic")


def test_what_the_account_says_and_the_book_cannot_read_is_warned_of_and_left_out():
    item = read(account="odd")
    assert (item.value("tier"), item.value("employees")) == (None, None)
    assert any("platinum" in warning for warning in item.warnings) and any("many" in warning for warning in item.warnings)


def test_an_item_without_account_takes_nothing():
    assert read(country="US").value("tier") is None
