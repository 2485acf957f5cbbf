"""Checking out: a kept rule book is written over the workspace's files, unless those would be lost by it."""
from datetime import UTC, datetime

from rules.book.reading import BOOK, read_book_files
from rules.digests import digest_of_files
from rules.errors import Refused
from rules.files import write_whole
from serving.runtime.workspace import Workspace
from serving.store import rulebook_log, snapshots


def check_out(workspace: Workspace, digest: str, *, actor: str) -> list[str]:
    """The files written. Refused where the workspace's own book is kept nowhere else."""
    files = workspace.store.snapshot(rulebook_log.RULEBOOK, digest)
    root = workspace.folder.resolve()
    outside = [name for name in files if not (root / name).resolve().is_relative_to(root)]
    if outside:
        raise Refused(f"the rule book's file `{outside[0]}` lies outside the workspace; nothing was written")
    with workspace.store.reading() as connection:
        if workspace.rulebook_path.exists():
            present = digest_of_files(read_book_files(workspace.rulebook_path))
            if not snapshots.is_kept(connection, rulebook_log.RULEBOOK, present):
                raise Refused("the workspace's rule book has changes that are kept nowhere else; keep them with `rightful rules "
                              "propose`, or save the file elsewhere")
    named = {name if name.endswith(".csv") else BOOK: text for name, text in files.items()}
    for name, text in sorted(named.items(), key=lambda file: file[0] == BOOK):       # the tables first
        path = workspace.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    workspace.store.write(lambda writing: rulebook_log.put(writing, "written", digest, actor=actor, at=datetime.now(UTC)))
    return sorted(named)
