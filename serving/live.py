"""What a process holds in memory: rule book, directory, bundles and the folded state; refreshed when something changes.

Only the store's writer thread moves the state on (`catch_up`). What is in force is one frozen value that is replaced as
a whole, so that a decision never sees half a change; a bad file keeps the last good one and is told by `problems`.
"""
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from features.events import Event
from features.plan import FoldPlan, Objective
from features.state import State
from features.view import StateView, view
from rules.book.format import RuleBook
from rules.book.loading import read_book_files, require_book
from rules.directory import load_directory, read_directory_files
from rules.errors import BundleError, DirectoryError, Refused, RuleBookError
from rules.vocabulary import Directory
from serving.decision.bundle import Bundle, bundle_path, load_bundle
from serving.decision.request import Policy
from serving.settings import Settings
from serving.store import event_log
from serving.store.store import Store
from serving.store.writer import Writing
from serving.workspace import Workspace

WATCHED = ("owners.csv", "memberships.csv", "absences.csv", "accounts.csv")
ACTIVE = "active"
_SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class InForce:
    """What decides at a moment: the book, everyone in the directory, a bundle per kind of item, the settings."""

    book: RuleBook
    directory: Directory
    bundles: Mapping[str, Bundle]
    settings: Settings

    @property
    def fold_plan(self) -> FoldPlan:
        """What the fold has to keep for these bundles."""
        return fold_plan(tuple(self.settings.objectives.values()), self.bundles.values())

    def policy(self, ranking: str | None) -> Policy:
        """The settings that change a decision; `ranking` from the kill switch, None = as the settings say."""
        settings = self.settings
        return Policy(exploration_share=settings.exploration_share, ranking=ranking or settings.ranking,
                      min_slate=settings.min_slate, stale_after=settings.stale_after,
                      objectives=tuple(settings.objectives.values()), protected=settings.protected)


def fold_plan(objectives: Iterable[Objective], bundles: Iterable[Bundle]) -> FoldPlan:
    """The plan of a fold that these bundles read from."""
    bundles = tuple(bundles)
    half_life = {"half_life_days": bundles[0].plan.effects.half_life_days} if bundles else {}
    return FoldPlan(objectives=tuple(objectives),
                    dimensions=tuple((bundle.objective, bundle.plan.dimensions) for bundle in bundles), **half_life)


class Folded:
    """The state as of a moment, folded from the store's events; it moves on, and starts anew to look back."""

    def __init__(self, plan: FoldPlan, expectations: Mapping[str, float], lost_commits: int = 0):
        self._plan = plan
        self._expectations = expectations
        self._lost_commits = lost_commits
        self._forget()

    def _forget(self) -> None:
        self.state = State(self._plan, expectations=self._expectations)
        self._ahead: deque[Event] = deque()                      # events read but not yet known at the last moment

    def warm(self, committed: Iterable[Event]) -> None:
        """Fold what is committed ahead of the first decision; before anybody else holds this fold."""
        for event in committed:
            self.state.apply(event)

    def expect(self, event: Event) -> None:
        """An event just appended in the open transaction; saves reading it back, where nothing lies between."""
        read = self._ahead[-1].seq if self._ahead else self.state.seq
        if event.seq == read + 1:
            self._ahead.append(event)

    def reach(self, writing: Writing, at: datetime) -> State:
        """The state of all that is known at a moment, and of nothing else."""
        if writing.lost_commits != self._lost_commits or (self.state.clock is not None and self.state.clock > at):
            self._lost_commits = writing.lost_commits
            self._forget()
        while True:
            while self._ahead and self._ahead[0].known_at <= at:
                self.state.apply(self._ahead.popleft())
            read = self._ahead[-1].seq if self._ahead else self.state.seq
            if self._ahead or read >= writing.head.last_seq:
                break
            self._ahead.extend(event_log.some(writing.connection, after=read))
        self.state.advance_to(at)
        return self.state


class Live:
    """A process's view of a workspace. `book_from`: `active`, or the path of a rule book's file."""

    def __init__(self, workspace: Workspace, *, book_from: str | Path = ACTIVE):
        self.workspace = workspace
        self.store: Store = workspace.store
        self.problems: dict[str, str] = {}
        self._refreshing = threading.Lock()
        self._signature = self._look()
        self._seen_change = self.store.head().last_change
        book = self._first_book() if book_from == ACTIVE else self._book_of_file(Path(book_from))
        self._follows_active = book_from == ACTIVE
        self.key = self.store.workspace_key()
        self.in_force = InForce(book=book, directory=self._first_directory(), bundles=self._champions({}, workspace.settings),
                                settings=workspace.settings)
        self._keeps_warm = False
        self.folded = self._new_fold(self.in_force)

    # -- deciding

    def keep_warm(self) -> None:
        """Fold everything now, and at once after each promotion, so that no request waits for it."""
        self._keeps_warm = True
        self.folded = self._new_fold(self.in_force)

    def view(self, writing: Writing, at: datetime) -> StateView:
        """What is known of everyone at a moment, read inside the writer's transaction."""
        state = self.folded.reach(writing, at)
        return view(state, directory=self.in_force.directory, at=at, seq=state.seq)

    def require_effective(self, at: datetime) -> None:
        """Refuse a book that takes effect only later."""
        require_effective(self.in_force.book, at)

    # -- noticing change

    def refresh(self) -> None:
        """Take over changed directory files, and what another process activated or promoted."""
        with self._refreshing:
            looked = self._look()
            if looked != self._signature:
                self._signature = looked
                self._reload_directory()
            change = self.store.head().last_change
            if change != self._seen_change:
                self._seen_change = change
                self._reload_activations()

    def _look(self) -> tuple[tuple[int, int] | None, ...]:
        """When each watched file changed last, and its size."""
        return tuple(_stamp(self.workspace.folder / name) for name in WATCHED)

    def _reload_directory(self) -> None:
        try:
            directory = self._directory_of_files()
        except DirectoryError as error:
            self.problems["directory"] = f"the directory files cannot be used, the last good ones are: {error}"
            return
        self.problems.pop("directory", None)
        self.in_force = replace(self.in_force, directory=directory)

    def _reload_activations(self) -> None:
        now = self.in_force
        book = now.book
        if self._follows_active and (digest := self.store.active("rulebook")) not in (None, book.digest):
            try:
                book = require_book(self.store.snapshot("rulebook", digest))
                self.problems.pop("rulebook", None)
            except RuleBookError as error:
                self.problems["rulebook"] = f"the active rule book cannot be used, the one before is: {error}"
        bundles = self._champions(now.bundles, now.settings)
        following = replace(now, book=book, bundles=bundles)
        if _hashes(bundles) != _hashes(now.bundles):
            self.folded = self._new_fold(following)
        self.in_force = following

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

    def _directory_of_files(self) -> Directory:
        files = read_directory_files(self.workspace.folder)
        directory = load_directory(files)
        if self.store.active("directory") != directory.digest:
            self.store.activate("directory", directory.digest, files, actor=_SYSTEM)
        return directory

    def _champions(self, loaded: Mapping[str, Bundle], settings: Settings) -> dict[str, Bundle]:
        """The champion of every objective; where one cannot be loaded, the one in use stays."""
        bundles: dict[str, Bundle] = {}
        for kind in settings.objectives:
            wanted, present = self.store.champion(kind), loaded.get(kind)
            self.problems.pop(f"model of {kind}", None)
            if wanted is None or (present is not None and present.hash == wanted):
                found = present if wanted else None
            else:
                try:
                    found = load_bundle(bundle_path(self.workspace.bundles, wanted))
                except BundleError as error:
                    self.problems[f"model of {kind}"] = f"the champion cannot be used: {error}"
                    found = present
            if found is not None:
                bundles[kind] = found
        return bundles

    def _new_fold(self, in_force: InForce) -> Folded:
        expected: dict[str, float] = {}
        for bundle in in_force.bundles.values():
            expected.update(self.store.expectations(bundle.hash))
        folded = Folded(in_force.fold_plan, expected, self.store.lost_commits)
        if self._keeps_warm:
            folded.warm(self.store.events())
        return folded


def require_effective(book: RuleBook, at: datetime) -> None:
    """Refuse a book that takes effect only later."""
    if book.effective_from is not None and at < book.effective_from:
        raise Refused(f"the rule book `{book.version}` takes effect at `{book.effective_from.isoformat()}`, given the "
                      f"moment `{at.isoformat()}`; decide at a later moment, or use the book in force then")


def _hashes(bundles: Mapping[str, Bundle]) -> dict[str, str]:
    return {kind: bundle.hash for kind, bundle in bundles.items()}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
