"""Comparing two rule books on a workspace's own past: the books, people, settings and items brought together."""
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rules.book.schema import RuleBook
from rules.change.simulation import Simulation, simulate
from rules.directory.files import load_directory, read_directory_files
from rules.errors import Refused
from rules.exports.shipped import GENERIC
from rules.files import read_text
from rules.model import Directory
from serving.fairness.group_shares import GroupOfOwners, group_shares
from serving.fairness.selection_rates import FILE as GROUPS_FILE
from serving.fairness.selection_rates import read_groups
from serving.imports.mapping_choice import chosen
from serving.rulebooks.lookup import book_named
from serving.rulebooks.past_items import PastItems, read_past
from serving.runtime.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """A simulation with what stands around it: the books as named, the file, items not read, groups of owners.

    `moments` says which of an item's moments it was routed at.
    """

    simulation: Simulation
    before: str
    after: str
    source: str
    unreadable: int = 0
    moments: str = "received"
    groups: tuple[GroupOfOwners, ...] = ()

    def as_json(self) -> dict[str, object]:
        """What `rules simulate --json` prints."""
        told = self.simulation.as_json()
        books = {side: {"name": name, **told.pop(side)} for side, name in (("before", self.before), ("after", self.after))}
        return {**books, "history": self.source, "unreadable": self.unreadable, **told,
                "turns": {"owners": [{"owner_id": owner, "before": round(before, 6), "after": round(after, 6)}
                                     for owner, (before, after) in sorted(self.simulation.turns.items())],
                          "groups": [column.as_json() for column in self.groups]}}


def simulated(workspace: Workspace, before: str, after: str, history: Path, *, last: int | None = None,
              at: datetime | None = None, profile: str = GENERIC, mapping: Path | None = None,
              say: Callable[[str], None] = lambda _words: None) -> Simulated:
    """The items of a file through two books; raises what reading books, people, settings or the file raises."""
    how = chosen(profile, mapping)
    books = book_named(before, workspace), book_named(after, workspace)
    directory = directory_of(workspace)
    say(f"reading {history.name}")
    text = read_text(history, encoding=how.mapping.encoding)
    past = read_past(text, file=history.name, how=how, before=books[0], after=books[1], directory=directory,
                     objectives=workspace.settings.objectives, last=last)
    if not past.cases:
        raise Refused(f"`{history.name}` holds no item that either book can read; `rightful import {history.name} --what items "
                      "--dry-run` tells why")
    say(f"routing {len(past.cases):,} items by either book")
    return through(past, books, (before, after), directory, workspace, source=history.name, at=at)


def through(past: PastItems, books: tuple[RuleBook, RuleBook], names: tuple[str, str], directory: Directory,
            workspace: Workspace, *, source: str, at: datetime | None = None, moments: str = "received") -> Simulated:
    """Past items through two books, with the owners' groups if the workspace has any."""
    simulation = simulate(past.cases, before=books[0], after=books[1], directory=directory, at=at, handled=past.handled)
    groups = workspace.folder / GROUPS_FILE
    columns = read_groups(groups) if groups.is_file() else {}
    return Simulated(simulation=simulation, before=names[0], after=names[1], source=source, unreadable=past.unreadable,
                     moments=moments, groups=group_shares(simulation.turns, columns))


def directory_of(workspace: Workspace) -> Directory:
    """The people as the workspace's files say; nobody where there are none."""
    return load_directory(read_directory_files(workspace.folder)) if workspace.owners_path.exists() else Directory(owners={})
