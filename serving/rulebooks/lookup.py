"""Books as people name them: `active`, the digest of a kept one or its first letters, or the path of a book's file or folder."""
from pathlib import Path

from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.errors import Refused
from rules.loading import require_book
from serving.runtime.workspace import Workspace

ACTIVE = "active"


def book_named(name: str, workspace: Workspace) -> RuleBook:
    """The book of that name. Refused where none is active, StoreError for an unknown hash, RuleBookError for a faulty one."""
    if name == ACTIVE:
        digest = workspace.store.active("rulebook")
        if digest is None:
            raise Refused("no rule book is active yet; name a file such as `rulebook.yaml`, or run `rightful serve` once")
        return require_book(workspace.store.snapshot("rulebook", digest))
    if not Path(name).exists() and (digest := _kept(name, workspace)) is not None:
        return require_book(workspace.store.snapshot("rulebook", digest))
    return require_book(read_book_files(Path(name)))


def _kept(name: str, workspace: Workspace) -> str | None:
    """The kept digest that a name stands for, whole or by its first letters; None where it cannot be one."""
    if name.startswith("sha256:") and len(name) == 71:
        return name
    letters = name.removeprefix("sha256:").casefold()
    if not letters or not set(letters) <= set("0123456789abcdef"):
        return name if name.startswith("sha256:") else None
    found = [version.digest for version in workspace.store.rulebook_versions()
             if version.digest.removeprefix("sha256:").startswith(letters)]
    if len(found) > 1:
        raise Refused(f"several rule books begin with `{name}`; `rightful rules versions` lists them")
    return found[0] if found else None
