"""The small company of these tests, and a view that serves whatever features a test wants."""
from datetime import UTC, datetime, timedelta

import numpy as np

from features.exposure import Exposures, Had
from rules.workload import Workload, Workloads

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OWNERS = tuple(f"o-{number}" for number in range(1, 13))

BOOK = """
rulebook: 1
version: "1"
effective_from: 2026-01-01T00:00:00Z
attributes:
  kind: {enum: [lead, case]}
  segment: {enum: [SMB, MID, ENT]}
  country: {type: country}
  note: {type: text}
teams:
  pool: {kind: pool, name: Pool}
  equal: {kind: pool, balance: equal}
  solo: {kind: team}
  nobody: {kind: team}
  nurture: {kind: queue, automation: email_track}
  triage: {kind: queue}
compliance:
  - {id: sanctions, forbid: item, when: {country: [KP]}, send_to: triage}
  - {id: eu-residency, require: {owner.data_region: [EU]}, when: {country: [DE]}}
stages:
  - stage: territory
    rules:
      - {id: leads, says: "SMB, ENT leads go to Pool", when: {kind: lead, segment: [SMB, ENT]}, to: pool, sla: hot,
         playbook: demo, channel: call}
      - {id: mids, when: {kind: lead, segment: MID}, to: solo}
      - {id: cold-cases, when: {kind: case, segment: SMB}, to: nurture}
      - {id: mid-cases, when: {kind: case, segment: MID}, to: equal}
      - {id: big-cases, when: {kind: case, segment: ENT}, to: nobody}
  - stage: fallback
    rules: [{id: rest, to: triage, reason: no_territory}]
availability: {working_hours: prefer, absence: require, capacity: require, none_free: {then: queue}}
slas:
  hot: {respond_within: PT15M, clock: business}
lifecycle:
  - {id: cases-have-no-note, when: {kind: case}, must: {note: nothing}}
"""

_OWNER_ROWS = "".join(
    f"{owner},Name {number},person,{'EU' if number % 3 == 0 else 'US'},{1 + number % 3},20,{number % 4}\n"
    for number, owner in enumerate(OWNERS, start=1))
DIRECTORY = {
    "owners.csv": "owner_id,name,kind,data_region,weight,max_open,seniority\n" + _OWNER_ROWS
                  + "s-1,Solo,person,US,1,5,2\nn-1,Nobody,person,US,1,1,2\ntriage,Triage,queue,,,,\n",
    "memberships.csv": "owner_id,team,role,from,to\n"
                       + "".join(f"{owner},pool,,,\n{owner},equal,,,\n" for owner in OWNERS)
                       + "s-1,solo,,,\nn-1,nobody,,,\n",
    "absences.csv": "owner_id,from,to,reason\no-12,2026-11-01,2026-12-01,leave\nn-1,2026-11-01,2026-12-01,leave\n",
}


def feature_rows(rng, rows, features):
    """Random rows of the catalogue: plausible scales, a tenth of the cells of four features missing."""
    kinds = {"log-odds": lambda: rng.normal(0, 0.4, rows), "share": lambda: rng.random(rows),
             "yes or no": lambda: rng.integers(0, 2, rows), "log(1 + hours)": lambda: rng.gamma(2, 0.6, rows),
             "minutes": lambda: rng.exponential(200, rows), "km": lambda: rng.exponential(300, rows),
             "days": lambda: rng.exponential(200, rows), "items": lambda: rng.poisson(40, rows),
             "as in owners.csv": lambda: rng.integers(0, 4, rows)}
    matrix = np.column_stack([kinds[feature.unit]() for feature in features]).astype(float)
    for j, feature in enumerate(features):
        if feature.name in ("reply_log_hours", "load_ratio", "distance_km", "skill_match"):
            matrix[rng.random(rows) < 0.1, j] = np.nan
    return matrix


class FakeView(Workloads):
    """A view with the features, credits and exposures that a test sets; `asked` says what was read."""

    def __init__(self, seed=5):
        self.seq = 77
        self.newest_event_at = AT - timedelta(hours=1)
        self.corrected = self.unrecorded = False
        self.seed = seed
        self.cells = {}
        self.credits = {}
        self.exposures = {}
        self.given = {}
        self.had = {}
        self.unsure = 0.1
        self.carried = {}
        self.matured_outcomes = 200
        self.shift = 0.0
        self.asked = set()

    def of(self, owner_id):
        self.asked.add("workload")
        return self.carried.get(owner_id, Workload(open_items=1, assigned_today=0))

    def matrix(self, item, owner_ids, plan):
        self.asked.add("matrix")
        from features.catalogue import catalogue
        features = catalogue(plan)
        rows = []
        for owner in owner_ids:
            rng = np.random.default_rng([self.seed, int(owner.split("-")[1])])
            rows.append(feature_rows(rng, 1, features)[0])
            for j, feature in enumerate(features):
                if (owner, feature.name) in self.cells:
                    rows[-1][j] = self.cells[owner, feature.name]
        return np.array(rows)

    def matrix_invariant(self, item, owner_ids, plan):
        self.asked.add("matrix_invariant")
        return self.matrix(item, owner_ids, plan) + self.shift

    def rotation(self, team, owner_ids):
        self.asked.add("rotation")
        return {owner: self.credits.get(owner, 0.0) for owner in owner_ids}

    def exposure(self, owner_ids):
        self.asked.add("exposure")
        owed = [self.exposures.get(owner, (0.0, 0)) for owner in owner_ids]
        return Exposures(np.array([deficit for deficit, _ in owed]), np.array([slates for _, slates in owed]))

    def effect_variance(self, item, owner_ids, plan, weights):
        return np.full((len(owner_ids), 1 + len(weights)), self.unsure**2)

    def intake(self, owner_ids):
        self.asked.add("intake")
        return np.array([float(self.given.get(owner, 0)) for owner in owner_ids])

    def shares(self, name, per, owner_ids):
        self.asked.add("shares")
        return Had(*np.array([self.had.get(owner, (0, 0)) for owner in owner_ids], dtype=np.int64).T)

    def matured(self, objective, owner_ids):
        self.asked.add("matured")
        return np.full(len(owner_ids), float(self.matured_outcomes))

    def evidence(self, objective, owner_ids):
        self.asked.add("evidence")
        return np.full(len(owner_ids), 12.5)
