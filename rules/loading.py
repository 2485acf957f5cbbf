"""Loading a rule book: from texts to typed values, or every finding at once; what the last stage must cover is proved here.

`load_book` is pure and never raises on a malformed book.
"""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rules.book.cell_types import SourcePosition
from rules.book.csv_tables import Tables
from rules.book.findings import Finding, Findings
from rules.book.reading import BOOK, book_name, read_book
from rules.book.schema import RuleBook
from rules.book.yaml_nodes import compose
from rules.errors import Refused, RuleBookError
from rules.refdata.times import format_instant
from rules.regions.fallback import check_fallback


@dataclass(frozen=True, kw_only=True)
class LoadedBook:
    """A book, or None when errors make it unusable, and everything found on the way.

    `draft` is the book also where its one fault is a last stage that does not cover everything; `tables` are those it
    names and `rule_count` the rules that could be read, also of an unusable book.
    """

    book: RuleBook | None
    findings: tuple[Finding, ...]
    draft: RuleBook | None = None
    tables: frozenset[str] = frozenset()
    rule_count: int = 0


def load_book(files: Mapping[str, str]) -> LoadedBook:
    """The book that these texts hold, with every finding; `book` is None when any of them is an error."""
    findings = Findings()
    name = book_name(files)
    if name is None:
        findings.add(
            "wrong_type", "there is no rule book", SourcePosition(file=BOOK, line=1), given=", ".join(files), expected=BOOK
        )
        return LoadedBook(book=None, findings=findings.in_order())
    tables = Tables({file: text for file, text in files.items() if file != name})
    root = compose(files[name], name, findings)
    book = read_book(root, files, tables, findings) if root is not None else None
    if book is not None and not findings.has_errors:
        check_fallback(book, findings)
    found = findings.in_order(first_file=name)
    faults = {finding.kind for finding in found if finding.severity == "error"}
    return LoadedBook(
        book=None if faults else book, draft=book if faults <= {"missing_fallback"} else None, findings=found,
        tables=tables.named, rule_count=book.rule_count if book else 0,
    )


def require_book(files: Mapping[str, str]) -> RuleBook:
    """The book that these texts hold; raises RuleBookError with every error."""
    loaded = load_book(files)
    if loaded.book is None:
        raise RuleBookError(finding for finding in loaded.findings if finding.severity == "error")
    return loaded.book


def require_effective(book: RuleBook, at: datetime) -> None:
    """Refuse a book that takes effect only later."""
    if book.effective_from is not None and at < book.effective_from:
        starts, given = (format_instant(moment, "seconds") for moment in (book.effective_from, at))
        raise Refused(f"the rule book `{book.version}` takes effect at `{starts}`, given the moment `{given}`; name a later "
                      "moment (--at), or use the book in force then")
