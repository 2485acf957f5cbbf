"""A workspace small enough to read: one sales team of four, a queue for the rest, consent as the one hard rule."""
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from features.catalogue import catalogue, catalogue_digest
from features.plan import FeaturePlan
from serving.imports.files import import_file
from serving.ranking.bundle import BundleParts, write_bundle
from serving.ranking.layers import Linear
from serving.runtime.workspace import Workspace

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


def history(count: int = 60) -> str:
    """A history in which ann and bob convert every other lead and the others none; a lead a day up to NOON."""
    lines = ["item_id,kind,received_at,owner_id,assigned_at,first_response_at,ended_at,end,outcome,outcome_at,value,"
             "assigned_by,country,industry,consent"]
    for number in range(count):
        owner = ("ann", "bob", "cleo", "dan")[number % 4]
        at = NOON - timedelta(days=count - number)
        won = owner in ("ann", "bob") and number % 8 < 4
        ended = at + timedelta(days=3)
        closes = ended < NOON
        lines.append(",".join((
            f"H-{number}", "lead", at.isoformat(), owner, (at + timedelta(minutes=5)).isoformat(),
            (at + timedelta(minutes=65)).isoformat(), ended.isoformat() if closes else "", "resolved" if closes else "open",
            ("converted" if won else "lost") if closes else "", ended.isoformat() if closes else "", "1000", "manual", "US",
            "software" if number % 3 else "manufacturing", "granted")))
    return "\n".join(lines) + "\n"


def with_model(folder: Path) -> Path:
    """The workspace with its history imported and a model promoted that follows past results and load."""
    build(folder)
    (folder / "history.csv").write_text(history(), encoding="utf-8")
    workspace = Workspace.at(folder)
    import_file(workspace, folder / "history.csv", what="history")
    promoted = write_bundle(workspace.bundles, bundle_parts())
    workspace.store.write_expectations(promoted, {event.assignment_id: 0.25 for event in workspace.store.events()})
    workspace.store.set_champion("lead", promoted, "test")
    workspace.close()
    return folder


def bundle_parts(weight: float = 1.5) -> BundleParts:
    """A straight line on the owner effects and the load, without trees."""
    plan = FeaturePlan(objective="lead", dimensions=("industry",))
    features = catalogue(plan)
    names = tuple(feature.name for feature in features)
    coef = np.array([weight if name.startswith("effect_owner") else -0.4 if name == "load_ratio" else 0.0
                     for name in names])
    k = len(names)
    return BundleParts(
        objective="lead", plan=plan, features=names, catalogue_digest=catalogue_digest(features), item_fields=(),
        linear=Linear(names=names, coef=coef, mean=np.zeros(k), imputation=np.zeros(k)), pair_text="", quality_text="",
        quality_init=-1.0, range_low=np.full(k, np.nan), range_high=np.full(k, np.nan), value_median=500.0,
        training_digest="sha256:test", golden_matrix=np.zeros((2, k)), golden_items=np.zeros((2, 0)))
