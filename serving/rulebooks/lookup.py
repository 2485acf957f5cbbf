"""Books as people name them: `active`, the digest of a kept one or its first letters, or the path of a book's file or folder."""
from pathlib import Path

from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.digests import PREFIX, without_prefix
from rules.errors import Refused
from rules.loading import require_book
from serving.runtime.workspace import Workspace
from serving.store.store import Store

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
    found = kept_that_begin(name, workspace.store)
    if len(found) > 1:
        raise Refused(f"several rule books begin with `{name}`; `rightful rules versions` lists them")
    return found[0] if found else name if name.startswith(PREFIX) else None


def kept_that_begin(name: str, store: Store) -> list[str]:
    """The kept digests that begin with a name, with or without `sha256:`; none for an empty one."""
    letters = without_prefix(name).casefold()
    return [version.digest for version in store.rulebook_versions()
            if letters and without_prefix(version.digest).startswith(letters)]
