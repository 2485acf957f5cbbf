"""Rule books: a draft, its approval, and each version with the steps of its life."""
from typing import Annotated, Any, Literal

from pydantic import Field

from serving.actions.commands import LONGEST_NOTE
from serving.api.shapes.exact import Exact, Note

#: A file of a rule book: inside its folder, a table or the book itself.
BOOK_FILE = r"^[A-Za-z0-9_][A-Za-z0-9_ -]*(/[A-Za-z0-9_][A-Za-z0-9_ -]*)*\.(csv|yaml|yml)$"


class RuleBookPart(Exact):
    """The rule book in force, as its authors wrote it."""

    digest: str
    version: str
    effective_from: str | None
    owner: str | None
    rules: int
    files: dict[str, str]


class DraftRequest(Exact):
    """A rule book as its author wrote it: `rulebook.yaml` and the tables that it names."""

    files: dict[Annotated[str, Field(min_length=1, max_length=200, pattern=BOOK_FILE)],
                Annotated[str, Field(max_length=256 * 1024)]] = Field(
        min_length=1, max_length=200, description="the texts by name: `rulebook.yaml` and tables such as `tables/eea.csv`")
    note: Note | None = Field(None, description=f"a text of at most {LONGEST_NOTE} characters for whoever approves it")


class ApprovalRequest(Exact):
    """What the approval rests on, if anything is to be said."""

    note: Note | None = Field(None, description=f"a text of at most {LONGEST_NOTE} characters")


class BookStep(Exact):
    """One thing done with a rule book."""

    number: int
    digest: str
    step: str
    at: str
    actor: str
    source: str
    based_on: str | None
    effective_at: str | None
    evidence: str | None
    detail: dict[str, Any]


class BookVersion(Exact):
    """A rule book and its life; `state`: draft, checked, simulated, approved, scheduled, active or archived."""

    digest: str
    version: str
    state: Literal["draft", "checked", "simulated", "approved", "scheduled", "active", "archived"]
    rules: int | None
    based_on: str | None
    proposed_by: str | None
    approved_by: str | None
    checked_ok: bool | None
    effective_at: str | None
    steps: list[BookStep]


class BookList(Exact):
    """Every rule book that the store keeps, the one touched last first."""

    rulebooks: list[BookVersion]


class WaitingBook(Exact):
    """A rule book that comes into force by itself."""

    digest: str
    effective_at: str


class PublishedBook(BookVersion):
    """What became of a rule book; `conditions` are met, not met or not run."""

    came: Literal["active", "scheduled", "draft", "unchanged"]
    conditions: dict[str, str]
    findings: list[dict[str, Any]]
    failing_tests: list[str]
    waiting: list[WaitingBook]
