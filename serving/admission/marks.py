"""What a reader of any figure from a log must know of it: refused, or marked with its figure and passed with a reason."""
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from rules.errors import Refused

Verdict = Literal["refused", "marked", "passed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LogWarning:
    """Something about a log that a reader of any figure from it must know.

    A `blocking` one refuses the import, and learning; an `unlearnable` one learning alone. `of`: the column or the owners that
    it is about; `figure`: the number it rests on; `because`: the reason with which a person passed it.
    """

    code: str
    message: str
    blocking: bool = False
    unlearnable: bool = False
    of: tuple[str, ...] = ()
    figure: float | None = None
    because: str | None = None

    @property
    def verdict(self) -> Verdict:
        """Refused, marked, or passed by somebody with a reason."""
        return "refused" if self.blocking or self.unlearnable else "passed" if self.because else "marked"

    def as_json(self) -> dict[str, object]:
        """As `evaluate` spells its warnings; what is not set is left out."""
        told = {"code": self.code, "message": self.message, "verdict": self.verdict}
        more = {"of": list(self.of), "figure": self.figure, "because": self.because}
        return {**told, **{name: value for name, value in more.items() if value not in (None, [])}}


def passed(found: Iterable[LogWarning], because: str | None) -> tuple[LogWarning, ...]:
    """The same with marks passed: `CODE=reason` passes those of one code, a reason alone every mark; never a refusal."""
    found = tuple(found)
    if because is None:
        return found
    code, _, reason = because.partition("=")
    known = {one.code for one in found}
    if not reason or code.strip() not in known:
        code, reason = "", because
    if not reason.strip():
        raise Refused("given an empty `--because`, expected the reason why the marks may be passed")
    return tuple(replace(one, because=reason.strip()) if one.verdict == "marked" and code.strip() in ("", one.code) else one
                 for one in found)


def require_learnable(found: Iterable[LogWarning]) -> None:
    """Refused where a log must not be learnt from, whatever anybody says."""
    refused = [one for one in found if one.verdict == "refused"]
    if refused:
        raise Refused("; ".join(f"{one.code}: {one.message}" for one in refused))


def at_bound(name: str, value: float, low: float, high: float) -> LogWarning | None:
    """Whether a search ended at the edge of what it may find: what it looked for may lie beyond."""
    edge = "lowest" if value <= low else "highest" if value >= high else None
    if edge is None or low >= high:
        return None
    return LogWarning(code="at_search_bound", of=(name,), figure=value, message=f"`{name}` was found at {value:g}, the {edge} of "
                      f"{low:g} to {high:g} that are tried: the best may lie beyond, or the log says nothing of it")
