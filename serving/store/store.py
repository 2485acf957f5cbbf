"""The store as the rest of the house sees it: open it, read from it, hand jobs to its single writer."""
import secrets as random_bytes
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, delete, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from features.events import Event
from rules.errors import StoreError
from serving.decision.parts import DecisionDocument
from serving.store import (
    action_log,
    decision_log,
    decision_status,
    event_log,
    migrating,
    rulebook_log,
    snapshots,
    standing_events,
    tables,
)
from serving.store.checkpoints import Checkpoints
from serving.store.decision_log import DecisionFilter, StoredDecision
from serving.store.engine import check_url, connect
from serving.store.snapshots import Change
from serving.store.writer import Writer, Writing, read_head

T = TypeVar("T")
Wanted = ParamSpec("Wanted")
#: So many decisions are read at once.
_READ_AT_ONCE = 500
_KEY = "policy"


def _asking(ask: Callable[Concatenate[Connection, Wanted], T]) -> Callable[Concatenate["Store", Wanted], T]:
    """A method of the store that asks `ask` of one moment of it, with the same further words and the same answer."""
    @wraps(ask)
    def method(store: "Store", *args: Wanted.args, **more: Wanted.kwargs) -> T:
        with store.reading() as connection:
            return ask(connection, *args, **more)

    return method


class Store:
    """Everything a workspace keeps. Reading sees one consistent moment; writing goes through one writer.

    `store.write(lambda writing: event_log.append(writing, drafts))` adds events.
    """

    def __init__(self, url: URL):
        self._writing = connect(url, writes=True)
        self._reading = connect(url, writes=False)
        self._writer = Writer(self._writing)
        self._checkpoints = Checkpoints(self._reading)
        self._writer.when_idle(self._checkpoints.idle)

    @classmethod
    def open(cls, url: str | URL) -> "Store":
        """Open a store, creating or upgrading its tables. StoreError where that is not possible."""
        store = cls(check_url(url))
        migrating.migrate(store._writing)
        return store

    def close(self) -> None:
        """Finish what is queued and let go of the file."""
        self._writer.close()
        self._checkpoints.close()
        self._writing.dispose()
        self._reading.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    # -- reading

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the store."""
        try:
            with self._reading.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise StoreError(f"the store could not be read: {error.orig}") from error

    def events(self, *, after: int = 0, until: int | None = None) -> Iterator[Event]:
        """Events in order of `seq`."""
        with self.reading() as connection:
            yield from event_log.events(connection, after=after, until=until)

    def standing_events(self, until: int | None = None) -> Iterator[Event]:
        """What stands of the events at a number, None = the newest: without what was taken back, by a clock that was right."""
        with self.reading() as connection:
            yield from standing_events.events(connection, read_head(connection).last_seq if until is None else until)

    head = _asking(read_head)
    decision = _asking(decision_log.find)
    decision_inputs = _asking(decision_log.inputs_of)
    decisions = _asking(decision_log.page)
    actions = _asking(action_log.of_decision)
    standing = _asking(decision_status.standing_of)
    happened = _asking(event_log.of_assignment)
    flagged = _asking(event_log.flagged)
    snapshot = _asking(snapshots.files_of)
    active = _asking(snapshots.in_force)
    changes = _asking(snapshots.changes)
    rulebook_versions = _asking(rulebook_log.versions)
    rulebook_version = _asking(rulebook_log.version_of)

    def decision_page(self, wanted: DecisionFilter, *, before: int | None, limit: int) -> tuple[list[StoredDecision], str | None]:
        """One page of those decisions, and the cursor of the next, None on the last."""
        found = self.decisions(wanted, before=before, limit=limit + 1)
        return found[:limit], str(found[limit - 1].number) if len(found) > limit else None

    def newest_documents(self, wanted: DecisionFilter, *, most: int) -> Iterator[DecisionDocument]:
        """The documents of those decisions, newest first, at most so many; read page by page."""
        before = None
        while most and (found := self.decisions(wanted, before=before, limit=min(_READ_AT_ONCE, most))):
            yield from (decision.document for decision in found)
            before, most = found[-1].number, most - len(found)

    def decision_ids(self) -> Iterator[str]:
        """Ids of all decisions, by model, then by the state and the moment they were decided at."""
        with self.reading() as connection:
            yield from decision_log.in_state_order(connection)

    def active_before(self, subject: str) -> str | None:
        """What held of a subject before its present value, None where nothing else did."""
        held = [change.value for change in self.changes(subject)]
        return next((value for value in held[1:] if value and value != held[0]), None)

    def followed(self, subject: str) -> str | None:
        """What the present value of a subject replaced when it first came into force, None where nothing held before it."""
        held = [change.value for change in reversed(self.changes(subject)) if change.value]
        first = held.index(held[-1]) if held else 0
        return held[first - 1] if first else None

    # -- writing

    @property
    def lost_commits(self) -> int:
        """How many commits failed since the store was opened."""
        return self._writer.lost_commits

    def submit(self, job: Callable[[Writing], T]) -> "Future[T]":
        """Queue a job for the writer; the future holds its result once it is committed."""
        return self._writer.submit(job)

    def write(self, job: Callable[[Writing], T]) -> T:
        """Run a job in the writer and wait for its commit."""
        return self._writer.submit(job).result()

    def when_idle(self, work: Callable[[], None]) -> None:
        """Let the writer's thread do something, once after each burst of jobs, when no further one comes for a moment."""
        self._writer.when_idle(work)

    def keep_snapshot(self, kind: str, digest: str, files: Mapping[str, str]) -> None:
        """Keep a rule book or directory under its digest without putting it in force."""
        self.write(lambda writing: snapshots.keep(writing, kind, digest, files))

    def activate(self, kind: str, digest: str, files: Mapping[str, str], *, actor: str) -> None:
        """Keep a rule book or directory and put it in force from now on."""
        def job(writing: Writing) -> None:
            snapshots.keep(writing, kind, digest, files)
            if kind == rulebook_log.RULEBOOK:
                rulebook_log.activate(writing, digest, actor=actor, at=datetime.now(UTC))
            elif snapshots.in_force(writing.connection, kind) != digest:
                snapshots.change(writing, kind, digest, actor=actor, at=datetime.now(UTC))

        self.write(job)

    def workspace_key(self) -> bytes:
        """The workspace's random key, from which every draw is derived; made once."""
        stored = select(tables.secrets.c.value).where(tables.secrets.c.name == _KEY)
        with self.reading() as connection:
            found = connection.execute(stored).scalar()
        return found if found is not None else self.write(_make_key)

    # -- models and modes

    def champion(self, objective: str) -> str | None:
        """The bundle that ranks items of a kind, None before the first promotion."""
        return self.active(f"champion:{objective}") or None

    def challenger(self, objective: str) -> str | None:
        """The bundle that meets the champion on a coin; None where there is none, or where it is the champion by now."""
        wanted = self.active(f"challenger:{objective}")
        return wanted if wanted and wanted != self.champion(objective) else None

    def set_challenger(self, objective: str, bundle_hash: str | None, actor: str, *, shadow: bool = False) -> Change:
        """Let a bundle meet the champion of a kind from now on, None = none; in shadow it ranks beside it and decides nothing."""
        def job(writing: Writing) -> Change:
            now = datetime.now(UTC)
            before = snapshots.in_force(writing.connection, f"shadow:{objective}")
            if (wanted := bundle_hash or "" if shadow else "") != (before or ""):
                snapshots.change(writing, f"shadow:{objective}", wanted, actor=actor, at=now)
            return snapshots.change(writing, f"challenger:{objective}", bundle_hash or "", actor=actor, at=now)

        return self.write(job)

    def in_shadow(self, objective: str) -> bool:
        """Whether the challenger of a kind ranks beside the champion without deciding anything."""
        return self.challenger(objective) is not None and self.active(f"shadow:{objective}") == self.challenger(objective)

    def set_champion(self, objective: str, bundle_hash: str, actor: str) -> Change:
        """Let a bundle rank items of a kind from now on."""
        return self.write(lambda writing: snapshots.change(writing, f"champion:{objective}", bundle_hash, actor=actor,
                                                           at=datetime.now(UTC)))

    def set_ranking(self, ranking: str, actor: str) -> Change:
        """The kill switch: `model` or `rotation`, from the next decision on."""
        def job(writing: Writing) -> Change:
            made = snapshots.change(writing, "mode", ranking, actor=actor, at=datetime.now(UTC))
            writing.advance(ranking=ranking)
            return made

        return self.write(job)

    def write_expectations(self, generation: str, expected: Mapping[str, float]) -> None:
        """Keep what one bundle's training expected of each past assignment, in place of what it wrote before."""
        def job(writing: Writing) -> None:
            writing.connection.execute(delete(tables.expectations).where(tables.expectations.c.generation == generation))
            rows = [{"generation": generation, "assignment_id": name, "expected": float(value)}
                    for name, value in expected.items()]
            for start in range(0, len(rows), event_log.CHUNK):
                writing.connection.execute(insert(tables.expectations), rows[start:start + event_log.CHUNK])

        self.write(job)

    def expectations(self, generation: str) -> dict[str, float]:
        """What one bundle's training expected of each past assignment."""
        table = tables.expectations.c
        with self.reading() as connection:
            rows = connection.execute(select(table.assignment_id, table.expected).where(table.generation == generation))
            return {row.assignment_id: row.expected for row in rows}


def _make_key(writing: Writing) -> bytes:
    made = random_bytes.token_bytes(32)
    try:
        with writing.connection.begin_nested():
            writing.connection.execute(insert(tables.secrets).values(name=_KEY, value=made))
    except IntegrityError:
        return writing.connection.execute(select(tables.secrets.c.value).where(tables.secrets.c.name == _KEY)).scalar_one()
    return made
