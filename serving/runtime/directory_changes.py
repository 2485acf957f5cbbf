"""Changing the directory: the store's snapshot and whatever belongs to it in one transaction, then the workspace's files.

The store comes first. A process that dies before the files are written leaves a note in the store by which the next one
finishes them (`finish_files`), so that a change is there as a whole or not at all.
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from rules.digests import digest_of_files
from rules.directory.files import load_directory, read_directory_files
from rules.errors import Refused
from rules.files import write_whole
from rules.model import Directory
from rules.tabular import read_table
from serving.runtime.workspace import Workspace
from serving.store import snapshots
from serving.store.writer import Writing

DIRECTORY, WRITTEN, EDIT = "directory", "directory:files", "directory_edit"
_TRIES = 5
Texts = dict[str, str]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Changed(Generic[T]):
    """A directory as changed and kept, and what was done in the same transaction."""

    directory: Directory
    outcome: T | None = None


class _Moved(Exception):
    """The files changed while the new directory was being made."""


def change_directory(workspace: Workspace, edit: Callable[[Texts, Directory], Texts], *, actor: str,
                     also: Callable[[Writing, Directory], T] | None = None,
                     adopt: Callable[[Directory], None] | None = None) -> Changed[T]:
    """Keep an edited directory: the snapshot, `also`, then `adopt` in one commit, and after it the files.

    `edit` turns the files' texts, with the directory they hold, into new ones; `also` does more in the transaction and may
    refuse; `adopt` takes the directory over in memory, and is called again with the one before where the commit fails.
    Raises DirectoryError where the files, as they are or as edited, cannot be used.
    """
    for _ in range(_TRIES):
        texts = workspace.store.write(lambda _writing: read_directory_files(workspace.folder))
        before = load_directory(texts)
        edited = edit(dict(texts), before)
        directory = load_directory(edited)
        try:
            outcome = workspace.store.write(_job(workspace, texts, directory, edited, actor, also, adopt))
        except _Moved:
            continue
        except BaseException:
            if adopt is not None:
                adopt(before)
            raise
        _write_files(workspace, texts, edited)
        _note_written(workspace, directory.digest)
        return Changed(directory=directory, outcome=outcome)
    raise Refused("the directory files keep changing; try again when nobody writes them")


def restore_directory(workspace: Workspace, beginning: str, *, actor: str) -> Directory:
    """Put the files of an earlier directory in place, named by the first letters of its digest; Refused where none fits.

    Those that it lacked keep their header alone. What they replace is kept, as before any change.
    """
    with workspace.store.reading() as connection:
        found = [*snapshots.kept_of(connection, DIRECTORY, beginning)]
    if len(found) != 1:
        raise Refused(f"given `{beginning}`; expected the first letters of the digest of one directory that was kept, "
                      f"{'several' if found else 'none'} begin so; `rightful owners restore` lists them")
    files = workspace.store.snapshot(DIRECTORY, found[0])

    def edit(texts: Texts, _before: Directory) -> Texts:
        return {**{name: ",".join(read_table(text, file=name).columns) + "\n" for name, text in texts.items()}, **files}

    return change_directory(workspace, edit, actor=actor).directory


def _job(workspace: Workspace, texts: Texts, directory: Directory, edited: Texts, actor: str,
         also: Callable[[Writing, Directory], T] | None,
         adopt: Callable[[Directory], None] | None) -> Callable[[Writing], T | None]:
    def job(writing: Writing) -> T | None:
        if read_directory_files(workspace.folder) != texts:
            raise _Moved
        outcome = None if also is None else also(writing, directory)
        before = digest_of_files(texts)
        snapshots.keep(writing, DIRECTORY, before, texts)
        snapshots.keep(writing, DIRECTORY, directory.digest, edited)
        if snapshots.in_force(writing.connection, DIRECTORY) != directory.digest:
            made = snapshots.change(writing, DIRECTORY, directory.digest, actor=actor, at=datetime.now(UTC))
            snapshots.keep(writing, EDIT, str(made.number), {"before": before})
        if adopt is not None:
            adopt(directory)                              # the last step: the next decision of this process sees it
        return outcome

    return job


def finish_files(workspace: Workspace) -> bool:
    """Write the files of a change whose process died before it could; whether there was one."""
    store = workspace.store
    made, written = (next(iter(store.changes(subject)), None) for subject in (DIRECTORY, WRITTEN))
    if made is None or (written is not None and written.number > made.number) or not workspace.owners_path.exists():
        return False
    with store.reading() as connection:
        if not snapshots.is_kept(connection, EDIT, str(made.number)):
            return False
    before = store.snapshot(DIRECTORY, store.snapshot(EDIT, str(made.number))["before"])
    present, after = read_directory_files(workspace.folder), store.snapshot(DIRECTORY, made.value)
    if any(present.get(name) not in (before.get(name), text) for name, text in after.items()):
        return False                                      # somebody wrote them since, and that holds
    _write_files(workspace, present, after)
    _note_written(workspace, made.value)
    return True


def _write_files(workspace: Workspace, present: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """All files that differ, with the store's write lock held, under which alone running servers read them."""
    def job(_writing: Writing) -> None:
        for name, text in wanted.items():
            if present.get(name) != text:
                write_whole(workspace.folder / name, text)

    workspace.store.write(job)


def _note_written(workspace: Workspace, digest: str) -> None:
    workspace.store.write(lambda writing: snapshots.change(writing, WRITTEN, digest, actor="system", at=datetime.now(UTC)))
