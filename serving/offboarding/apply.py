"""Making a plan for who leaves and applying it: items handed over, places moved, dates ended in one transaction or not at all."""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

from features.events import Event
from rules.book.schema import RuleBook
from rules.digests import letters
from rules.directory.merge import edit_rows
from rules.errors import Refused
from rules.loading import require_book
from rules.model import Directory
from rules.refdata.times import NotReadable, parse_day_or_instant
from rules.tabular import Row
from serving.offboarding.assignment import ROUNDING, Taker
from serving.offboarding.open_items import read_open_items
from serving.offboarding.plan import Handover, LeavePlan, make_plan, takers_of, weight_of
from serving.runtime.context import now_of
from serving.runtime.directory_changes import Texts, change_directory
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from serving.store import action_log, capacity, event_log, snapshots
from serving.store.action_log import Action
from serving.store.rulebook_log import RULEBOOK
from serving.store.writer import Writing

KEPT = "leave_plan"


class StalePlan(Refused):
    """What the plan was made from has changed since."""

    remedy = "Preview the plan again, and apply it by its new digest."


def plan_for(workspace: Workspace, owner_id: str, last_day: date) -> LeavePlan:
    """The plan for an owner who leaves after a day; nothing is changed."""
    now = datetime.now(UTC)
    in_force = Live(workspace).in_force_at(now)
    with workspace.store.reading() as connection:
        held = read_open_items(connection, in_force.directory, now)
    return make_plan(owner_id, last_day, book=in_force.book, directory=in_force.directory, held=held)


def keep_plan(workspace: Workspace, plan: LeavePlan) -> None:
    """Keep a previewed plan under its digest, to be applied as it was shown."""
    workspace.store.keep_snapshot(KEPT, plan.digest, {"plan.json": plan.content})


def kept_plan(workspace: Workspace, digest: str) -> LeavePlan:
    """The plan that was previewed under a digest; StoreError when there was none."""
    return LeavePlan.of(workspace.store.snapshot(KEPT, digest)["plan.json"])


def apply_plan(workspace: Workspace, plan: LeavePlan, *, actor: str,
               adopt: Callable[[Directory], None] | None = None) -> tuple[Event, ...]:
    """The events appended. StalePlan where items, owners or the rule book have changed since the plan was made."""
    def edit(texts: Texts, before: Directory) -> Texts:
        if before.digest != plan.directory:
            raise StalePlan(f"owners or memberships have changed since the plan for `{plan.owner_id}` was made; make it anew")
        return _ended(texts, plan.owner_id, plan.last_day)

    book = require_book(workspace.store.snapshot(RULEBOOK, plan.rulebook))
    return change_directory(workspace, edit, actor=actor, adopt=adopt,
                            also=lambda writing, directory: hand_over(writing, plan, book, directory, actor=actor)).outcome or ()


def hand_over(writing: Writing, plan: LeavePlan, book: RuleBook, directory: Directory, *, actor: str) -> tuple[Event, ...]:
    """Every item of a plan to its taker, inside an open transaction."""
    if snapshots.in_force(writing.connection, RULEBOOK) != plan.rulebook:
        raise StalePlan("another rule book is in force than the one the plan was made by; make it anew")
    at = now_of(writing.head)
    items = read_open_items(writing.connection, directory, at)
    held = {event.assignment_id: event for event in items.by_owner.get(plan.owner_id, ())}
    if set(held) != {move.assignment_id for move in plan.moves}:
        raise StalePlan(f"the open items of `{plan.owner_id}` have changed since the plan was made; make it anew")
    moves = [(move, move.to) for move in plan.moves if move.to is not None]
    _require_room(moves, held, takers_of({to for _, to in moves}, book=book, directory=directory, held=items), book, plan)
    ended = event_log.append(writing, [_taken_from(held[move.assignment_id], at, plan) for move, _ in moves])
    given = [_give(writing, move, to, held[move.assignment_id], at, plan, directory,
                   was_answered=move.assignment_id in items.answered) for move, to in moves]
    for move, to in moves:
        action_log.put(writing, Action(action_id=uuid4().hex, decision_id=move.assignment_id, kind="handed_over", at=at,
                                       actor=actor, owner_id=to, note=f"plan {plan.digest} for who leaves"))
    return (*ended, *given)


def _require_room(moves: Sequence[tuple[Handover, str]], held: Mapping[str, Event], takers: Mapping[str, Taker], book: RuleBook,
                  plan: LeavePlan) -> None:
    """StalePlan where a taker has less room by now than the plan needs."""
    for owner_id, taker in takers.items():
        weights = [weight_of(held[move.assignment_id], book) for move, to in moves if to == owner_id]
        if (taker.room is not None and len(weights) > taker.room) or (
                taker.load is not None and sum(weights) > taker.load + ROUNDING):
            raise StalePlan(f"`{owner_id}` has less room than when the plan for `{plan.owner_id}` was made; make it anew")


def _taken_from(event: Event, at: datetime, plan: LeavePlan) -> Event:
    return Event(event_id=f"{_new_id(event, plan)}:reassigned", kind="reassigned", assignment_id=event.assignment_id,
                 item_id=event.item_id, owner_id=event.owner_id, occurred_at=at, known_at=at)


def _give(writing: Writing, move: Handover, to: str, event: Event, at: datetime, plan: LeavePlan, directory: Directory, *,
          was_answered: bool) -> Event:
    """The assignment to the taker, whose place is reserved; a promised answer that is still open stays promised."""
    if not capacity.reserve(writing.connection, to, directory.owners[to].max_open):
        raise StalePlan(f"`{to}` has become full since the plan for `{plan.owner_id}` was made; make it anew")
    new_id = _new_id(event, plan)
    return event_log.append_reserved(writing, replace(
        event, event_id=f"{new_id}:assigned", assignment_id=new_id, owner_id=to, team=move.to_team, occurred_at=at,
        known_at=at, seq=0, assigned_by="manual", propensity=None, rotation=None, exposure=None,
        respond_by=None if was_answered else event.respond_by))


def _new_id(event: Event, plan: LeavePlan) -> str:
    return letters(f"{plan.digest} {event.assignment_id}")[:32]


def _ended(texts: Texts, owner_id: str, last_day: date) -> Texts:
    """The owner active, and on every team, through the last day and no longer."""
    def ended(name: str, column: str) -> str:
        return edit_rows(texts[name], lambda cells: Row(line=0, cells={column: _sooner(cells.get(column, ""), last_day)})
                         if cells.get("owner_id") == owner_id else None, key="owner_id").text

    ends = (("owners.csv", "active_to"), ("memberships.csv", "to"))
    return {**texts, **{name: ended(name, column) for name, column in ends if name in texts}}


def _sooner(cell: str, last_day: date) -> str:
    """The cell where it ends before the last day already, else the last day."""
    try:
        given = parse_day_or_instant(cell) if cell else None
    except NotReadable:
        given = None
    day = given.date() if isinstance(given, datetime) else given
    return cell if day is not None and day <= last_day else last_day.isoformat()
