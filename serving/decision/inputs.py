"""What a decision was made from, so that it can be made again from nothing else.

`Recorder` notes every answer a view gives while a decision is made; `DecisionInputs` is that note as a value, with
a lossless binary form; `LoggedView` gives the same answers again.
"""
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

import numpy as np
import orjson

from features.exposure import Exposure
from features.plan import FeaturePlan, Objective
from features.view import View
from rules.errors import Refused
from rules.vocabulary import Loads, WorkItem, Workload
from serving.decision.request import DecisionRequest, Override, Policy

MAGIC = b"rightful inputs 1\n"


@dataclass(frozen=True, kw_only=True, eq=False)
class DecisionInputs:
    """Everything a decision read besides rule book, directory and bundle, which `versions` names by digest.

    `owners`: the rows of `matrix` (n x k, float64) and `invariant` (the same with fields altered that must not matter,
    None when bit-identical). `m`, `u`: the item's log-odds and the number drawn, None where the decision needed none.
    """

    request: DecisionRequest
    policy: Policy
    at: datetime
    versions: dict[str, object]
    exclude_full: tuple[str, ...] = ()
    seq: int = 0
    newest_event_at: datetime | None = None
    u: float | None = None
    m: float | None = None
    workloads: dict[str, Workload] = field(default_factory=dict)
    rotation: dict[str, float] | None = None
    exposure: dict[str, Exposure] | None = None
    matured: list[float] | None = None
    evidence: list[float] | None = None
    owners: tuple[str, ...] = ()
    matrix: np.ndarray | None = None
    invariant: np.ndarray | None = None

    def to_bytes(self) -> bytes:
        """A magic line, the length of a JSON header, the header, then the float64 blobs, little endian."""
        blobs = [np.ascontiguousarray(blob, dtype="<f8").tobytes() for blob in (self.matrix, self.invariant)
                 if blob is not None]
        header = orjson.dumps(_header(self), option=orjson.OPT_SORT_KEYS)
        return b"".join((MAGIC, struct.pack("<Q", len(header)), header, *blobs))

    @staticmethod
    def from_bytes(content: bytes) -> "DecisionInputs":
        """The inputs that `to_bytes` wrote; Refused when the content is something else."""
        if not content.startswith(MAGIC):
            raise Refused(f"logged inputs begin with `{content[:20]!r}`, expected `{MAGIC!r}`; the record was altered")
        start = len(MAGIC) + 8
        length = struct.unpack("<Q", content[len(MAGIC):start])[0]
        return _from_header(orjson.loads(content[start:start + length]), content[start + length:])


class Workloads:
    """What owners carry, one by one or many at once; everything answered is noted."""

    def __init__(self, view: View):
        self._view = view
        self._one: dict[str, Workload] = {}
        self._many: dict[tuple[str, ...], Loads] = {}

    def __call__(self, owner_id: str) -> Workload:
        known = self._one.get(owner_id)
        if known is None:
            known = self._one[owner_id] = self._of_many(owner_id) or self._view.workload(owner_id)
        return known

    def _of_many(self, owner_id: str) -> Workload | None:
        for owner_ids, loads in self._many.items():
            if owner_id in owner_ids:
                at = owner_ids.index(owner_id)
                return Workload(open_items=loads.open_items[at], assigned_today=loads.assigned_today[at])
        return None

    def many(self, owner_ids: tuple[str, ...]) -> Loads:
        """What some owners carry, in their order."""
        loads = self._many[owner_ids] = self._view.loads(owner_ids)
        return loads

    @property
    def noted(self) -> dict[str, Workload]:
        """Everything answered so far, by owner."""
        many = {owner_id: Workload(open_items=open_items, assigned_today=assigned_today)
                for owner_ids, loads in self._many.items()
                for owner_id, open_items, assigned_today in zip(owner_ids, *loads, strict=True)}
        return many | self._one


class Recorder:
    """A view that notes what it answers; a decision reads nothing of the state but through it."""

    def __init__(self, view: View):
        self._view = view
        self.notes: dict[str, object] = {}
        self.workload = Workloads(view)
        self.seq = view.seq
        self.newest_event_at = view.newest_event_at

    @property
    def workloads(self) -> dict[str, Workload]:
        """What was answered about workloads."""
        return self.workload.noted

    def matrix(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray:
        """The feature matrix, n x k."""
        matrix = self._view.matrix(item, owner_ids, plan)
        self.notes |= {"owners": tuple(owner_ids), "matrix": matrix}
        return matrix

    def matrix_invariant(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray | None:
        """The matrix with fields altered that must not matter; None when bit-identical."""
        altered, matrix = self._view.matrix_invariant(item, owner_ids, plan), self.notes["matrix"]
        if altered is matrix or (altered is not None and altered.tobytes() == matrix.tobytes()):
            altered = None
        self.notes["invariant"] = altered
        return altered

    def rotation(self, team: str, owner_ids: Sequence[str]) -> dict[str, float]:
        """The credits of the owners in a team's rotation."""
        return self._note("rotation", dict(self._view.rotation(team, owner_ids)))

    def exposure(self, owner_ids: Sequence[str]) -> dict[str, Exposure]:
        """What the owners were owed in the last 90 days."""
        return self._note("exposure", dict(self._view.exposure(owner_ids)))

    def matured(self, objective: str, owner_ids: Sequence[str]) -> list[float]:
        """How many settled outcomes each owner has."""
        return self._note("matured", np.asarray(self._view.matured(objective, owner_ids)).tolist())

    def evidence(self, objective: str, owner_ids: Sequence[str]) -> list[float]:
        """The weight V of each owner's settled outcomes."""
        return self._note("evidence", np.asarray(self._view.evidence(objective, owner_ids)).tolist())

    def _note(self, name: str, answer):
        self.notes[name] = answer
        return answer


class LoggedView:
    """A view that answers from logged inputs; asked for anything else it refuses, for then the decision differs."""

    def __init__(self, inputs: DecisionInputs):
        self._inputs = inputs
        self.seq = inputs.seq
        self.newest_event_at = inputs.newest_event_at

    def workload(self, owner_id: str) -> Workload:
        """What the owner carried then."""
        return self._logged(self._inputs.workloads.get(owner_id), f"the workload of `{owner_id}`")

    def loads(self, owner_ids: tuple[str, ...]) -> Loads:
        """What the owners carried then."""
        loads = [self.workload(owner_id) for owner_id in owner_ids]
        return Loads([load.open_items for load in loads], [load.assigned_today for load in loads])

    def matrix(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray:
        """The feature matrix of then."""
        if tuple(owner_ids) != self._inputs.owners:
            raise Refused(f"decision `{self._inputs.request.decision_id}` logged features of `{self._inputs.owners}`, "
                          f"asked for `{tuple(owner_ids)}`; use the rule book and directory it was made with")
        return self._logged(self._inputs.matrix, "the features")

    def matrix_invariant(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray | None:
        """The altered matrix of then; None when it was bit-identical."""
        return self._inputs.invariant

    def rotation(self, team: str, owner_ids: Sequence[str]) -> dict[str, float]:
        """The rotation credits of then."""
        return self._logged(self._inputs.rotation, "the rotation credits")

    def exposure(self, owner_ids: Sequence[str]) -> dict[str, Exposure]:
        """The exposure of then."""
        return self._logged(self._inputs.exposure, "the exposure")

    def matured(self, objective: str, owner_ids: Sequence[str]) -> list[float]:
        """The settled outcomes of then."""
        return self._logged(self._inputs.matured, "the settled outcomes")

    def evidence(self, objective: str, owner_ids: Sequence[str]) -> list[float]:
        """The evidence of then."""
        return self._logged(self._inputs.evidence, "the evidence")

    def _logged(self, answer, what: str):
        if answer is None:
            raise Refused(f"the logged inputs of decision `{self._inputs.request.decision_id}` do not hold {what}; "
                          "use the rule book, directory and model it was made with")
        return answer


def _header(inputs: DecisionInputs) -> dict[str, object]:
    request, policy = inputs.request, inputs.policy
    return {
        "request": {"decision_id": request.decision_id, "item": dict(request.item), "mode": request.mode,
                    "top": request.top, "current_owner": request.current_owner, "exclude": list(request.exclude),
                    **({} if request.override is None else {"override": asdict(request.override)})},
        "policy": {"exploration_share": policy.exploration_share, "ranking": policy.ranking,
                   "min_slate": policy.min_slate, "stale_after": policy.stale_after.total_seconds(),
                   "protected": list(policy.protected), "objectives": [
                       {"kind": each.kind, "learn": each.learn, "positive": list(each.positive), "value": each.value,
                        "horizon": None if each.horizon is None else each.horizon.total_seconds()}
                       for each in policy.objectives]},
        "at": inputs.at.isoformat(), "versions": inputs.versions, "exclude_full": list(inputs.exclude_full),
        "seq": inputs.seq, "u": inputs.u, "m": inputs.m,
        "newest_event_at": None if inputs.newest_event_at is None else inputs.newest_event_at.isoformat(),
        "workloads": {owner: [load.open_items, load.assigned_today] for owner, load in inputs.workloads.items()},
        "rotation": inputs.rotation,
        "exposure": None if inputs.exposure is None else {
            owner: [each.deficit, each.slates] for owner, each in inputs.exposure.items()},
        "matured": inputs.matured, "evidence": inputs.evidence, "owners": list(inputs.owners),
        "shape": None if inputs.matrix is None else list(inputs.matrix.shape), "altered": inputs.invariant is not None,
    }


def _from_header(header: dict, blob: bytes) -> DecisionInputs:
    request, policy = header["request"], header["policy"]
    matrices = [None, None]
    if header["shape"] is not None:
        numbers = np.frombuffer(blob, dtype="<f8").reshape(-1, *header["shape"])
        matrices = [numbers[0].copy(), numbers[1].copy() if header["altered"] else None]
    objectives = tuple(
        Objective(**{**each, "positive": tuple(each["positive"]),
                     "horizon": None if each["horizon"] is None else timedelta(seconds=each["horizon"])})
        for each in policy["objectives"])
    newest, override = header["newest_event_at"], request.get("override")
    return DecisionInputs(
        request=DecisionRequest(**{**request, "exclude": tuple(request["exclude"]), "override": None if override is None
                                   else Override(**override)}),
        policy=Policy(**{**policy, "stale_after": timedelta(seconds=policy["stale_after"]),
                         "protected": tuple(policy["protected"]), "objectives": objectives}),
        at=datetime.fromisoformat(header["at"]), versions=header["versions"],
        exclude_full=tuple(header["exclude_full"]), seq=header["seq"], u=header["u"], m=header["m"],
        newest_event_at=None if newest is None else datetime.fromisoformat(newest),
        workloads={owner: Workload(open_items=load[0], assigned_today=load[1])
                   for owner, load in header["workloads"].items()},
        rotation=header["rotation"],
        exposure=None if header["exposure"] is None else {
            owner: Exposure(deficit=each[0], slates=each[1]) for owner, each in header["exposure"].items()},
        matured=header["matured"], evidence=header["evidence"], owners=tuple(header["owners"]),
        matrix=matrices[0], invariant=matrices[1],
    )
