"""The plan for somebody who leaves: who takes each open item and why, what is left over, and what the book says.

Eligibility is that of the first working noon after the last day, by the rules in force now, without the leaver; working
hours do not matter for what is handed over. Room is that of now, as the items move when the plan is applied.
"""
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import orjson

from features.events import Event
from rules.book.schema import RuleBook
from rules.caching import cached_per_instance
from rules.digests import digest_of
from rules.errors import Refused
from rules.model import Directory, Owner, zone
from rules.refdata.working_time import minutes_until_working
from rules.routing.availability import load_of
from rules.routing.eligibility import route_and_filter
from rules.routing_result import RoutingResult
from serving.offboarding.assignment import Parcel, Placing, Taker, place
from serving.offboarding.open_items import OpenItems
from serving.offboarding.rule_mentions import Note, book_says

_LOOK_AHEAD_DAYS = 14


@dataclass(frozen=True, kw_only=True, slots=True)
class Handover:
    """One open item and who takes it, None where nobody may or can; `reason` says why. `value` is the item's own."""

    assignment_id: str
    item_id: str
    kind: str
    account: str | None
    value: float | None
    team: str | None
    to: str | None
    to_team: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class LeavePlan:
    """Who takes what when an owner leaves. `proved`: no plan disrupts less; `at`: the moment that the rules were asked for."""

    owner_id: str
    last_day: date
    at: datetime
    rulebook: str
    directory: str
    moves: tuple[Handover, ...]
    notes: tuple[Note, ...]
    cost: float
    proved: bool

    @property
    def content(self) -> str:
        """The plan as text, by which it is kept."""
        return orjson.dumps(self._plain(), option=orjson.OPT_SORT_KEYS).decode()

    @property
    def digest(self) -> str:
        """The identity of the plan."""
        return digest_of(self.content)

    def as_json(self) -> dict[str, object]:
        """The plan as data, with its digest and how many items find an owner."""
        placed = sum(move.to is not None for move in self.moves)
        return {"plan": self.digest, **self._plain(), "placed": placed, "left_over": len(self.moves) - placed}

    def _plain(self) -> dict[str, object]:
        return {"owner_id": self.owner_id, "last_day": self.last_day.isoformat(), "at": self.at.isoformat(),
                "rulebook": self.rulebook, "directory": self.directory, "moves": [asdict(move) for move in self.moves],
                "notes": [asdict(note) for note in self.notes], "cost": self.cost, "proved": self.proved}

    @classmethod
    def of(cls, content: str) -> "LeavePlan":
        """The plan that a text holds."""
        told = orjson.loads(content)
        return cls(**{**told, "last_day": date.fromisoformat(told["last_day"]), "at": datetime.fromisoformat(told["at"]),
                      "moves": tuple(Handover(**move) for move in told["moves"]),
                      "notes": tuple(Note(**note) for note in told["notes"])})


def make_plan(leaver_id: str, last_day: date, *, book: RuleBook, directory: Directory, held: OpenItems) -> LeavePlan:
    """The least disruptive plan; pure. Refused for an owner that the directory does not know."""
    leaver = directory.owners.get(leaver_id)
    if leaver is None:
        raise Refused(f"there is no owner `{leaver_id}` in owners.csv")
    at, items = working_noon_after(last_day, leaver), held.by_owner.get(leaver_id, ())
    found = [_without(leaver_id, _narrowed(event, book, directory, held, leaver_id, at)) for event in items]
    takers = takers_of({owner for narrowing in found for owner in _may(narrowing)}, book=book, directory=directory, held=held)
    middle = _median([value for event in items if (value := _value(event)) is not None])
    parcels = [Parcel(assignment_id=event.assignment_id, account=_account(event),
                      value=middle if (value := _value(event)) is None else value, weight=weight_of(event, book),
                      may={owner: _on_team(directory, owner, event.team, at) for owner in _may(narrowing)})
               for event, narrowing in zip(items, found, strict=True)]
    placing = place(parcels, takers)
    moves = tuple(_move(event, narrowing, placing, takers) for event, narrowing in zip(items, found, strict=True))
    return LeavePlan(owner_id=leaver_id, last_day=last_day, at=at, rulebook=book.digest, directory=directory.digest, moves=moves,
                     notes=book_says(book, directory, leaver, last_day=last_day, at=at), cost=round(placing.cost, 6),
                     proved=placing.proved)


def working_noon_after(last_day: date, leaver: Owner) -> datetime:
    """Noon of the leaver's first working day after the last one; of the next day where no noon of a fortnight is worked."""
    noons = [datetime.combine(last_day + timedelta(days=days), time(12), zone(leaver.time_zone)).astimezone(UTC)
             for days in range(1, _LOOK_AHEAD_DAYS + 1)]
    return next((noon for noon in noons if minutes_until_working(leaver, noon) == 0.0), noons[0])


def _narrowed(event: Event, book: RuleBook, directory: Directory, held: OpenItems, leaver_id: str, at: datetime) -> RoutingResult:
    return route_and_filter(event.assigned_item, book=without_hours(book), directory=directory, at=at, exclude=(leaver_id,),
                  workload=held)


@cached_per_instance
def without_hours(book: RuleBook) -> RuleBook:
    """The book in which working hours do not matter; kept, as it is compiled once."""
    return replace(book, availability=replace(book.availability, working_hours="ignore"))


def _without(leaver_id: str, narrowing: RoutingResult) -> RoutingResult:
    """The same where the item goes to the queue that leaves: then nobody takes it."""
    return replace(narrowing, queue_owner=None) if narrowing.queue_owner == leaver_id else narrowing


def _may(narrowing: RoutingResult) -> tuple[str, ...]:
    """Who may have the item: those eligible, or the queue that it goes to."""
    return narrowing.eligibility.eligible or ((narrowing.queue_owner,) if narrowing.queue_owner else ())


def takers_of(owner_ids: Collection[str], *, book: RuleBook, directory: Directory, held: OpenItems) -> dict[str, Taker]:
    """What some owners have room for, by what everyone holds."""
    return {owner_id: Taker(
        owner_id=owner_id, room=_room(directory.owners[owner_id], held), load=_load(directory.owners[owner_id], book, held),
        knows=frozenset(account for event in held.by_owner.get(owner_id, ()) if (account := _account(event))))
        for owner_id in sorted(owner_ids)}


def weight_of(event: Event, book: RuleBook) -> float:
    """What an item weighs against its owner's load."""
    return book.availability.weights.get(event.assigned_item.kind, 1.0)


def _load(owner: Owner, book: RuleBook, held: OpenItems) -> float | None:
    """What more the owner may carry by weight, None without such a ceiling."""
    if owner.max_load is None:
        return None
    return owner.max_load - load_of(held.by_kind(owner.owner_id), book.availability.weights)


def _room(owner: Owner, held: OpenItems) -> int | None:
    """Places left by the ceiling of open items and that of today, None without either."""
    left = [ceiling - used for ceiling, used in ((owner.max_open, held.count(owner.owner_id)),
                                                 (owner.max_per_day, held.given_today.get(owner.owner_id, 0)))
            if ceiling is not None]
    return max(0, min(left)) if left else None


def _on_team(directory: Directory, owner_id: str, team: str | None, at: datetime) -> bool:
    zone_name = directory.owners[owner_id].time_zone
    return team is None or any(member.owner_id == owner_id and member.span.covers(at, zone_name)
                               for member in directory.members.get(team, ()))


def _move(event: Event, narrowing: RoutingResult, placing: Placing, takers: Mapping[str, Taker]) -> Handover:
    to = placing.taken[event.assignment_id]
    return Handover(assignment_id=event.assignment_id, item_id=event.item_id, kind=event.assigned_item.kind,
                account=_account(event), value=_value(event), team=event.team, to=to,
                to_team=narrowing.queue or narrowing.route.team,
                reason=_left_over(narrowing) if to is None else _taken(event, narrowing, takers[to]))


def _taken(event: Event, narrowing: RoutingResult, taker: Taker) -> str:
    words = [f"rule {narrowing.route.rule}"]
    if narrowing.queue is not None:
        words.append(f"goes to the queue {narrowing.queue}")
    elif (account := _account(event)) is not None:
        words.append("knows the account" if account in taker.knows else "new to the account")
    return ", ".join(words)


def _left_over(narrowing: RoutingResult) -> str:
    """Why nobody takes an item."""
    rule = f"rule {narrowing.route.rule}"
    if narrowing.eligibility.eligible:
        return f"{rule}: those who may have it ({', '.join(narrowing.eligibility.eligible[:5])}) have no room left"
    if narrowing.eligibility.excluded:
        out = "; ".join(f"{excluded.rule}: {len(excluded.owners)}" for excluded in narrowing.eligibility.excluded)
        return f"{rule}: nobody may have it ({out})"
    if narrowing.queue is not None:
        return f"{rule}: it goes to the queue {narrowing.queue}, of which nothing is left in owners.csv"
    return f"{rule}: the team {narrowing.route.team} has nobody else"


def _account(event: Event) -> str | None:
    account = event.assigned_item.account
    return account.account_id if account else None


def _value(event: Event) -> float | None:
    return event.value if event.value is not None else event.assigned_item.number("value")


def _median(values: list[float]) -> float:
    """What an item counts whose own value is not known."""
    return sorted(values)[len(values) // 2] if values else 1.0
