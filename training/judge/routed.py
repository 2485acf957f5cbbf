"""Routes the past as of then, end to end: at each of several moments everything is learnt from what was known, as `train` does,
and the items that came after it go through the real rule book, state and decision, until the next moment.

The state advances by the log: owners have what the company gave them, not what we would have. What would have become of an item
in other hands nobody has seen, so a state of our own choices would rest on invented endings. Each decision is therefore one
against the company's, in the situation the company was in. Book and directory are those of now, read as of then by their dates.

What our choices would have brought is told only where the log drew by known chances; else nobody can tell.
"""
import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from features.events import Event
from features.plan import FoldPlan
from features.state import State
from features.view import view
from rules.errors import Refused
from rules.progress import Progress, one_thread, silent
from rules.refdata.record_ids import record_key
from rules.refdata.times import format_instant
from rules.spreadsheet import guarded
from serving.decision.recommend import recommend
from serving.decision.request import DecisionRequest
from serving.ranking.bundle import Bundle, assemble
from serving.runtime.version import running_versions
from serving.runtime.workspace import Workspace
from training.judge.clustered import Estimate, Sized, estimate
from training.judge.off_policy import LoggedChoices, OffPolicy, off_policy
from training.learn import backtest
from training.learn.backtest import find_origins
from training.learn.dataset import days
from training.learn.fit import learn
from training.learn.preparing import later_expectations, prepare
from training.learn.rows import before_each_instant
from training.learn.signal import judge_signal, owners_differ
from training.learn.source import Source, read_source

#: So many moments are learnt at where no step is given.
MOMENTS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class RoutedItem:
    """One item as it was first assigned and as we would have decided then.

    `chances`: by eligible owner our chance of choosing them; `expected`: by owner the model's probability of success, the
    company's owner included where known; empty where no model ranked. `outcome`: what came of the company's assignment.
    """

    item_id: str
    assignment_id: str
    at: datetime
    learnt_as_of: datetime
    ours: str | None
    company: str
    decided_by: str
    why_not_model: str | None
    chances: Mapping[str, float]
    expected: Mapping[str, float]
    propensity: float | None
    outcome: bool | None

    def as_row(self) -> dict[str, object]:
        """The item as one row of the table."""
        return {"item_id": self.item_id, "assignment_id": self.assignment_id, "at": format_instant(self.at),
                "learnt_as_of": format_instant(self.learnt_as_of), "ours": self.ours, "company": self.company,
                "company_eligible": int(self.company in self.chances), "decided_by": self.decided_by,
                "why_not_model": self.why_not_model, "expected_ours": self.expected.get(self.ours or ""),
                "expected_company": self.expected.get(self.company), "our_chance_of_company": self.chances.get(self.company, 0.0),
                "logged_chance": self.propensity, "outcome": None if self.outcome is None else int(self.outcome)}


@dataclass(frozen=True, kw_only=True, slots=True)
class LearntMoment:
    """What was learnt at one moment: the verdict, or why nothing could be learnt."""

    at: datetime
    signal: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RoutedPast:
    """All items of the period, in the order of their time, and what was learnt at each moment."""

    objective: str
    starts: datetime
    ends: datetime
    moments: tuple[LearntMoment, ...]
    items: tuple[RoutedItem, ...]

    def as_json(self) -> dict[str, object]:
        """The summary as data."""
        promised, told = promise_over_company(self.items), value_of(self.items, "ours")
        return {"objective": self.objective, "from": self.starts.isoformat(), "to": self.ends.isoformat(), "state": "the log's",
                "moments": [{**asdict(one), "at": one.at.isoformat()} for one in self.moments], "items": len(self.items),
                "decided_by": dict(Counter(one.decided_by for one in self.items)),
                "nobody": sum(one.ours is None for one in self.items),
                "company_not_eligible": sum(one.company not in one.chances for one in self.items),
                "agrees": agreement(self.items).as_json(), "promised_over_company": promised.as_json(),
                "outcomes_known": sum(one.outcome is not None for one in self.items),
                "benefit": told.as_json()}

    def write(self, path: Path, *, raw: bool = False) -> None:
        """The table as CSV, a row per item."""
        words = str if raw else guarded
        rows = [{name: "" if cell is None else words(cell) if isinstance(cell, str) else cell
                 for name, cell in one.as_row().items()} for one in self.items]
        unfinished = path.with_name(f".{path.name}.unfinished")
        try:
            with unfinished.open("w", encoding="utf-8", newline="") as file:
                table = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else ["item_id"])
                table.writeheader()
                table.writerows(rows)
            unfinished.replace(path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise Refused(f"`{path}` cannot be written: {error.strerror}; name a file in a folder that exists") from None


@dataclass(frozen=True, kw_only=True)
class Told:
    """What choices would have brought over the company's, or why nobody can tell; `rows` with a logged chance and an outcome."""

    answer: str
    rows: int
    lift: Estimate | None = None
    reason: str = ""
    found: OffPolicy | None = None

    def as_json(self) -> dict[str, object]:
        """As data."""
        return {"answer": self.answer, "rows": self.rows, "reason": self.reason,
                "lift": None if self.lift is None else self.lift.as_json(),
                "off_policy": None if self.found is None else self.found.as_json()}


@one_thread()
def route_past(workspace: Workspace, objective: str | None = None, *, starts: datetime | None = None,
               ends: datetime | None = None, every: timedelta | None = None, progress: Progress = silent) -> RoutedPast:
    """Every item of the objective's kind that was first assigned from `starts` (inclusive) to `ends` (exclusive).

    Learnt anew at `starts` and after each step of `every`; by default at four moments alike far apart, the first when two fifths
    of the outcomes had settled, up to the last assignment. Refused where nothing lies in between.
    """
    source = read_source(workspace, objective, as_trained=True)
    if source.objective.learn == "agreement":
        raise Refused(f"objective `{source.objective.kind}` learns agreement: `rightful evaluate` tells how well; expected one "
                      "that learns an outcome")
    firsts = _first_assignments(source)
    origins = find_origins(source, None)
    starts = starts or (origins[0] if origins else source.as_of)
    ends = ends or max((event.occurred_at for event in firsts), default=source.as_of) + timedelta(microseconds=1)
    wanted = {event.assignment_id for event in firsts if starts <= event.occurred_at < ends}
    if not wanted:
        raise Refused(f"no item of `{source.objective.kind}` was first assigned from {format_instant(starts)} to before "
                      f"{format_instant(ends)}" + (f"; the log's lie between {format_instant(firsts[0].occurred_at)} and "
                                                   f"{format_instant(firsts[-1].occurred_at)}" if firsts else ""))
    step = every or (ends - starts) / MOMENTS
    key, labels = workspace.store.workspace_key(), {one.assignment_id: one.label for one in source.table.assignments}
    moments: list[LearntMoment] = []
    items: list[RoutedItem] = []
    at = starts
    while at < ends:
        until = min(at + step, ends)
        progress(f"learning as of {at:%Y-%m-%d}")
        bundle, state, moment = _learnt(source, at)
        moments.append(moment)
        progress(f"routing what came from {at:%Y-%m-%d} to {until:%Y-%m-%d}")
        items += _routed(source, bundle, state, key, labels, wanted, at, until)
        at = until
    return RoutedPast(objective=source.objective.kind, starts=starts, ends=ends, moments=tuple(moments), items=tuple(items))


def _first_assignments(source: Source) -> list[Event]:
    """The assignment by which each item of the kind was first given away, in the order of the log."""
    kind = source.objective.kind
    first: dict[str, Event] = {}
    for event in source.events:
        if event.kind == "assigned" and event.item is not None and event.item.kind == kind:
            first.setdefault(record_key(event.item_id), event)
    return list(first.values())


def _learnt(source: Source, at: datetime) -> tuple[Bundle | None, State, LearntMoment]:
    """What `train` would have made of the log as it stood, and an empty state that the bundle reads from."""
    then = source.as_it_stood(at)
    objectives = tuple(source.settings.objectives.values())
    try:
        prepared = prepare(then, silent)
        learned = learn(prepared)
    except Refused as why:
        return None, State(FoldPlan(objectives=objectives)), LearntMoment(at=at, signal="nothing learnt", reason=str(why))
    verdict = judge_signal(owners_differ(prepared), backtest.run(then, silent, folded=prepared.folded))
    bundle = assemble(replace(learned.parts, signal=verdict.signal, signal_reason=verdict.reason))
    return (bundle, State(prepared.fold, expectations=later_expectations(prepared, source)),
            LearntMoment(at=at, signal=verdict.signal, reason=verdict.reason))


def _routed(source: Source, bundle: Bundle | None, state: State, key: bytes, labels: Mapping[str, bool | None],
            wanted: set[str], starts: datetime, until: datetime) -> Iterator[RoutedItem]:
    """The items from one moment to the next, each decided on what was known before its own."""
    policy = replace(source.settings.policy, holdback=0.0)
    for event in before_each_instant(source.events, state):
        at = event.occurred_at
        if event.assignment_id not in wanted or not starts <= at < until:
            continue
        state.advance_to(event.known_at)
        now = view(state, directory=source.directory, at=at, must_not_matter=policy.protected)
        decided = recommend(DecisionRequest(decision_id=event.assignment_id, item={}, top=1), at=at, book=source.book,
                            directory=source.directory, view=now, bundle=bundle, policy=policy, key=key,
                            versions=running_versions(), as_read=event.assigned_item).document
        chances = {one.owner_id: one.propensity for one in decided.candidates}
        if decided.decided_by != "model":
            chances = {owner: float(owner == decided.owner_id) for owner in chances}
        known = [owner for owner in dict.fromkeys((*chances, event.owner_id)) if owner in source.directory.owners]
        expected = {}
        if bundle is not None and bundle.has_signal and known:
            z = bundle.log_odds(now.matrix(event.assigned_item, known, bundle.plan), bundle.item_log_odds(event.assigned_item))
            expected = dict(zip(known, bundle.probability(z).tolist(), strict=True))
        yield RoutedItem(item_id=event.item_id, assignment_id=event.assignment_id, at=at, learnt_as_of=starts,
                         ours=decided.owner_id, company=event.owner_id, decided_by=decided.decided_by,
                         why_not_model=decided.why_not_model, chances=chances, expected=expected, propensity=event.propensity,
                         outcome=labels.get(event.assignment_id))


def clusters_of(items: Sequence[RoutedItem]) -> dict[str, np.ndarray]:
    """By day and by the company's owner."""
    return {"day": np.array([np.floor(days(one.at)) for one in items]), "owner": np.array([one.company for one in items])}


def mean_of(values: np.ndarray, items: Sequence[RoutedItem]) -> Estimate:
    """A mean over items with its interval."""
    mean = float(values.mean()) if len(values) else float("nan")
    return estimate(Sized(value=mean, influence=values - mean), clusters_of(items))


def agreement(items: Sequence[RoutedItem]) -> Estimate:
    """How often we would have chosen whom the company chose."""
    return mean_of(np.array([float(one.ours == one.company) for one in items]), items)


def promise_over_company(items: Sequence[RoutedItem]) -> Estimate:
    """What the model promises of our choice over the company's: its own word, no evidence."""
    both = [one for one in items if one.ours in one.expected and one.company in one.expected]
    return mean_of(np.array([one.expected[one.ours or ""] - one.expected[one.company] for one in both]), both)


def value_of(items: Sequence[RoutedItem], of: str, choices: Mapping[str, str] | None = None) -> Told:
    """What ours, or the `choices` of somebody else by item, would have brought over what the company did.

    Only where the company's choices were drawn by chances that the log holds.
    """
    rows = [one for one in items if one.propensity is not None and one.outcome is not None]
    if not rows:
        return Told(answer="cannot tell", rows=0, reason=f"none of the {len(items)} assignments has both an outcome and the "
                    "chance it was drawn with (`propensity`): what people chose has none")
    target = np.array([one.chances.get(one.company, 0.0) if choices is None else float(choices[one.item_id] == one.company)
                       for one in rows])
    propensity = np.array([one.propensity for one in rows], dtype=float)
    guess = [one.expected.get(one.company, np.nan) for one in rows]
    hoped = [_hoped(one, None if choices is None else choices[one.item_id]) for one in rows]
    predicts = bool(np.isfinite([*guess, *hoped]).all())
    weight = target / propensity
    support = mean_of(weight, rows)
    if support.high is not None and support.high < 1.0:
        return Told(answer="cannot tell", rows=len(rows), reason=f"{1.0 - support.value:.0%} of what {of} would choose had no "
                    "chance in the log: who got it was not drawn")
    try:
        found = off_policy(LoggedChoices(
            reward=np.array([float(bool(one.outcome)) for one in rows]), propensity=propensity, target=target,
            could_differ=~np.isclose(target, propensity), clusters=clusters_of(rows),
            predicted=np.array(guess) if predicts else None, promised=np.array(hoped) if predicts else None))
    except Refused as why:
        return Told(answer="cannot tell", rows=len(rows), reason=str(why))
    lift = found.lift.get("DR", found.lift["SNIPS"])
    return Told(answer=lift.answer, rows=len(rows), lift=lift, reason=lift.refused or "", found=found)


def _hoped(one: RoutedItem, choice: str | None) -> float:
    """What the model promises of a choice, or of our chances."""
    if choice is not None:
        return one.expected.get(choice, float("nan"))
    return float(sum(chance * one.expected.get(owner, np.nan) for owner, chance in one.chances.items() if chance))
