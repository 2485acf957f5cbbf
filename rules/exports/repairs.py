"""What reading somebody's export put right, or left out for a reason: one word, how often, and what was done."""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rules.errors import Problem

_SHOWN = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """One thing that was put right, or left out for a reason, and how often; `lines` names the rows."""

    code: str
    count: int
    message: str
    lines: tuple[int, ...] = ()


def short_rows(told: Sequence[Problem]) -> Repair:
    """Rows that end before the header does, the first of them with how many cells each has."""
    first = ", ".join(f"{one.line} ({one.given})" for one in told[:_SHOWN])
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return Repair(code="short_rows", count=len(told), lines=tuple(one.line for one in told if one.line is not None),
                  message="rows with fewer cells than the header, the rest taken as empty; lines, with how many cells each has: "
                  f"{first}{more}; expected {told[0].expected}" if told else "")


def unwrapped_cells(told: Sequence[Problem]) -> Repair:
    """Cells that a spreadsheet had wrapped, `="00123"` or `'00123`, the first of them named."""
    first = ", ".join(f"`{one.given}` ({one.line})" for one in told[:_SHOWN])
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return Repair(code="unwrapped", count=len(told), message="cells taken out of what a spreadsheet wrapped them in, with "
                  f"their lines: {first}{more}")


def without_idle(repairs: Iterable[Repair]) -> tuple[Repair, ...]:
    """Only the repairs that happened."""
    return tuple(repair for repair in repairs if repair.count)
