"""Books as people name them: `active`, the hash of a kept one, or the path of a book's file or folder."""
from pathlib import Path

from rules.book.format import RuleBook
from rules.book.loading import read_book_files, require_book
from rules.errors import Refused
from serving.workspace import Workspace

ACTIVE = "active"


def book_named(name: str, workspace: Workspace) -> RuleBook:
    """The book of that name. Refused where none is active, StoreError for an unknown hash, RuleBookError for a faulty one."""
    if name == ACTIVE:
        digest = workspace.store.active("rulebook")
        if digest is None:
            raise Refused("no rule book is active yet; name a file such as `rulebook.yaml`, or run `rightful serve` once")
        return require_book(workspace.store.snapshot("rulebook", digest))
    if name.startswith("sha256:"):
        return require_book(workspace.store.snapshot("rulebook", name))
    return require_book(read_book_files(Path(name)))
