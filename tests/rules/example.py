"""A small company that tests of intake and eligibility share: one book, one directory, and readers of items."""
from datetime import datetime

from rules.book.schema import RuleBook
from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import require_book
from rules.model import Directory, WorkItem
from rules.refdata.times import parse_instant

BOOK = """
rulebook: 1
version: "test"
attributes:
  kind: {enum: [lead, quote_request, churn_risk]}
  country: {type: country}
  state: {type: subdivision}
  us_region: {from: state, map: tables/us_regions.csv}
  postal_code: {type: postal}
  employees: {bands: {SMB: 1-249, MID: 250-999, ENT: 1000+}}
  churn_score: {type: number}
  churn_band: {bands: {low: 0-<0.3, mid: 0.3-<0.7, high: 0.7-1}, from: churn_score}
  account: {type: account_ref}
  language: {type: language}
  channel: {enum: [inbound, outbound]}
  consent: {enum: [granted, denied]}
  do_not_contact: {type: flag}
  required_certification: {enum: [gas, hvac]}
  notes: {type: text}
groups:
  NORTH_AM: [US, CA, MX]
  EEA: [DE, FR, IT]
teams:
  east: {kind: team, name: East}
  pool: {kind: pool}
  stores: {kind: branches}
  call-centre: {kind: queue}
  nurture: {kind: queue, automation: email_track}
  manual-review: {kind: queue}
compliance:
  - {id: sanctions, forbid: item, when: {country: [IR, KP]}, send_to: manual-review, if_missing: skip}
  - {id: no-consent, forbid: contact, when: {kind: lead, consent: [denied, missing]}, send_to: nurture}
  - {id: left-alone, forbid: contact, when: {do_not_contact: true}, send_to: nurture, if_missing: skip}
  - {id: eu-residency, require: {owner.data_region: [EU]}, when: {country: EEA}, if_missing: skip}
  - {id: licence, require: {owner.certifications: {contains: item.required_certification}}, when: {kind: quote_request}}
  - {id: call-window, require: {item.local_time: "08:00-21:00"}, when: {channel: outbound}, if_missing: skip}
  - {id: conflict, forbid: {owner.conflicts: {contains: item.account}}}
stages:
  - stage: named
    table: tables/named.csv
  - stage: territory
    rules:
      - {id: ent-east, when: {kind: lead, country: NORTH_AM, employees: ENT, us_region: EAST}, to: east}
      - {id: smb, when: {kind: lead, employees: [SMB, MID, missing]}, to: pool}
      - {id: install, when: {kind: quote_request}, to: {nearest: stores, max_km: 60, open: now}, else: call-centre}
  - stage: fallback
    rules: [{id: catch-all, to: manual-review, reason: no_territory}]
availability: {working_hours: prefer, absence: require, capacity: require, none_free: {wait: PT10M, then: manual-review}}
"""

TABLES = {
    "tables/us_regions.csv": "state,us_region\nNY,EAST\nMA,EAST\nCA,WEST\n",
    "tables/named.csv": "account_id,include_children,team,owner_id\nacme,true,,ann\n",
}

OWNERS = """\
owner_id,name,kind,time_zone,working_hours,holidays,languages,certifications,data_region,latitude,longitude,\
max_open,max_per_day,active_to,conflicts,seniority
ann,Ann,person,America/New_York,Mon-Fri 09:00-17:00,US,en,,US,,,3,,,,5
ben,Ben,person,America/New_York,Mon-Fri 09:00-17:00,US,en;es,,US,,,3,,,globex,2
cleo,Cleo,person,Europe/Berlin,Mon-Fri 09:00-17:00,DE-BY,de,,EU,,,,1,,,7
dan,Dan,person,Europe/Berlin,,,de,,EU,,,,,2026-10-31,,1
eve,Eve,person,UTC,,,fr,,,,,,,,,3
sf,San Francisco,branch,America/Los_Angeles,Mon-Sun 09:00-18:00,US,,gas:2026-12-31,US,37.79,-122.40,,,,,
oak,Oakland,branch,America/Los_Angeles,Mon-Sun 09:00-18:00,US,,gas;hvac,US,37.80,-122.27,,,,,
ny,New York,branch,America/New_York,Mon-Sun 09:00-18:00,US,,gas,US,40.71,-74.00,,,,,
call-centre,Call centre,queue,,,,,,,,,,,,,
"""
MEMBERSHIPS = """\
owner_id,team,role,from,to
ann,east,sdr,,
ben,east,sdr,2026-01-01,
cleo,east,sdr,,2026-11-20
ann,pool,,,
ben,pool,,,
cleo,pool,,,
dan,pool,,,
eve,pool,,,
sf,stores,,,
oak,stores,,,
ny,stores,,,
"""
ABSENCES = "owner_id,from,to,reason\neve,2026-11-23,2026-11-27,leave\n"
ACCOUNTS = """\
account_id,name,domain,parent_id,country
acme,Acme,acme.com,,US
acme-de,Acme GmbH,www.acme.de,acme,Germany
globex,Globex,globex.com,,US
globex-fr,Globex France,globex.fr,globex,FR
twin-1,Twin One,twin.io,,
twin-2,Twin Two,twin.io,,
"""
DIRECTORY_FILES = {"owners.csv": OWNERS, "memberships.csv": MEMBERSHIPS, "absences.csv": ABSENCES,
                   "accounts.csv": ACCOUNTS}

#: A Monday, 10:00 in New York and 16:00 in Berlin.
MONDAY = parse_instant("2026-11-30T15:00:00Z")


def book(text: str = BOOK) -> RuleBook:
    """The example book, or another one over the same tables."""
    return require_book({"rulebook.yaml": text, **TABLES})


def directory(**replaced: str) -> Directory:
    """The example directory; keyword `owners="..."` replaces a file's text."""
    return load_directory(DIRECTORY_FILES | {f"{name}.csv": text for name, text in replaced.items()})


_BOOK, _DIRECTORY = book(), directory()


def the_book() -> RuleBook:
    """The example book, loaded once."""
    return _BOOK


def the_directory() -> Directory:
    """The example directory, loaded once."""
    return _DIRECTORY


def item(at: datetime = MONDAY, **attributes) -> WorkItem:
    """An item of the example company; a lead that consents unless said otherwise."""
    raw = {"item_id": "L-1", "kind": "lead", "consent": "granted"} | attributes
    return read_item({name: value for name, value in raw.items() if value is not None}, book=_BOOK,
                     directory=_DIRECTORY, at=at)
