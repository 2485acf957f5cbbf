"""A workspace small enough to read: one sales team of four, a queue for the rest, consent as the one hard rule."""
from datetime import UTC, datetime
from pathlib import Path

RULEBOOK = """\
rulebook: 1
version: 2026.1
effective_from: 2026-01-01T00:00:00Z
owner: revops@example.com
attributes:
  kind: {enum: [lead, case]}
  country: {type: country}
  employees: {bands: {SMB: 1-249, ENT: 250+}}
  industry: {enum: [manufacturing, software]}
  consent: {enum: [granted, denied]}
  do_not_contact: {type: flag}
teams:
  sales: {kind: team, name: Sales}
  solo: {kind: team, name: Solo}
  manual-review: {kind: queue}
  nurture: {kind: queue}
compliance:
  - {id: no-consent, forbid: contact, when: {kind: lead, consent: [denied, missing]}, send_to: nurture}
  - {id: eu-residency, require: {owner.data_region: [EU]}, when: {country: [DE]}}
stages:
  - stage: territory
    rules:
      - {id: leads, when: {kind: lead, country: [DE, US]}, to: sales}
      - {id: french, when: {kind: lead, country: FR}, to: solo}
  - stage: fallback
    rules: [{id: catch-all, to: manual-review, reason: no_territory}]
availability: {working_hours: ignore, absence: require, capacity: require, none_free: {then: queue}}
"""

OWNERS = """\
owner_id,name,kind,time_zone,languages,data_region,max_open,weight
ann,Ann,person,Europe/Berlin,de;en,EU,3,1
bob,Bob,person,Europe/Berlin,de,EU,,1
cleo,Cleo,person,UTC,en,EU,,1
dan,Dan,person,UTC,en,US,,1
eve,Eve,person,UTC,en,US,1,1
"""

MEMBERSHIPS = """\
owner_id,team,role,from,to
ann,sales,,,
bob,sales,,,
cleo,sales,,,
dan,sales,,,
eve,solo,,,
"""

SETTINGS = """\
[objectives.lead]
positive = ["converted"]
horizon = "30d"
"""

#: A moment in working hours that everything in the tests happens after.
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def build(folder: Path) -> Path:
    """Write the workspace's files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("rulebook.yaml", RULEBOOK), ("owners.csv", OWNERS), ("memberships.csv", MEMBERSHIPS),
                       ("rightful.toml", SETTINGS)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def lead(item_id: str = "L-1", **attributes: object) -> dict[str, object]:
    """A raw lead that reaches the sales team, as a request carries it."""
    return {"item_id": item_id, "kind": "lead", "received_at": NOON.isoformat(), "country": "US", "employees": 1200,
            "industry": "software", "consent": "granted", "value": 1000, **attributes}
