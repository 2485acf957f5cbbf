"""Everything that can go wrong, as one small tree that callers can catch at the depth they need.

    RightfulError
    ├── InputError            something a person wrote is wrong; carries every problem found at once
    │   ├── RuleBookError     the rule book or one of its tables
    │   ├── DirectoryError    owners, memberships, absences, accounts
    │   ├── ItemError         one work item
    │   ├── HistoryError      rows of a history to import
    │   └── SettingsError     rightful.toml
    ├── Refused               a well-formed wish that the present state does not allow
    ├── BundleError           a model bundle that must not be used
    └── StoreError            the store cannot do what was asked
"""
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One thing wrong with an input: where it stands, what was given, what was expected, what is near.

    `line` and `column` count from 1; for a CSV, `line` is the file's line and `column_name` the header's word. With
    `whole_file` the file cannot be used, or not from that line on, whatever rows are left out.
    """

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    column_name: str | None = None
    given: object = None
    expected: str | None = None
    nearest: str | None = None
    whole_file: bool = False

    @property
    def where(self) -> str:
        """`file:line:column`, as far as known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    @property
    def advice(self) -> list[str]:
        """What was expected, and what is near."""
        expected = [f"expected {self.expected}"] if self.expected else []
        return [*expected, f"did you mean `{self.nearest}`?"] if self.nearest else expected

    def __str__(self) -> str:
        words = [f"{self.where}: {self.message}" if self.where else self.message]
        if self.column_name:
            words.append(f"column `{self.column_name}`")
        if self.given is not None:
            words.append(f"given `{self.given}`")
        return "; ".join([*words, *self.advice])


def of_whole_file(problems: Iterable[Problem]) -> list[Problem]:
    """Those that leaving out rows does not mend: of no row, of the first line, or of all that follows."""
    return [problem for problem in problems if problem.whole_file or problem.line in (None, 1)]


def nearest_name(given: str, known: Iterable[str]) -> str | None:
    """The known name a misspelt one most likely stands for, or None where nothing is near.

    Ids that a machine made are near each other by chance alone: none is offered for them.
    """
    folded = str(given).casefold()
    if is_opaque(str(given)):
        return None
    by_folded = {name.casefold(): name for name in known}
    close = get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close and not _other_number(folded, close[0]) else None


def is_opaque(name: str) -> bool:
    """Whether a name is an id that a machine made: a record id, a uuid, a key in hex or base 62, a long row of digits."""
    plain = re.sub(r"[-_{}:./# ]", "", name)
    digits = sum(map(str.isdigit, plain))
    if not digits or " " in name.strip():
        return False
    turns = len(re.findall(r"(?<=\d)[^\W\d_]|(?<=[^\W\d_])\d", plain))
    return digits >= 5 or len(plain) >= 8 and (turns >= 3 or 3 * digits >= len(plain))


def _other_number(one: str, other: str) -> bool:
    """Whether two names differ in their numbers alone, as `u-17` and `u-71` do: two things, no slip."""
    numbers, others = re.findall(r"\d+", one), re.findall(r"\d+", other)
    return bool(numbers and others) and numbers != others and re.sub(r"\d+", "", one) == re.sub(r"\d+", "", other)


class RightfulError(Exception):
    """Something that is needed is not there now; the root of all others, its message fit for the person who asked.

    Each class says its own: `code` and `status` as HTTP answers with them, after how many seconds a client may ask again
    by itself, and what to do. A class that says none has its parent's.
    """

    code: ClassVar[str] = "unavailable"
    status: int = 503
    retry_after: ClassVar[int | None] = 1
    remedy: ClassVar[str] = "Ask again in a moment; the server's log says more."
    problems: Sequence[Problem] = ()


class InputError(RightfulError):
    """Input is wrong; `problems` lists every fault found, so that one round of mending is enough."""

    code, status, retry_after = "invalid-input", 422, None
    remedy = "Mend every fault that `problems` lists, then ask again."

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RuleBookError(InputError):
    """The rule book cannot be used as it stands."""


class DirectoryError(InputError):
    """The directory files cannot be used as they stand."""


class ItemError(InputError):
    """The work item cannot be read."""


class HistoryError(InputError):
    """The history to import cannot be read."""


class SettingsError(InputError):
    """rightful.toml cannot be used as it stands."""


class Refused(RightfulError):
    """A well-formed wish that the present state does not allow; the message says why and what to do."""

    retry_after: ClassVar[int | None] = None
    code, status = "refused", 409
    remedy = "Do what the message says; the same request is refused again until then."


class BundleError(RightfulError):
    """A model bundle that must not be used: altered, incomplete, or not reproducing its golden scores."""

    code, status, retry_after = "refused", 409, None
    remedy = "Put the bundle back as it was exported, or promote another."


class StoreError(RightfulError):
    """The store is unreachable, of another version, or holds nothing by that name."""

    code = "store"
    remedy = "Ask again in a moment; where it stays so, see to the disk and the store's version."


class StaleMatch(Refused):
    """The decision has moved on since it was read under the entity tag given."""

    code, status = "stale", 412
    remedy = "Read the decision again, and repeat the action with its new `ETag` if it is still right."
