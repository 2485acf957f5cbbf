"""The life of a rule book: drafted, checked, simulated, approved, scheduled, active, archived; each step kept with who and when.

A book's state is never stored: it follows from its steps. What is in force stands in `changes` as well, and both move in
one transaction.
"""
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, func, insert, select

from features.clock import micros, moment, runs_ahead
from rules.model import EMPTY
from rules.plain_json import JsonObject
from rules.refdata.times import format_instant, format_moment
from serving.store import snapshots, tables
from serving.store.writer import Writing

STEPS = ("proposed", "checked", "simulated", "approved", "scheduled", "withdrawn", "activated", "archived", "written")
STATES = ("draft", "checked", "simulated", "approved", "scheduled", "active", "archived")
#: Where a step was taken: on the workspace's file, over the API, by itself at the moment scheduled, or as a way back.
SOURCES = ("file", "api", "schedule", "rollback")
RULEBOOK, PLAN = "rulebook", "rulebook:plan"
_PREPARING = STATES[:4]
_S = tables.rulebook_steps.c


@dataclass(frozen=True, kw_only=True, slots=True)
class LifecycleStep:
    """One thing done with a rule book.

    `based_on`: the digest that a draft was made from. `effective_at`: when it comes, or came, into force. `evidence`: the
    digest of what the step rests on, kept as the snapshot `evidence`. `detail`: version, rules, ok, conditions, note.
    """

    number: int
    digest: str
    step: str
    at: datetime
    actor: str
    source: str = "file"
    based_on: str | None = None
    effective_at: datetime | None = None
    evidence: str | None = None
    detail: JsonObject = EMPTY

    @property
    def takes_effect_at(self) -> datetime:
        """When it comes into force: at once where no moment is set."""
        return self.effective_at or self.at

    def as_json(self) -> dict[str, object]:
        """The step as data."""
        return {"number": self.number, "digest": self.digest, "step": self.step, "at": format_instant(self.at),
                "actor": self.actor, "source": self.source, "based_on": self.based_on,
                "effective_at": format_moment(self.effective_at), "evidence": self.evidence, "detail": dict(self.detail)}


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptBook:
    """One rule book as the store knows it: its state and everything that was done with it, oldest first."""

    digest: str
    state: str
    steps: tuple[LifecycleStep, ...]

    def last(self, *kinds: str) -> LifecycleStep | None:
        """The latest step of some kinds."""
        return next((step for step in reversed(self.steps) if step.step in kinds), None)

    @property
    def label(self) -> str:
        """The book's own `version`, as its author wrote it; empty where nobody noted it."""
        return next((str(step.detail["version"]) for step in reversed(self.steps) if "version" in step.detail), "")

    @property
    def rules(self) -> int | None:
        """How many rules it has, None where nobody noted it."""
        return next((step.detail["rules"] for step in reversed(self.steps) if "rules" in step.detail), None)

    @property
    def proposed_by(self) -> str | None:
        """Who drafted it last."""
        return step.actor if (step := self.last("proposed")) else None

    @property
    def based_on(self) -> str | None:
        """The digest that the latest draft was made from."""
        return step.based_on if (step := self.last("proposed")) else None

    @property
    def checked_ok(self) -> bool | None:
        """Whether the latest check found no error, None before the first."""
        return bool(step.detail.get("ok")) if (step := self.last("checked")) else None

    @property
    def approved_by(self) -> str | None:
        """Who approved the latest draft."""
        return next((step.actor for step in self._of_draft() if step.step == "approved"), None)

    @property
    def effective_at(self) -> datetime | None:
        """When it comes, or came last, into force."""
        return step.effective_at if (step := self.last("scheduled", "activated")) else None

    @property
    def has_second_person(self) -> bool:
        """Whether somebody other than who drafted it approved it."""
        return any(step.step == "approved" and step.actor != self.proposed_by for step in self._of_draft())

    def has(self, kind: str) -> bool:
        """Whether the latest draft went through a step."""
        return any(step.step == kind for step in self._of_draft())

    def _of_draft(self) -> tuple[LifecycleStep, ...]:
        """The steps since it was drafted last, newest first."""
        drafted = self.last("proposed")
        return tuple(step for step in reversed(self.steps) if drafted is None or step.number > drafted.number)

    def as_json(self) -> dict[str, object]:
        """The version as data, its steps included."""
        return {"digest": self.digest, "version": self.label, "state": self.state, "rules": self.rules,
                "based_on": self.based_on, "proposed_by": self.proposed_by, "approved_by": self.approved_by,
                "checked_ok": self.checked_ok, "effective_at": format_moment(self.effective_at),
                "steps": [step.as_json() for step in self.steps]}


def put(writing: Writing, step: str, digest: str, *, actor: str, at: datetime, source: str = "file",
        based_on: str | None = None, effective_at: datetime | None = None, evidence: str | None = None,
        detail: JsonObject = EMPTY) -> LifecycleStep:
    """Keep a step in the open transaction."""
    if step not in STEPS or source not in SOURCES:
        raise ValueError(f"`{step}` from `{source}` is no step of a rule book")
    number = (writing.connection.execute(select(func.max(_S.number))).scalar() or 0) + 1
    made = LifecycleStep(number=number, digest=digest, step=step, at=at, actor=actor, source=source, based_on=based_on,
                effective_at=effective_at, evidence=evidence, detail=detail)
    writing.connection.execute(insert(tables.rulebook_steps).values(
        number=number, digest=digest, step=step, at=micros(at), actor=actor, source=source, based_on=based_on,
        effective_at=None if effective_at is None else micros(effective_at), evidence=evidence,
        detail=orjson.dumps(dict(detail)) if detail else None))
    return made


def activate(writing: Writing, digest: str, *, actor: str, at: datetime, source: str = "file",
             effective_at: datetime | None = None, detail: JsonObject = EMPTY,
             evidence: str | None = None) -> LifecycleStep | None:
    """Put a kept book in force, the one before into the archive; None when it already is."""
    before = snapshots.in_force(writing.connection, RULEBOOK)
    if before == digest:
        return None
    came = at if effective_at is None else effective_at
    if before is not None:
        put(writing, "archived", before, actor=actor, at=at, source=source)
    step = put(writing, "activated", digest, actor=actor, at=at, source=source, effective_at=came, detail=detail,
               evidence=evidence, based_on=before)
    snapshots.change(writing, RULEBOOK, digest, actor=actor, at=came)
    return step


def schedule(writing: Writing, digest: str, *, actor: str, at: datetime, effective_at: datetime, source: str = "file",
             detail: JsonObject = EMPTY, evidence: str | None = None) -> LifecycleStep:
    """Let a kept book come into force by itself at a later moment."""
    step = put(writing, "scheduled", digest, actor=actor, at=at, source=source, effective_at=effective_at, detail=detail,
               evidence=evidence, based_on=snapshots.in_force(writing.connection, RULEBOOK))
    snapshots.change(writing, PLAN, digest, actor=actor, at=at)
    return step


def withdraw(writing: Writing, digest: str, *, actor: str, at: datetime, source: str = "file") -> LifecycleStep:
    """Take a scheduled book out of the plan."""
    step = put(writing, "withdrawn", digest, actor=actor, at=at, source=source)
    snapshots.change(writing, PLAN, digest, actor=actor, at=at)
    return step


def take_due(writing: Writing, at: datetime) -> tuple[LifecycleStep, ...]:
    """Put in force what was scheduled for this moment or before; the activations made, oldest first."""
    made = [activate(writing, planned.digest, actor=planned.actor, at=at, source="schedule",
                     effective_at=planned.effective_at, detail=planned.detail, evidence=planned.evidence)
            for planned in scheduled(writing.connection) if planned.takes_effect_at <= at]
    return tuple(step for step in made if step is not None)


def too_early(connection: Connection, at: datetime) -> LifecycleStep | None:
    """The step by which the book in force came by itself before its moment, as a clock that ran ahead took it for due."""
    active = snapshots.in_force(connection, RULEBOOK)
    version = None if active is None else version_of(connection, active)
    step = None if version is None else version.last("activated")
    early = step is not None and step.source == "schedule" and step.based_on and runs_ahead(step.effective_at, now=at)
    return step if early else None


def wait_again(writing: Writing, at: datetime) -> bool:
    """Let a book that came too early wait for its moment, and the one before decide until then."""
    step = too_early(writing.connection, at)
    if step is None or step.based_on is None:
        return False
    activate(writing, step.based_on, actor=step.actor, at=at, source="schedule")
    put(writing, "scheduled", step.digest, actor=step.actor, at=at, source="schedule", effective_at=step.effective_at,
        detail=step.detail, evidence=step.evidence, based_on=step.based_on)
    snapshots.change(writing, PLAN, step.digest, actor=step.actor, at=at)
    return True


def scheduled(connection: Connection) -> tuple[LifecycleStep, ...]:
    """The steps by which books wait for their moment, the next one first."""
    waiting = [step for version in versions(connection)
               if version.state == "scheduled" and (step := version.last("scheduled")) is not None]
    return tuple(sorted(waiting, key=lambda step: (step.takes_effect_at, step.number)))


def steps(connection: Connection, digest: str | None = None) -> tuple[LifecycleStep, ...]:
    """Every step, or those of one book, oldest first."""
    wanted = select(tables.rulebook_steps).order_by(_S.number)
    return tuple(_step(row) for row in connection.execute(wanted if digest is None else wanted.where(_S.digest == digest)))


def versions(connection: Connection) -> tuple[KeptBook, ...]:
    """Every book that anything was done with, the one touched last first."""
    by_digest: dict[str, list[LifecycleStep]] = {}
    for step in steps(connection):
        by_digest.setdefault(step.digest, []).append(step)
    known = [_version(digest, found) for digest, found in by_digest.items()]
    return tuple(sorted(known, key=lambda version: -version.steps[-1].number))


def version_of(connection: Connection, digest: str) -> KeptBook | None:
    """One book and its life, None where nothing was ever done with it."""
    found = steps(connection, digest)
    return _version(digest, found) if found else None


def _version(digest: str, found: Iterable[LifecycleStep]) -> KeptBook:
    found = tuple(found)
    state, prepared = "draft", "draft"
    for step in found:
        if step.step == "proposed":
            prepared = "draft"
            state = state if state in ("active", "scheduled") else prepared
        elif step.step in _PREPARING:
            if step.step != "checked" or step.detail.get("ok"):
                prepared = max(prepared, step.step, key=_PREPARING.index)
            state = prepared if state in _PREPARING else state
        else:
            state = {"scheduled": "scheduled", "activated": "active", "archived": "archived",
                     "withdrawn": prepared}.get(step.step, state)
    return KeptBook(digest=digest, state=state, steps=found)


def _step(row) -> LifecycleStep:
    return LifecycleStep(number=row.number, digest=row.digest, step=row.step, at=moment(row.at), actor=row.actor,
                         source=row.source, based_on=row.based_on, evidence=row.evidence,
                         effective_at=None if row.effective_at is None else moment(row.effective_at),
                         detail=orjson.loads(row.detail) if row.detail else {})
