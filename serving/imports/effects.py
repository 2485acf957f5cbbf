"""What an import does to the work in hand: open items that gain or lose eligible owners, owners above their ceilings."""
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.errors import RuleBookError
from rules.exports.history import HistoryRow
from rules.loading import require_book
from rules.model import Directory, WorkItem
from rules.routing.eligibility import route_and_filter
from rules.workload import EMPTY_DESK
from serving.imports.history_events import open_rows
from serving.offboarding.open_items import OpenItems, read_open_items
from serving.offboarding.plan import without_hours
from serving.runtime.workspace import Workspace
from serving.store.rulebook_log import RULEBOOK

_SAY_EVERY = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class OverCapacity:
    """An owner who carries more open items than `max_open` allows."""

    owner_id: str
    open_items: int
    max_open: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Effects:
    """Of so many open items how many lose, and gain, eligible owners, and the ids of those left with nobody."""

    open_items: int
    lose: int
    gain: int
    nobody: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The effects as data."""
        return {"open_items": self.open_items, "lose": self.lose, "gain": self.gain, "left_with_nobody": list(self.nobody)}


def open_items_of(workspace: Workspace, directory: Directory, at: datetime) -> OpenItems:
    """Who holds what now."""
    with workspace.store.reading() as connection:
        return read_open_items(connection, directory, at)


def effects_of(workspace: Workspace, before: Directory, after: Directory, held: OpenItems, at: datetime,
               say: Callable[[str], None]) -> Effects | None:
    """What another directory does to who may have the open items, by the book in force; None where there is no book.

    Working hours and what owners carry do not count: they change by the hour, and not by the import.
    """
    book = _book_of(workspace)
    if book is None:
        return None
    items = {event.item_id: event.assigned_item for events in held.by_owner.values() for event in events}
    lose, gain, nobody = 0, 0, []
    for number, (item_id, item) in enumerate(items.items()):
        if number and number % _SAY_EVERY == 0:
            say(f"looking at who may have the open items: {number:,} of {len(items):,}")
        was, now = _may(item, book, before, at), _may(item, book, after, at)
        lose, gain = lose + bool(was - now), gain + bool(now - was)
        if was and not now:
            nobody.append(item_id)
    return Effects(open_items=len(items), lose=lose, gain=gain, nobody=tuple(nobody))


def over_capacity(directory: Directory, carried: Mapping[str, int]) -> tuple[OverCapacity, ...]:
    """Who carries more than they may, the furthest above first."""
    known = ((directory.owners[owner_id], count) for owner_id, count in carried.items() if owner_id in directory.owners)
    found = [OverCapacity(owner_id=owner.owner_id, open_items=count, max_open=owner.max_open) for owner, count in known
             if owner.max_open is not None and count > owner.max_open]
    return tuple(sorted(found, key=lambda one: (one.max_open - one.open_items, one.owner_id)))


def carried_with(held: OpenItems, rows: Iterable[HistoryRow] = ()) -> Counter[str]:
    """How many open items each owner has, and would have with the open assignments of a history: the last one of an item."""
    holder = {event.item_id: (event.occurred_at, owner_id) for owner_id, events in held.by_owner.items() for event in events}
    for row in open_rows(rows).values():
        held_since = holder.get(row.item.item_id)
        if held_since is None or row.assigned_at >= held_since[0]:
            holder[row.item.item_id] = row.assigned_at, row.owner_id
    return Counter(owner_id for _since, owner_id in holder.values())


def _may(item: WorkItem, book: RuleBook, directory: Directory, at: datetime) -> frozenset[str]:
    return frozenset(route_and_filter(item, book=without_hours(book), directory=directory, at=at,
                                      workload=EMPTY_DESK).eligibility.eligible)


def _book_of(workspace: Workspace) -> RuleBook | None:
    """The book in force, else that of the folder."""
    digest = workspace.store.active(RULEBOOK)
    try:
        if digest is not None:
            return require_book(workspace.store.snapshot(RULEBOOK, digest))
        return require_book(read_book_files(workspace.rulebook_path)) if workspace.rulebook_path.exists() else None
    except RuleBookError:
        return None
