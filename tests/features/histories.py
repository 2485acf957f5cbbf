"""Small companies and random histories of events for the tests of the fold."""
import random
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from features.events import Event
from features.plan import FeaturePlan, FoldPlan, Objective
from features.state import State
from rules.model import AccountMatch, Directory, Fact, Membership, Owner, Span, WorkItem
from rules.refdata.working_hours import parse_working_hours

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LEAD = Objective(kind="lead", positive=("won",), horizon=timedelta(days=10))
CASE = Objective(kind="case", positive=("solved",), horizon=None)
FOLD = FoldPlan(objectives=(LEAD, CASE), dimensions=(("lead", ("segment", "industry")), ("case", ("segment",))))
PLAN = FeaturePlan(objective="lead", dimensions=("segment", "industry"), owner_columns=("grade",))


def item(name: str = "i", kind: str = "lead", account: str | None = None, **values: object) -> WorkItem:
    """A work item with these attribute values; numbers are their own number."""
    facts = {attribute: Fact(value=value, number=value if isinstance(value, float) else None)
             for attribute, value in values.items() if value is not None}
    match = None if account is None else AccountMatch(account_id=account, evidence=("id",), score=1.0)
    return WorkItem(item_id=name, kind=kind, received_at=START, facts=facts, account=match)


def event(kind: str, assignment: str, at: datetime, *, owner: str = "ann", known_at: datetime | None = None,
          **more: object) -> Event:
    """One event, known when it occurred unless told otherwise."""
    return Event(event_id=f"{kind}-{assignment}-{at.isoformat()}", kind=kind, assignment_id=assignment,
                 item_id=f"item-{assignment}", owner_id=owner, occurred_at=at, known_at=known_at or at, **more)


def given(assignment: str, at: datetime, *, owner: str = "ann", of: WorkItem | None = None, team: str | None = "sales",
          expected: float | None = 0.25, **more: object) -> Event:
    """An assignment."""
    return event("assigned", assignment, at, owner=owner, item=of or item(segment="big"), team=team, expected=expected,
                 **more)


def folded(*events: Event, plan: FoldPlan = FOLD, **more: object) -> State:
    """The state after events."""
    state = State(plan, **more)
    for one in events:
        state.apply(one)
    return state


def directory(count: int = 3, *, names: tuple[str, ...] = ("ann", "bob", "cyd"), **more: object) -> Directory:
    """Owners of several zones, hours, languages, skills and places in two teams; every third says little."""
    ids = [*names, *(f"o{number}" for number in range(len(names), count))][:count]
    hours = parse_working_hours("Mon-Fri 09:00-17:30")
    owners = {}
    for number, owner_id in enumerate(ids):
        bare = number % 3 == 2
        owners[owner_id] = Owner(
            owner_id=owner_id, kind="person", name=owner_id.title(), email=f"{owner_id}@example.com",
            time_zone=("Europe/Berlin", "America/New_York", "UTC")[number % 3], working_hours=() if bare else hours,
            languages=() if bare else ("de", "en")[number % 2:], skills=frozenset() if bare else frozenset({"gas"}),
            latitude=None if bare else 48.0 + number / 7, longitude=None if bare else 11.0 - number / 9,
            max_open=None if bare else 10 + number % 4, max_per_day=None if bare else 4,
            active=Span() if number % 2 else Span(starts=date(2025, 11, 3) + timedelta(days=number)),
            attributes={} if bare else {"grade": str(number % 5)})
    moves = Span(ends=START + 20 * DAY)
    members = {"sales": tuple(Membership(owner_id=owner_id, team="sales") for owner_id in ids[::2]),
               "north": tuple(Membership(owner_id=owner_id, team="north", span=moves) for owner_id in ids[1::2]),
               "south": tuple(Membership(owner_id=owner_id, team="south") for owner_id in ids[1::3])}
    return Directory(**{"owners": owners, "members": members, "owner_columns": ("grade",)} | more)


def random_history(rng: random.Random, owners: int, assignments: int = 40) -> tuple[Event, ...]:
    """A random company's events in the order they became known: late entries, refusals, hand-overs, reopened words."""
    drafts: list[Event] = []
    ids = list(directory(owners).owners)
    for number in range(assignments):
        at = START + timedelta(minutes=rng.randrange(60 * 24 * 45))
        lag = timedelta(minutes=rng.choice((0, 0, 0, 7, 60 * 24 * 3, 60 * 24 * 20)))
        drafts.extend(_life(rng, f"a{number}", at, at + lag, ids))
    order = {"assigned": 0}
    drafts.sort(key=lambda one: (one.known_at, order.get(one.kind, 1)))
    return tuple(drafts)


def _life(rng: random.Random, name: str, at: datetime, known_at: datetime, ids: list[str]) -> Iterator[Event]:
    owner = rng.choice(ids)
    slate = rng.sample(ids, min(len(ids), 3))
    of = item(name, rng.choice(("lead", "lead", "case", "chore")), rng.choice((None, "acme", "init")),
              segment=rng.choice(("big", "mid", None)), industry=rng.choice("abcdef"),
              language=rng.choice(("de", "en", None)), latitude=rng.choice((None, 48.0 + rng.random())), longitude=11.0,
              required_skill=rng.choice((None, "gas", "gas;roof")))
    yield given(name, at, known_at=known_at, owner=owner, of=of, team=rng.choice(("sales", "north", "south", None)),
                expected=rng.choice((None, rng.random())), rotation={one: rng.random() for one in slate},
                exposure={one: rng.random() - 0.5 for one in slate},
                respond_by=rng.choice((None, at + 4 * DAY)))
    for kind in ("accepted", "responded", "rejected", "reassigned", "outcome", "closed", "outcome"):
        if rng.random() < 0.45:
            later = at + timedelta(minutes=rng.randrange(60 * 24 * 15))
            outcome = rng.choice(("won", "solved", "lost", None)) if kind in ("outcome", "closed") else None
            yield event(kind, name, later, owner=owner, outcome=outcome,
                        known_at=max(known_at, later + rng.choice((0, 0, 1, 9)) * DAY))


def content(thing: object) -> object:
    """Everything an object holds, arrays as bytes, so that two can be compared bit for bit."""
    if isinstance(thing, np.ndarray):
        return thing.shape, thing.tobytes()
    if isinstance(thing, Mapping):
        return {str(key): content(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [content(value) for value in thing]
    if is_dataclass(thing):
        return {field.name: content(getattr(thing, field.name)) for field in fields(thing)}
    if type(thing).__module__.startswith("features."):
        slots = (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()))
        names = {*getattr(thing, "__dict__", {}), *slots}
        return {name: content(getattr(thing, name)) for name in sorted(names - {"solved"})}     # made from the rest when read
    return repr(thing)


def tables_of(state: State) -> object:
    """Everything a reader of a state can see."""
    return [content(part) for part in (state.owners, state.teams, state.effects, state.responses, state.load, state.affinity,
                                       state.standing, state.exposure, state.rotation)]
