"""What is wrong or doubtful in a rule book: one finding per fault, with its place, what was given and what was expected.

Kinds are those of the contract; a kind decides its severity.
"""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rules.book.cell_types import SourcePosition
from rules.errors import Problem, nearest_name

ERRORS = (
    "gap", "shadowed", "overlap", "missing_fallback", "missing_else", "unknown_attribute", "unknown_value", "unknown_team",
    "unknown_key", "duplicate_key", "duplicate_rule", "wrong_type", "person_in_rule", "expired_exception", "account_cycle",
    "double_owner", "infeasible_shares",
)
WARNINGS = (
    "team_without_members", "nobody_can_take", "unknown_membership", "no_certificate_holder", "unwatched_queue", "unused",
    "says_mismatch", "fallback_only", "band_hole", "incomplete_map", "not_proved", "review_due", "lifecycle_mismatch",
    "any_country", "not_carried_out", "short_row", "spoilt_cell", "no_such_postal", "holiday_gap", "never_nearest",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding(Problem):
    """One fault or doubt about a book; `example` is one concrete item in the book's words."""

    kind: str
    rules: tuple[str, ...] = ()
    stage: str | None = None
    given: str | None = None
    example: Mapping[str, str] | None = None

    @property
    def severity(self) -> str:
        """`error` or `warning`, by kind."""
        return "error" if self.kind in ERRORS else "warning"

    def as_json(self) -> dict[str, object]:
        """The finding as `rules check --json` prints it."""
        return {
            "kind": self.kind, "severity": self.severity, "rules": list(self.rules), "stage": self.stage,
            "file": self.file, "line": self.line, "column": self.column, "message": self.message, "given": self.given,
            "expected": self.expected, "nearest": self.nearest,
            "example": None if self.example is None else dict(self.example),
        }

    @property
    def sentence(self) -> str:
        """What is wrong, what was given and expected, what is near, one example."""
        words = [self.message]
        if self.given is not None and f"`{self.given}`" not in self.message:
            words.append(f"given `{self.given}`")
        words += self.advice
        if self.example:
            words.append("for example " + ", ".join(f"{name}: {value}" for name, value in self.example.items()))
        return "; ".join(words)


class Findings:
    """Collects every fault of one reading; `within` names the rule or stage that later faults belong to."""

    def __init__(self, found: list[Finding] | None = None, rules: tuple[str, ...] = (), stage: str | None = None):
        self._found: list[Finding] = [] if found is None else found
        self._rules = rules
        self._stage = stage

    def within(self, *, rule: str | None = None, stage: str | None = None) -> "Findings":
        """The same collection, whose next findings carry this rule or stage."""
        rules = self._rules if rule is None else (rule,)
        return Findings(self._found, rules, self._stage if stage is None else stage)

    def add(
        self, kind: str, message: str, place: SourcePosition | None = None, *, given: str | None = None,
        expected: str | None = None, nearest: str | None = None, rules: Iterable[str] | None = None,
        example: Mapping[str, str] | None = None,
    ) -> None:
        """Record one fault."""
        if kind not in ERRORS and kind not in WARNINGS:
            raise ValueError(f"`{kind}` is no kind of finding")
        self._found.append(Finding(
            kind=kind, message=message, rules=self._rules if rules is None else tuple(rules), stage=self._stage,
            file=place.file if place else None, line=place.line if place else None,
            column=place.column if place else None, given=given, expected=expected, nearest=nearest, example=example,
        ))

    def unknown(self, kind: str, message: str, place: SourcePosition | None, *, given: str, known: Iterable[str],
                expected: str | None = None) -> None:
        """Record a word that is none of those known; expected are all of them unless something else is said."""
        words = tuple(known)
        self.add(kind, message, place, given=given, expected=expected or ", ".join(words), nearest=nearest_name(given, words))

    @property
    def has_errors(self) -> bool:
        """Whether anything found forbids the book."""
        return any(finding.severity == "error" for finding in self._found)

    def in_order(self, first_file: str | None = None) -> tuple[Finding, ...]:
        """All findings by file (the book itself first), line and column; equal ones once."""
        unique: dict[Finding, Finding] = {}
        for finding in self._found:
            unique.setdefault(replace(finding, example=None), finding)
        return tuple(sorted(unique.values(), key=lambda f: (f.file != first_file, f.file or "", f.line or 0, f.column or 0)))
