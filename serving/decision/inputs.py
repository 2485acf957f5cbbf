"""What a decision was made from, so that it can be made again from nothing else.

`InputRecorder` notes every answer a view gives while a decision is made; `DecisionInputs` is that note as a value, with
a lossless binary form; `LoggedView` gives the same answers again.
"""
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any, get_type_hints

import numpy as np
import orjson
from pydantic import TypeAdapter

from features.exposure import Exposures, Had
from features.plan import FeaturePlan
from features.view import View
from rules.errors import Refused
from rules.model import WorkItem
from rules.routing.continuity import EarlierItem
from rules.workload import Loads, Workload, Workloads
from serving.decision.request import DecisionRequest, HadIt, Holding, Override, PlanPlace, Policy, Role

MAGIC = b"rightful inputs 2\n"
#: Later fields of a policy with what held before them, which is not written.
AS_BEFORE: Mapping[str, Any] = {"edition": 1, "pace": 0.0, "told_apart": 0.0, "holdback": 0.0, "holdback_by": "rotation",
                                "coin": 0.5}


@dataclass(frozen=True, kw_only=True, eq=False)
class DecisionInputs:
    """Everything a decision read besides rule book, directory and bundle, which `versions` names by digest.

    `loads` stand in the order of `loads_of`. `owners` (n): in their order stand `matured` (float64), `exposure`, `intake`, the
    `variance` of effects (n x 1 + parts), `shares` (what each could have been given and was), the rows of `matrix` (n x k,
    float64) and of `invariant` (the same with fields altered that must not matter, None when bit-identical). `evidence` by
    owner; `by_kind`: open items by kind, of those whose items are weighed. `m`, `u`: the item's log-odds and the number drawn,
    None where the decision needed none. `corrected`: outcomes had given way to others in that state; where none had, a fold in
    which a success stays comes to the same. `unrecorded`: labels were due of which nobody had recorded the outcome; where none
    was, a fold in which those fail comes to the same. `draws`: numbers drawn besides `u`, by what for. `rivals`: what another
    model read of a state of its own, by its role; its `versions` name it as `model`.
    """

    request: DecisionRequest
    policy: Policy
    at: datetime
    versions: dict[str, Any]
    exclude_full: tuple[str, ...] = ()
    seq: int = 0
    newest_event_at: datetime | None = None
    u: float | None = None
    m: float | None = None
    loads_of: tuple[str, ...] = ()
    loads: Loads = Loads((), ())
    by_kind: Mapping[str, Mapping[str, int]] | None = None
    rotation: dict[str, float] | None = None
    owners: tuple[str, ...] = ()
    matured: np.ndarray | None = None
    exposure: Exposures | None = None
    evidence: dict[str, float] | None = None
    matrix: np.ndarray | None = None
    invariant: np.ndarray | None = None
    earlier: tuple[EarlierItem, ...] | None = None
    intake: np.ndarray | None = None
    variance: np.ndarray | None = None
    shares: Had | None = None
    corrected: bool = False
    unrecorded: bool = False
    draws: Mapping[str, float] | None = None
    rivals: Mapping[Role, "DecisionInputs"] | None = None

    def to_bytes(self) -> bytes:
        """A magic line, the length of a JSON header, the header, then the arrays it names, little endian."""
        arrays = _arrays(self)
        others = {role: read.to_bytes() for role, read in (self.rivals or {}).items()}
        told = orjson.dumps({**_header(self), "arrays": {name: array.shape for name, array in arrays},
                             **({"rivals": {role: len(blob) for role, blob in others.items()}} if others else {})})
        blobs = (np.ascontiguousarray(array, dtype=DTYPES[name]).tobytes() for name, array in arrays)
        return b"".join((MAGIC, struct.pack("<Q", len(told)), told, *blobs, *others.values()))

    @staticmethod
    def from_bytes(content: bytes) -> "DecisionInputs":
        """The inputs that `to_bytes` wrote; Refused when the content is something else."""
        if not content.startswith(MAGIC):
            raise Refused(f"logged inputs begin with `{content[:20]!r}`, expected `{MAGIC!r}`; the record was altered")
        start = len(MAGIC) + 8
        end = start + struct.unpack("<Q", content[len(MAGIC):start])[0]
        header = orjson.loads(content[start:end])
        arrays = {}
        for name, shape in header["arrays"].items():
            dtype = DTYPES[name]
            count = math.prod(shape)
            arrays[name] = np.frombuffer(content, dtype, count, end).reshape(shape).astype(dtype.newbyteorder("="))
            end += count * dtype.itemsize
        rivals = {}
        for role, length in header.get("rivals", {}).items():
            rivals[role] = DecisionInputs.from_bytes(content[end:end + length])
            end += length
        return replace(_from_header(header, arrays), rivals=rivals or None)


class RecordedWorkloads(Workloads):
    """What owners carry, one by one or many at once; everything answered is noted."""

    def __init__(self, view: View):
        self._view = view
        self._one: dict[str, Workload] = {}
        self._many: dict[tuple[str, ...], Loads] = {}
        self._by_kind: dict[str, Mapping[str, int]] = {}

    def of(self, owner_id: str) -> Workload:
        """What an owner carries."""
        known = self._one.get(owner_id)
        if known is None:
            known = self._one[owner_id] = self._of_many(owner_id) or self._view.of(owner_id)
        return known

    def _of_many(self, owner_id: str) -> Workload | None:
        for owner_ids, loads in self._many.items():
            if owner_id in owner_ids:
                at = owner_ids.index(owner_id)
                return Workload(open_items=loads.open_items[at], assigned_today=loads.assigned_today[at])
        return None

    def many(self, owner_ids: tuple[str, ...]) -> Loads:
        """What some owners carry, in their order."""
        loads = self._many[owner_ids] = self._view.many(owner_ids)
        return loads

    def by_kind(self, owner_id: str) -> Mapping[str, int]:
        """What an owner carries of each kind."""
        counts = self._by_kind[owner_id] = self._view.by_kind(owner_id)
        return counts

    @property
    def noted_by_kind(self) -> Mapping[str, Mapping[str, int]] | None:
        """The same of everybody about whom it was asked; None where nobody asked."""
        return self._by_kind or None

    @property
    def noted(self) -> tuple[tuple[str, ...], Loads]:
        """About whom something was answered, and what."""
        if len(self._many) == 1:
            [(owner_ids, loads)] = self._many.items()
            if self._one.keys() <= set(owner_ids):
                return owner_ids, loads
        carried = {owner_id: (open_items, assigned_today) for owner_ids, loads in self._many.items()
                   for owner_id, open_items, assigned_today in zip(owner_ids, *loads, strict=True)}
        carried |= {owner_id: (load.open_items, load.assigned_today) for owner_id, load in self._one.items()}
        return tuple(carried), Loads(*map(list, zip(*carried.values(), strict=True))) if carried else Loads((), ())


class InputRecorder:
    """A view that notes what it answers; a decision reads nothing of the state but through it."""

    def __init__(self, view: View):
        self._view = view
        self.notes: dict[str, Any] = {}
        self.workload = RecordedWorkloads(view)
        self.seq = view.seq
        self.newest_event_at = view.newest_event_at
        self.corrected, self.unrecorded = view.corrected, view.unrecorded

    def noted(self) -> dict[str, Any]:
        """Every answer, by the name of its field in `DecisionInputs`."""
        loads_of, loads = self.workload.noted
        return {**self.notes, "loads_of": loads_of, "loads": loads, "by_kind": self.workload.noted_by_kind,
                "corrected": self.corrected, "unrecorded": self.unrecorded}

    def matrix(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray:
        """The feature matrix, n x k."""
        return self._note_in_order("matrix", owner_ids, self._view.matrix(item, owner_ids, plan))

    def matrix_invariant(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray | None:
        """The matrix with fields altered that must not matter; None when bit-identical."""
        altered, matrix = self._view.matrix_invariant(item, owner_ids, plan), self.notes["matrix"]
        same = altered is matrix or (altered is not None and altered.tobytes() == matrix.tobytes())
        return self._note("invariant", None if same else altered)

    def rotation(self, team: str, owner_ids: Sequence[str]) -> dict[str, float]:
        """The credits of the owners in a team's rotation."""
        return self._note("rotation", dict(self._view.rotation(team, owner_ids)))

    def exposure(self, owner_ids: tuple[str, ...]) -> Exposures:
        """What the owners were owed in the last 90 days."""
        return self._note_in_order("exposure", owner_ids, self._view.exposure(owner_ids))

    def matured(self, objective: str, owner_ids: tuple[str, ...]) -> np.ndarray:
        """How many settled outcomes each owner has."""
        return self._note_in_order("matured", owner_ids, self._view.matured(objective, owner_ids))

    def evidence(self, objective: str, owner_ids: tuple[str, ...]) -> np.ndarray:
        """The weight V of each owner's settled outcomes."""
        evidence = self._view.evidence(objective, owner_ids)
        self._note("evidence", dict(zip(owner_ids, evidence.tolist(), strict=True)))
        return evidence

    def intake(self, owner_ids: tuple[str, ...]) -> np.ndarray:
        """How many items each owner was given in the last 24 hours."""
        return self._note_in_order("intake", owner_ids, self._view.intake(owner_ids))

    def effect_variance(self, item: WorkItem, owner_ids: tuple[str, ...], plan: FeaturePlan, weights: np.ndarray) -> np.ndarray:
        """How unsure the owners' effects with the item are."""
        return self._note_in_order("variance", owner_ids, self._view.effect_variance(item, owner_ids, plan, weights))

    def shares(self, name: str, per: str, owner_ids: tuple[str, ...]) -> Had:
        """What each could have been given of some items in the present day or week, and was."""
        return self._note_in_order("shares", owner_ids, self._view.shares(name, per, owner_ids))

    def earlier(self, item: WorkItem, within: timedelta | None) -> tuple[EarlierItem, ...]:
        """Who was given items like this one before."""
        return self._note("earlier", self._view.earlier(item, within))

    def _note(self, name: str, answer):
        self.notes[name] = answer
        return answer

    def _note_in_order(self, name: str, owner_ids: Sequence[str], answer):
        """Note an answer about the owners of this decision: one slate in one order, whatever is asked about it."""
        asked = tuple(owner_ids)
        owners = self.notes.setdefault("owners", asked)
        if asked != owners:
            raise Refused(f"asked about `{asked}`, expected the owners that this decision asked about before, `{owners}`")
        return self._note(name, answer)


class LoggedView:
    """A view that answers from logged inputs; asked for anything else it refuses, for then the decision differs."""

    def __init__(self, inputs: DecisionInputs):
        self._inputs = inputs
        self.seq = inputs.seq
        self.newest_event_at = inputs.newest_event_at
        self.corrected, self.unrecorded = inputs.corrected, inputs.unrecorded
        self._places = {owner_id: place for place, owner_id in enumerate(inputs.loads_of)}

    def of(self, owner_id: str) -> Workload:
        """What the owner carried then."""
        loads = self.many((owner_id,))
        return Workload(open_items=loads.open_items[0], assigned_today=loads.assigned_today[0])

    def many(self, owner_ids: tuple[str, ...]) -> Loads:
        """What the owners carried then."""
        places = [self._logged(self._places.get(owner_id), f"the workload of `{owner_id}`") for owner_id in owner_ids]
        return Loads(*([numbers[place] for place in places] for numbers in self._inputs.loads))

    def by_kind(self, owner_id: str) -> dict[str, int]:
        """What the owner carried then of each kind."""
        counts = self._logged(self._inputs.by_kind, "open items by kind")
        return self._logged(counts.get(owner_id), f"the open items of `{owner_id}` by kind")

    def matrix(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray:
        """The feature matrix of then."""
        return self._in_order(self._inputs.matrix, owner_ids, "features")

    def matrix_invariant(self, item: WorkItem, owner_ids: Sequence[str], plan: FeaturePlan) -> np.ndarray | None:
        """The altered matrix of then; None when it was bit-identical."""
        return self._inputs.invariant

    def rotation(self, team: str, owner_ids: Sequence[str]) -> dict[str, float]:
        """The rotation credits of then."""
        return self._logged(self._inputs.rotation, "the rotation credits")

    def exposure(self, owner_ids: tuple[str, ...]) -> Exposures:
        """The exposure of then."""
        return self._in_order(self._inputs.exposure, owner_ids, "exposure")

    def matured(self, objective: str, owner_ids: tuple[str, ...]) -> np.ndarray:
        """The settled outcomes of then."""
        return self._in_order(self._inputs.matured, owner_ids, "settled outcomes")

    def evidence(self, objective: str, owner_ids: tuple[str, ...]) -> np.ndarray:
        """The evidence of then."""
        evidence = self._logged(self._inputs.evidence, "the evidence")
        return np.array([self._logged(evidence.get(owner_id), f"the evidence of `{owner_id}`") for owner_id in owner_ids])

    def intake(self, owner_ids: tuple[str, ...]) -> np.ndarray:
        """The items of the last 24 hours of then."""
        return self._in_order(self._inputs.intake, owner_ids, "items of the last day")

    def effect_variance(self, item: WorkItem, owner_ids: tuple[str, ...], plan: FeaturePlan, weights: np.ndarray) -> np.ndarray:
        """How unsure the owners' effects were then."""
        return self._in_order(self._inputs.variance, owner_ids, "variances of effects")

    def shares(self, name: str, per: str, owner_ids: tuple[str, ...]) -> Had:
        """The counts of then."""
        return self._in_order(self._inputs.shares, owner_ids, "counts of shares")

    def earlier(self, item: WorkItem, within: timedelta | None) -> tuple[EarlierItem, ...]:
        """The earlier items of then."""
        return self._logged(self._inputs.earlier, "the earlier items")

    def _in_order(self, answer, owner_ids: Sequence[str], what: str):
        """What was logged of the owners; Refused when others are asked about, or in another order."""
        self._logged(answer, f"the {what}")
        if tuple(owner_ids) != self._inputs.owners:
            raise Refused(f"decision `{self._inputs.request.decision_id}` logged {what} of `{self._inputs.owners}`, "
                          f"asked for `{tuple(owner_ids)}`; use the rule book and directory it was made with")
        return answer

    def _logged(self, answer, what: str):
        if answer is None:
            raise Refused(f"the logged inputs of decision `{self._inputs.request.decision_id}` do not hold {what}; "
                          "use the rule book, directory and model it was made with")
        return answer


#: What an array is logged as, in the order in which arrays are logged.
DTYPES = {name: np.dtype("<i8" if name in ("slates", "could_have", "were_given") else "<f8")
          for name in ("matured", "deficits", "slates", "matrix", "invariant", "intake", "variance", "could_have", "were_given")}


def _arrays(inputs: DecisionInputs) -> list[tuple[str, np.ndarray]]:
    """What is logged as arrays, in order."""
    deficits, slates = (None, None) if inputs.exposure is None else inputs.exposure
    arrays = (inputs.matured, deficits, slates, inputs.matrix, inputs.invariant, inputs.intake, inputs.variance,
              *(inputs.shares or (None, None)))
    return [(name, array) for name, array in zip(DTYPES, arrays, strict=True) if array is not None]


def _header(inputs: DecisionInputs) -> dict[str, object]:
    request, newest = inputs.request, inputs.newest_event_at
    return {
        "request": {"decision_id": request.decision_id, "item": dict(request.item), "mode": request.mode,
                    "top": request.top, "current_owner": request.current_owner, "exclude": request.exclude,
                    **{name: asdict(said) for name, said in (("override", request.override), ("held_by", request.held_by),
                                                            ("plan", request.plan))
                       if said is not None},
                    **({} if request.moves_from is None else {"moves_from": request.moves_from}),
                    **({"left_out": request.left_out} if request.left_out else {}),
                    **({"had": [asdict(each) for each in request.had]} if request.had else {})},
        "policy": orjson.Fragment(_policy_told(inputs.policy)),
        "at": inputs.at.isoformat(), "versions": inputs.versions, "exclude_full": inputs.exclude_full,
        "seq": inputs.seq, "u": inputs.u, "m": inputs.m,
        "newest_event_at": None if newest is None else newest.isoformat(),
        "owners": inputs.owners,
        "loads_of": None if inputs.loads_of == inputs.owners else inputs.loads_of,   # None = the owners
        "loads": list(inputs.loads), "rotation": inputs.rotation, "evidence": inputs.evidence, "arrays": {},
        **({"corrected": True} if inputs.corrected else {}),
        **({"unrecorded": True} if inputs.unrecorded else {}),
        **({"draws": dict(inputs.draws)} if inputs.draws else {}),
        **({} if inputs.by_kind is None else {"by_kind": inputs.by_kind}),
        **({} if inputs.earlier is None else {"earlier": [
            {**asdict(found), "assigned_at": found.assigned_at.isoformat()} for found in inputs.earlier]}),
    }


@lru_cache(maxsize=64)
def _policy_told(policy: Policy) -> bytes:
    told = {own.name: getattr(policy, own.name) for own in fields(Policy)}
    told = {name: value for name, value in told.items() if name not in AS_BEFORE or value != AS_BEFORE[name]}
    return orjson.dumps(told, default=timedelta.total_seconds)


@cache
def _policy_types() -> dict[str, TypeAdapter]:
    """Each setting's type without the bounds of today: what was decided within other bounds stays readable."""
    return {name: TypeAdapter(kind) for name, kind in get_type_hints(Policy).items()}


def _from_header(header: dict, arrays: dict[str, np.ndarray]) -> DecisionInputs:
    request, policy = header["request"], header["policy"]
    newest, override, held_by, plan = header["newest_event_at"], *map(request.get, ("override", "held_by", "plan"))
    owners = tuple(header["owners"])
    return DecisionInputs(
        request=DecisionRequest(**{**request, "exclude": tuple(request["exclude"]), "override": None if override is None
                                   else Override(**override), "held_by": None if held_by is None else Holding(**held_by),
                                   "had": tuple(HadIt(**each) for each in request.get("had", ())),
                                   "left_out": tuple(request.get("left_out", ())),
                                   "plan": None if plan is None else PlanPlace(**plan)}),
        policy=Policy(**{**AS_BEFORE, **{name: _policy_types()[name].validate_python(value) for name, value in policy.items()}}),
        at=datetime.fromisoformat(header["at"]), versions=header["versions"],
        exclude_full=tuple(header["exclude_full"]), seq=header["seq"], u=header["u"], m=header["m"],
        newest_event_at=None if newest is None else datetime.fromisoformat(newest),
        loads_of=owners if header["loads_of"] is None else tuple(header["loads_of"]), loads=Loads(*header["loads"]),
        rotation=header["rotation"], owners=owners, evidence=header["evidence"], by_kind=header.get("by_kind"),
        corrected=header.get("corrected", False), unrecorded=header.get("unrecorded", False), draws=header.get("draws"),
        exposure=Exposures(arrays["deficits"], arrays["slates"]) if "deficits" in arrays else None,
        earlier=None if "earlier" not in header else tuple(
            EarlierItem(**{**found, "assigned_at": datetime.fromisoformat(found["assigned_at"])}) for found in header["earlier"]),
        matured=arrays.get("matured"), matrix=arrays.get("matrix"), invariant=arrays.get("invariant"),
        intake=arrays.get("intake"), variance=arrays.get("variance"),
        shares=Had(arrays["could_have"], arrays["were_given"]) if "could_have" in arrays else None,
    )
