"""Which book is in force, which directory, bundles and folded state: what a process holds; refreshed when something changes.

What is in force is one frozen value that is replaced as a whole, so that a decision never sees half a change; a bad
file keeps the last good one and is told by `problems`.
"""
import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.directory.files import DIRECTORY_FILES, load_directory, read_directory_files
from rules.errors import BundleError, DirectoryError, RuleBookError
from rules.loading import require_book
from rules.model import Directory
from serving.decision.request import Role
from serving.ranking.bundle import Bundle, bundle_path, load_bundle
from serving.runtime.context import ActiveConfig, Context, OtherModels, now_of
from serving.runtime.directory_changes import finish_files
from serving.runtime.fold import FoldedState, fold_plan
from serving.runtime.idempotent import IdempotentWrites
from serving.runtime.scheduled_books import PlannedBooks
from serving.runtime.workspace import Workspace
from serving.store import snapshots
from serving.store.store import Store
from serving.store.writer import Writing

WATCHED = DIRECTORY_FILES
ACTIVE = "active"
_SYSTEM = "system"
_MOST_TOLD = 5
_log = logging.getLogger(__name__)


class Live:
    """A process's view of a workspace. `book_from`: `active`, or the path of a rule book's file."""

    def __init__(self, workspace: Workspace, *, book_from: str | Path = ACTIVE):
        self.workspace = workspace
        self.store: Store = workspace.store
        self.problems: dict[str, str] = {}
        self.unknown_fields: Counter[str] = Counter()
        self.idempotent = IdempotentWrites(self.store, lambda event: self.in_force.folded.expect(event))
        self._refreshing = threading.Lock()
        self._replacing = threading.Lock()
        finish_files(workspace)
        self._signature = self._look()
        self.planned = PlannedBooks(self.store)
        self.planned.keep_in_time(datetime.now(UTC))
        self._seen_change = self.store.head().last_change
        book = self._first_book() if book_from == ACTIVE else self._book_of_file(Path(book_from))
        self._follows_active = book_from == ACTIVE
        self.key = self.store.workspace_key()
        self._keeps_warm = False
        bundles = self._loaded({}, self.store.champion)
        self.in_force = ActiveConfig(book=book, directory=self._first_directory(), settings=workspace.settings, bundles=bundles,
                                folded=self._new_fold(bundles), places=workspace.postal_places, others=self._others({}))

    # -- deciding

    def context(self, writing: Writing, at: datetime | None = None) -> Context:
        """What decides at a moment, None = now, with the state of then; Refused where no book is in force yet."""
        at = now_of(writing.head) if at is None else at
        return Context.of(writing, at, self.in_force_at(at), self.key)

    def in_force_at(self, at: datetime, now: ActiveConfig | None = None) -> ActiveConfig:
        """What decides at a moment: from the microsecond at which a scheduled book takes effect, that book; all else as `now`."""
        now = now or self.in_force
        if at < self.planned.first_at or not self._follows_active:
            return now
        coming = self.planned.book_at(at)
        return now if coming is None or coming.digest == now.book.digest else replace(now, book=coming)

    def keep_warm(self) -> None:
        """Fold everything now, and at once after each promotion, so that no request waits for it."""
        self._keeps_warm = True
        self._replace(folded=self._new_fold(self.in_force.bundles))
        self.store.when_idle(self._catch_up)

    def _catch_up(self) -> None:
        """In an idle moment of the writer's thread: fold what the last commits kept."""
        self.in_force.folded.catch_up(self.store.lost_commits)

    # -- noticing change

    def refresh(self) -> None:
        """Take over changed directory files, and what another process activated or promoted."""
        with self._refreshing:
            looked = self._look()
            if looked != self._signature:
                self._signature = looked
                self._reload_directory()
            if self._follows_active:
                self.planned.keep_in_time(datetime.now(UTC), self.in_force.book)
            change = self.store.head().last_change
            if change != self._seen_change:
                self._seen_change = change
                self._reload_activations()

    def _look(self) -> tuple[tuple[int, int] | None, ...]:
        """When each watched file changed last, and its size."""
        return tuple(_stamp(self.workspace.folder / name) for name in WATCHED)

    def _reload_directory(self) -> None:
        try:
            self._directory_of_files(adopt=self.adopt_directory)
        except DirectoryError as error:
            self.problems["directory"] = f"the directory files cannot be used, the last good ones are: {error}"
            return
        self.problems.pop("directory", None)

    def adopt_directory(self, directory: Directory) -> None:
        """Let another directory decide from the next decision on; called inside the transaction that keeps it."""
        self._replace(directory=directory)

    def _replace(self, **parts: Any) -> None:
        """Put parts of what decides in the place of the present ones, all at once."""
        with self._replacing:
            self.in_force = replace(self.in_force, **parts)

    def _reload_activations(self) -> None:
        now = self.in_force
        book = now.book
        if self._follows_active and (digest := self.store.active("rulebook")) not in (None, book.digest):
            try:
                book = require_book(self.store.snapshot("rulebook", digest))
                self.problems.pop("rulebook", None)
            except RuleBookError as error:
                self.problems["rulebook"] = f"the active rule book cannot be used, the one before is: {error}"
        bundles = self._loaded(now.bundles, self.store.champion)
        same_models = _hashes(bundles) == _hashes(now.bundles)
        self._replace(book=book, bundles=bundles, folded=now.folded if same_models else self._new_fold(bundles),
                      others=self._others(now.others))
        self.planned.reload()
        if self.planned.problem is None:
            self.problems.pop("planned", None)
        else:
            self.problems["planned"] = self.planned.problem

    # -- loading

    def _first_book(self) -> RuleBook:
        digest = self.store.active("rulebook")
        if digest is not None:
            return require_book(self.store.snapshot("rulebook", digest))
        book = require_book(read_book_files(self.workspace.rulebook_path))
        self.store.activate("rulebook", book.digest, book.files, actor=_SYSTEM)
        return book

    def _book_of_file(self, path: Path) -> RuleBook:
        book = require_book(read_book_files(path))
        self.store.keep_snapshot("rulebook", book.digest, book.files)
        return book

    def _first_directory(self) -> Directory:
        try:
            return self._directory_of_files()
        except DirectoryError as error:
            digest = self.store.active("directory")
            if digest is None:
                raise
            self.problems["directory"] = f"the directory files cannot be used, the last good ones are: {error}"
            return load_directory(self.store.snapshot("directory", digest))

    def _directory_of_files(self, adopt: Callable[[Directory], None] = lambda _directory: None) -> Directory:
        """The directory that the files hold, kept, and taken over in the same transaction.

        They are read under the store's write lock, under which our own changes write them: never half of one.
        """
        files = self.store.write(lambda _writing: read_directory_files(self.workspace.folder))
        directory = load_directory(files)

        def job(writing: Writing) -> None:
            snapshots.keep(writing, "directory", directory.digest, files)
            if snapshots.in_force(writing.connection, "directory") != directory.digest:
                snapshots.change(writing, "directory", directory.digest, actor=_SYSTEM, at=datetime.now(UTC))
            adopt(directory)

        self.store.write(job)
        for doubt in directory.doubts[:_MOST_TOLD]:
            _log.warning("%s", doubt)
        if len(directory.doubts) > _MOST_TOLD:
            _log.warning("%d more of such rows; `rightful rules check` tells them all", len(directory.doubts) - _MOST_TOLD)
        return directory

    def _others(self, loaded: Mapping[Role, OtherModels]) -> dict[Role, OtherModels]:
        """The models that experiments ask, each with a fold of its own; a challenger that became champion is none."""
        policy = self.workspace.settings.policy
        wanted: dict[Role, Callable[[str], str | None]] = {"challenger": lambda kind: self.store.challenger(kind)}
        if policy.holdback > 0.0 and policy.holdback_by == "previous":
            wanted["previous"] = lambda kind: self.store.followed(f"champion:{kind}")
        found: dict[Role, OtherModels] = {}
        for role, named in wanted.items():
            now = loaded.get(role)
            bundles = self._loaded(now.bundles if now else {}, named, called=role)
            if bundles and (now is None or _hashes(now.bundles) != _hashes(bundles)):
                now = OtherModels(bundles=bundles, folded=self._new_fold(bundles))
            if bundles and now is not None:
                shadow = (kind.casefold() for kind in bundles if role == "challenger" and self.store.in_shadow(kind))
                found[role] = replace(now, shadow=frozenset(shadow))
        return found

    def _loaded(self, loaded: Mapping[str, Bundle], named: Callable[[str], str | None],
                called: str = "champion") -> dict[str, Bundle]:
        """The bundle named for every objective, by default the champion; where one cannot be loaded, the one in use stays."""
        bundles: dict[str, Bundle] = {}
        for kind in self.workspace.settings.objectives:
            wanted, present = named(kind), loaded.get(kind)
            problem = f"model of {kind}" if called == "champion" else f"{called} of {kind}"
            self.problems.pop(problem, None)
            if wanted is None or (present is not None and present.hash == wanted):
                found = present if wanted else None
            else:
                try:
                    found = load_bundle(bundle_path(self.workspace.bundles, wanted))
                except BundleError as error:
                    self.problems[problem] = f"the {called} cannot be used: {error}"
                    found = present
            if found is not None:
                bundles[kind] = found
        return bundles

    def _new_fold(self, bundles: Mapping[str, Bundle]) -> FoldedState:
        """A fold that these bundles read from, empty unless kept warm."""
        expected: dict[str, float] = {}
        for bundle in bundles.values():
            expected.update(self.store.expectations(bundle.hash))
        plan = fold_plan(self.workspace.settings.objectives.values(), bundles.values())
        folded = FoldedState(plan, expected, self.store.lost_commits)
        if self._keeps_warm:
            folded.warm(self.store)
        return folded


def _hashes(bundles: Mapping[str, Bundle]) -> dict[str, str]:
    return {kind: bundle.hash for kind, bundle in bundles.items()}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
