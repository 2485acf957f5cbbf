"""The rule books that the console can show and compare: those that the store keeps, and the workspace's file."""
from dataclasses import dataclass
from functools import lru_cache

from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.digests import digest_of_files
from rules.errors import RuleBookError
from rules.loading import require_book
from rules.refdata.times import format_instant
from serving.runtime.live import Live
from serving.store.store import Store

FILE = "file"
ACTIVE = "active"


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionShown:
    """One book: `name` is what addresses carry (a digest, or `file`), `label` its own version; `who`: what was done last."""

    name: str
    digest: str
    label: str
    state: str
    who: str
    at: str | None


def versions_of(live: Live) -> tuple[VersionShown, ...]:
    """The kept ones, the one touched last first; before them the file, where it says something that is not kept."""
    active = live.in_force.book
    labels = {active.digest: active.version}
    kept = tuple(VersionShown(name=each.digest, digest=each.digest, label=each.label or labels.get(each.digest, ""),
                              state=each.state, who=f"{each.steps[-1].step} by {each.steps[-1].actor}",
                              at=format_instant(each.steps[-1].at))
                 for each in live.store.rulebook_versions())
    if active.digest not in {each.digest for each in kept}:
        own = VersionShown(name=active.digest, digest=active.digest, label=active.version, state="active", who="", at=None)
        kept = (own, *kept)
    digest = file_digest(live)
    if digest is None or digest in {each.digest for each in kept}:
        return kept
    return (VersionShown(name=FILE, digest=digest, label="", state="only in the file", who="", at=None), *kept)


def file_digest(live: Live) -> str | None:
    """The digest of what the workspace's file says, None where it cannot be read."""
    try:
        return digest_of_files(read_book_files(live.workspace.rulebook_path))
    except RuleBookError:
        return None


def book_of(live: Live, name: str) -> RuleBook:
    """A book by its name. RuleBookError for a faulty file, StoreError for a digest that is not kept."""
    active = live.in_force.book
    if name in ("", ACTIVE, active.digest):
        return active
    if name == FILE:
        return require_book(read_book_files(live.workspace.rulebook_path))
    return _kept(live.store, name)


@lru_cache(maxsize=8)
def _kept(store: Store, digest: str) -> RuleBook:
    return require_book(store.snapshot("rulebook", digest))
