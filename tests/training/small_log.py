"""A workspace with a made-up past: two teams whose owners truly differ, by skill and by industry, or not at all."""
import heapq
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from features.events import Event
from rules.model import Fact, WorkItem
from serving.runtime.workspace import Workspace
from tests.serving.store.fakes import append

RULEBOOK = """\
rulebook: 1
version: small
attributes:
  kind: {enum: [lead]}
  region: {enum: [north, south]}
  industry: {enum: [banking, energy, retail]}
  colour: {enum: [blue, green, red]}
teams:
  north: {kind: team}
  south: {kind: team}
  rest: {kind: queue}
stages:
  - stage: territory
    rules:
      - {id: north, when: {region: north}, to: north}
      - {id: south, when: {region: south}, to: south}
  - stage: fallback
    rules: [{id: other, to: rest, reason: no_region}]
"""
SETTINGS = """\
[objectives.lead]
positive = ["converted"]
horizon = "20d"
"""
INDUSTRIES, COLOURS, REGIONS = ("banking", "energy", "retail"), ("blue", "green", "red"), ("north", "south")
PER_TEAM, START, DAYS = 7, datetime(2025, 6, 2, tzinfo=UTC), 300


def build(folder: Path, *, rows: int = 3000, skill: float = 0.8, fit: float = 0.8, seed: int = 3,
          settings: str = SETTINGS, drift: float = 0.0) -> Workspace:
    """Write the files and append the events of a past with rotation; `drift`: how much leads change by its end."""
    folder.mkdir(parents=True, exist_ok=True)
    owners = [f"o{number:02d}" for number in range(2 * PER_TEAM)]
    (folder / "rulebook.yaml").write_text(RULEBOOK, encoding="utf-8")
    (folder / "rightful.toml").write_text(settings, encoding="utf-8")
    (folder / "owners.csv").write_text("owner_id,kind,max_open,grade\n" + "".join(
        f"{name},person,40,{index % 3}\n" for index, name in enumerate(owners)), encoding="utf-8")
    (folder / "memberships.csv").write_text("owner_id,team,role,from,to\n" + "".join(
        f"{name},{REGIONS[index // PER_TEAM]},,,\n" for index, name in enumerate(owners)), encoding="utf-8")
    workspace = Workspace.at(folder)
    append(workspace.store, past(owners, rows=rows, skill=skill, fit=fit, seed=seed, drift=drift))
    return workspace


def past(owners: list[str], *, rows: int, skill: float, fit: float, seed: int, drift: float = 0.0) -> list[Event]:
    """Assigned, responded, outcome and closed events in known-at order."""
    random = np.random.default_rng(seed)
    able = random.normal(0, skill, len(owners))
    suited = random.normal(0, fit, (len(owners), len(INDUSTRIES)))
    waiting: list[tuple[datetime, int, Event]] = []
    for number in range(rows):
        at = START + timedelta(days=DAYS * number / rows)
        region, industry = int(random.integers(2)), int(random.integers(3))
        owner = region * PER_TEAM + int(random.integers(PER_TEAM))
        worth = float(random.normal())
        item = WorkItem(item_id=f"L-{number}", kind="lead", received_at=at, facts={
            "region": Fact(value=REGIONS[region]), "industry": Fact(value=INDUSTRIES[industry]),
            "colour": Fact(value=COLOURS[int(random.integers(3))]),
            "value": Fact(value=round(100 + 10 * worth, 2), number=round(100 + 10 * worth, 2))})
        level = drift * number / rows - 1.0
        wins = random.random() < 1 / (1 + np.exp(-level - 0.8 * worth - able[owner] - suited[owner, industry]))
        for kind, later in _life(random, bool(wins)):
            known = at + timedelta(hours=later)
            heapq.heappush(waiting, (known, len(waiting), Event(
                event_id=f"{kind}-{number}", kind=kind, assignment_id=f"a-{number}", item_id=item.item_id,
                owner_id=owners[owner], occurred_at=known, known_at=known,
                team=REGIONS[region] if kind == "assigned" else None, item=item if kind == "assigned" else None,
                assigned_by="rotation" if kind == "assigned" else None,
                outcome=("converted" if wins else "lost") if kind == "outcome" else None)))
    return [heapq.heappop(waiting)[2] for _ in range(len(waiting))]


def _life(random: np.random.Generator, wins: bool) -> list[tuple[str, float]]:
    reply, decided = float(random.lognormal(0.5, 0.8)), 24 * float(random.uniform(2, 15))
    return [("assigned", 0.0), ("responded", reply), ("outcome", decided), ("closed", decided)]
