"""Examining a rule book before it may come into force: its check and its own tests, with the evidence that is kept of both."""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from rules.analysis.check import CheckReport, check, run_tests
from rules.digests import digest_of
from rules.errors import Problem
from rules.loading import load_book
from rules.model import Directory


@dataclass(frozen=True, kw_only=True, slots=True)
class Examined:
    """What checking a book came to: the report, how its own tests went, and both as they are kept."""

    report: CheckReport
    failing: tuple[str, ...]
    tests: int
    label: str
    effective_from: datetime | None
    content: str

    @property
    def ok(self) -> bool:
        """Whether the book may come into force."""
        return self.report.ok and not self.failing

    @property
    def digest(self) -> str:
        """The digest of the evidence."""
        return digest_of(self.content)

    def problems(self) -> list[Problem]:
        """Everything that keeps the book from coming into force."""
        faults = [finding for finding in self.report.findings if finding.severity == "error"]
        return [*faults, *(Problem(message=f"the book's own test `{name}` fails", expected="`rightful rules test` to pass")
                           for name in self.failing)]


def examine(files: Mapping[str, str], directory: Directory | None, *, now: datetime) -> Examined:
    """Check a book and run its tests as of the moment it would come into force."""
    book = load_book(files).book
    at = max(now, book.effective_from) if book is not None and book.effective_from is not None else now
    report = check(files, directory, at=at)
    results = () if book is None else run_tests(book, directory or Directory(owners={}), now=at)
    content = orjson.dumps({"check": report.as_json(), "tests": [result.as_json() for result in results]},
                           option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
    return Examined(report=report, failing=tuple(result.name for result in results if not result.passed), tests=len(results),
                    label=book.version if book else "", effective_from=book.effective_from if book else None, content=content)
