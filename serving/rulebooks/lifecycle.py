"""Publishing a rule book: who may bring which book into force, and when; each step kept with who did it and on what evidence.

    draft -> checked -> (simulated) -> approved -> active at `effective_from` -> archived
                                                   ^ rollback: back to any book kept, in one step

A book with an error, or with a test of its own that fails, never comes into force. A draft names the book it was made from
and is refused once another one holds.
"""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from rules.digests import digest_of, digest_of_files, without_prefix
from rules.errors import InputError, Refused
from rules.loading import load_book
from rules.model import Directory
from rules.refdata.times import format_instant
from serving.rulebooks.examine import Examined, examine
from serving.store import rulebook_log, snapshots
from serving.store.rulebook_log import RULEBOOK, KeptBook, LifecycleStep
from serving.store.store import Store
from serving.store.writer import Writing

MET, NOT_RUN, NOT_MET = "met", "not run", "not met"
EVIDENCE = "evidence"


class StaleBook(Refused):
    """Another rule book is in force than the one that the caller read."""

    code, status = "stale", 412
    remedy = "Read the rule book in force again, and repeat the step with its new `ETag`."


class StaleDraft(Refused):
    """The rule book that a draft was made from is not in force any more."""


class NoSuchBook(Refused):
    """The store keeps no rule book under that digest."""

    code, status = "not-found", 404
    remedy = "Name a digest that `GET /v1/rulebooks` lists."


class FaultyBook(InputError):
    """The rule book has errors, or tests of its own that fail; `problems` lists them."""

    code, status = "faulty-rulebook", 409
    remedy = "Mend the book until `rightful rules check` and `rightful rules test` say nothing."


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """What became of a book. `came`: active, scheduled, draft, or unchanged where nothing was left to do.

    `waiting`: other books that come into force by themselves later, the next one first.
    """

    version: KeptBook
    came: str
    conditions: Mapping[str, str]
    examined: Examined | None = None
    waiting: tuple[LifecycleStep, ...] = ()

    def as_json(self) -> dict[str, object]:
        """What the commands and the API tell."""
        findings = [] if self.examined is None else [finding.as_json() for finding in self.examined.report.findings]
        return {**self.version.as_json(), "came": self.came, "conditions": dict(self.conditions), "findings": findings,
                "failing_tests": list(self.examined.failing) if self.examined else [],
                "waiting": [{"digest": step.digest, "effective_at": step.takes_effect_at.isoformat()} for step in self.waiting]}


class Publisher:
    """Carries rule books through their life in one store. `two_people`: somebody else must approve what one drafted."""

    def __init__(self, store: Store, directory: Directory | None, *, two_people: bool = False):
        self._store = store
        self._directory = directory
        self._two_people = two_people

    def propose(self, files: Mapping[str, str], *, actor: str, based_on: str | None, source: str = "file",
                note: str | None = None) -> Published:
        """Keep a draft, checked. StaleBook unless `based_on` is the book in force; a draft may have errors."""
        digest, now = digest_of_files(files), datetime.now(UTC)
        examined = examine(files, self._directory, now=now)

        def job(writing: Writing) -> KeptBook:
            rulebook_log.take_due(writing, now)
            _require_from(writing, based_on, "the draft was made from")
            snapshots.keep(writing, RULEBOOK, digest, files)
            detail = {"version": examined.label, "rules": examined.report.rules, **({"note": note} if note else {})}
            rulebook_log.put(writing, "proposed", digest, actor=actor, at=now, source=source, based_on=based_on, detail=detail)
            _keep_check(writing, digest, examined, actor=actor, at=now, source=source)
            return _known(writing, digest)

        version = self._store.write(job)
        return Published(version=version, came="draft", conditions=conditions(version, examined), examined=examined)

    def approve(self, digest: str, *, actor: str, source: str = "file", note: str | None = None) -> Published:
        """Note that somebody read a checked draft and stands for it."""
        now = datetime.now(UTC)

        def job(writing: Writing) -> KeptBook:
            version = _known(writing, digest)
            if not version.checked_ok:
                raise Refused(f"the rule book `{short(digest)}` has errors or was never checked; mend it, then propose it anew")
            if self._two_people and actor == version.proposed_by:
                raise Refused(f"`{actor}` drafted the rule book `{short(digest)}`; expected the approval of somebody else")
            rulebook_log.put(writing, "approved", digest, actor=actor, at=now, source=source,
                             evidence=checked.evidence if (checked := version.last("checked")) else None,
                             detail={"note": note} if note else {})
            return _known(writing, digest)

        version = self._store.write(job)
        return Published(version=version, came="unchanged", conditions=conditions(version, None))

    def activate(self, digest: str, *, actor: str, source: str = "file", if_active: str | None = None) -> Published:
        """Bring a draft into force, at its `effective_from` where that lies ahead.

        `if_active`: the digest that the caller read as the one in force. Raises FaultyBook with every finding, StaleBook or
        StaleDraft where another book holds by now, Refused where a condition is not met.
        """
        examined, now = self._examined(digest), datetime.now(UTC)
        if not examined.ok:
            raise FaultyBook(examined.problems())

        def job(writing: Writing) -> Published:
            rulebook_log.take_due(writing, now)
            version, active = _known(writing, digest), snapshots.in_force(writing.connection, RULEBOOK)
            if if_active is not None:
                _require_from(writing, if_active, "the caller read")
            met = conditions(version, examined)
            if digest == active or version.state == "scheduled":
                return self._told(writing, digest, "unchanged", met, examined)
            _require_draft(writing, version)
            if self._two_people and met["second_person"] != MET:
                raise Refused(f"the rule book `{short(digest)}` needs the approval of somebody other than "
                              f"`{version.proposed_by}`: `rightful rules approve {short(digest)}`")
            _keep_check(writing, digest, examined, actor=actor, at=now, source=source)
            given: dict[str, Any] = {
                "actor": actor, "at": now, "source": source, "evidence": examined.digest,
                "detail": {"conditions": met, "version": examined.label, "rules": examined.report.rules}}
            if examined.effective_from is not None and examined.effective_from > now:
                rulebook_log.schedule(writing, digest, effective_at=examined.effective_from, **given)
                return self._told(writing, digest, "scheduled", met, examined)
            rulebook_log.activate(writing, digest, **given)
            return self._told(writing, digest, "active", met, examined)

        return self._store.write(job)

    def roll_back(self, digest: str | None = None, *, actor: str, if_active: str | None = None) -> Published:
        """Bring a book back that was in force before: the one named, else the one before the present one.

        Only a book that cannot be read any more is refused: what a later check would find is kept and told.
        """
        wanted = self._before() if digest is None else digest
        examined, now = self._examined(wanted), datetime.now(UTC)
        if load_book(self._store.snapshot(RULEBOOK, wanted)).book is None:
            raise FaultyBook(examined.problems())

        def job(writing: Writing) -> Published:
            rulebook_log.take_due(writing, now)
            version = _known(writing, wanted)
            if if_active is not None:
                _require_from(writing, if_active, "the caller read")
            if version.last("activated") is None:
                raise Refused(f"the rule book `{short(wanted)}` was never in force; expected one that was, or "
                              f"`rightful rules activate {short(wanted)}`")
            met = {**conditions(version, examined), "check": MET if examined.ok else NOT_MET}
            made = rulebook_log.activate(writing, wanted, actor=actor, at=now, source="rollback", evidence=examined.digest,
                                         detail={"conditions": met})
            snapshots.keep(writing, EVIDENCE, examined.digest, {"check.json": examined.content})
            return self._told(writing, wanted, "unchanged" if made is None else "active", met, examined)

        return self._store.write(job)

    def withdraw(self, digest: str, *, actor: str, source: str = "file") -> Published:
        """Take a scheduled book out of the plan; it stays what it was before."""
        def job(writing: Writing) -> Published:
            version = _known(writing, digest)
            if version.state != "scheduled":
                raise Refused(f"the rule book `{short(digest)}` is {version.state} and not scheduled; nothing to withdraw")
            rulebook_log.withdraw(writing, digest, actor=actor, at=datetime.now(UTC), source=source)
            return self._told(writing, digest, "unchanged", conditions(version, None), None)

        return self._store.write(job)

    def _examined(self, digest: str) -> Examined:
        with self._store.reading() as connection:
            if not snapshots.is_kept(connection, RULEBOOK, digest):
                raise NoSuchBook(f"the store keeps no rule book `{digest}`; `rightful rules versions` lists those it does")
        return examine(self._store.snapshot(RULEBOOK, digest), self._directory, now=datetime.now(UTC))

    def _before(self) -> str:
        """The book that was in force before the present one."""
        before = self._store.active_before(RULEBOOK)
        if before is None:
            raise Refused("no other rule book was in force before; name one: `rightful rules versions` lists them")
        return before

    @staticmethod
    def _told(writing: Writing, digest: str, came: str, met: Mapping[str, str], examined: Examined | None) -> Published:
        waiting = tuple(step for step in rulebook_log.scheduled(writing.connection) if step.digest != digest)
        return Published(version=_known(writing, digest), came=came, conditions=met,
                         examined=examined, waiting=waiting)


def note_simulated(store: Store, digest: str, outcome: Mapping[str, object], *, actor: str) -> bool:
    """Keep that a draft was simulated, and what came of it; False for a book that nobody proposed."""
    content = orjson.dumps(outcome, option=orjson.OPT_SORT_KEYS).decode()
    evidence = digest_of(content)

    def job(writing: Writing) -> bool:
        version = rulebook_log.version_of(writing.connection, digest)
        if version is None or version.last("proposed") is None:
            return False
        snapshots.keep(writing, EVIDENCE, evidence, {"simulate.json": content})
        rulebook_log.put(writing, "simulated", digest, actor=actor, at=datetime.now(UTC), evidence=evidence)
        return True

    return store.write(job)


def conditions(version: KeptBook, examined: Examined | None) -> dict[str, str]:
    """What was asked of a book before it comes into force, each met, not met or not run."""
    checked = version.checked_ok if examined is None else examined.ok
    return {"check": NOT_RUN if checked is None else MET if checked else NOT_MET,
            "simulated": MET if version.has("simulated") else NOT_RUN,
            "second_person": MET if version.has_second_person else NOT_RUN}


def base_of_file(store: Store) -> str | None:
    """The book that the workspace's file was last made equal to or drafted from; None before the first."""
    steps = [step for version in store.rulebook_versions() for step in version.steps]
    steps.sort(key=lambda step: -step.number)
    newest = next((step for step in steps if step.source == "file" and step.step in ("proposed", "activated", "written")), None)
    if newest is None:
        return None
    came_since = any(step.step == "activated" and step.digest == newest.digest and step.number > newest.number
                     and step.source in ("file", "schedule") for step in steps)
    return newest.based_on if newest.step == "proposed" and not came_since else newest.digest


def short(digest: str) -> str:
    """A digest as people type it: the first letters of its hash."""
    return without_prefix(digest)[:12]


def _known(writing: Writing, digest: str) -> KeptBook:
    version = rulebook_log.version_of(writing.connection, digest)
    if version is None:
        raise NoSuchBook(f"nothing is known of a rule book `{digest}`; propose it first")
    return version


def _require_from(writing: Writing, digest: str | None, how: str, stale: type[Refused] = StaleBook) -> None:
    """Raise `stale` unless this is the book in force."""
    active = snapshots.in_force(writing.connection, RULEBOOK)
    if active != digest:
        since = next(iter(snapshots.changes(writing.connection, RULEBOOK)), None)
        by = f" since {format_instant(since.at, 'seconds')}, by {since.actor}" if since else ""
        raise stale(f"{how} `{short(digest) if digest else 'nothing'}`, but `{short(active) if active else 'nothing'}` is in "
                    f"force{by}; look at what changed, take it over and propose the book anew from it")


def _require_draft(writing: Writing, version: KeptBook) -> None:
    """Only a draft comes into force, and only while the book it was made from still holds."""
    if version.last("proposed") is None or version.state == "archived":
        raise Refused(f"the rule book `{short(version.digest)}` is {version.state}; propose it anew, or bring it back as it "
                      f"was with `rightful rules rollback {short(version.digest)}`")
    _require_from(writing, version.based_on, f"the draft `{short(version.digest)}` was made from", StaleDraft)


def _keep_check(writing: Writing, digest: str, examined: Examined, *, actor: str, at: datetime, source: str) -> None:
    """Keep a check and what it found, once per outcome."""
    snapshots.keep(writing, EVIDENCE, examined.digest, {"check.json": examined.content})
    last = _known(writing, digest).last("proposed", "checked")
    if last is None or last.step != "checked" or last.evidence != examined.digest:
        rulebook_log.put(writing, "checked", digest, actor=actor, at=at, source=source, evidence=examined.digest,
                         detail={"ok": examined.ok, "tests": examined.tests, "failing": list(examined.failing)})
