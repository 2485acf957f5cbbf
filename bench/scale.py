"""Import and training of long histories: processor seconds and memory by rows, with the exponents by which they grow."""
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.bounded import in_own_process, peak_gigabytes
from bench.company import Size, build, whole_second
from bench.rules_measured import Stopped

#: What a million rows may take: seconds and gigabytes.
TO_REACH = {"import": (360.0, 2.0), "train": (720.0, 4.0)}
_MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One step on a history of so many rows, beyond what starting takes: processor seconds, and gigabytes at the peak in all."""

    step: str
    rows: int
    seconds: float
    gigabytes: float

def measure(sizes: Sequence[int], *, train: bool, say: Callable[[str], None]) -> Iterator[Measured | Stopped]:
    """Each size in a folder of its own, each step in a process of its own."""
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            say(f"drawing {rows:,} rows")
            build(Path(folder), now=whole_second(datetime.now(UTC)), size=Size(assignments=rows))
            for step, work in (("import", _imported), ("train", _trained))[:2 if train else 1]:
                say(f"{step} of {rows:,} rows")
                found = in_own_process(work, folder, seconds=7200, gigabytes=20)
                yield found if isinstance(found, Stopped) else Measured(step=step, rows=rows, **found)  # type: ignore[arg-type]


def _imported(folder: str) -> dict[str, float]:
    from serving.imports.files import import_file
    from serving.runtime.workspace import Workspace

    workspace = Workspace.at(Path(folder))
    before = _seconds()
    import_file(workspace, Path(folder) / "history.csv", what="history")
    return {"seconds": _seconds() - before, "gigabytes": peak_gigabytes()}


def _trained(folder: str) -> dict[str, float]:
    from serving.runtime.workspace import Workspace
    from training.retrain import train

    workspace = Workspace.at(Path(folder))
    before = _seconds()
    train(workspace, track=False)
    return {"seconds": _seconds() - before, "gigabytes": peak_gigabytes()}


def _seconds() -> float:
    """Processor time: others at work on the machine do not stretch it much."""
    return time.process_time()


def exponent(one: Measured, other: Measured) -> float:
    """The power of the rows by which seconds grow: 1 = in step with them, 2 = with their square."""
    return math.log(other.seconds / one.seconds) / math.log(other.rows / one.rows)


def lines(found: Sequence[Measured | Stopped]) -> list[str]:
    """The figures, how they grow, and what a million rows would take if they go on so."""
    told = [f"{'step':<8}{'rows':>12}{'seconds':>10}{'ms a row':>10}{'GB':>8}{'exponent':>10}"]
    for step, (seconds, gigabytes) in TO_REACH.items():
        own = [one for one in found if isinstance(one, Measured) and one.step == step]
        for before, one in zip([None, *own], own, strict=False):
            grows = f"{exponent(before, one):10.2f}" if before else ""
            told.append(f"{step:<8}{one.rows:>12,}{one.seconds:>10.1f}{one.seconds / one.rows * 1e3:>10.3f}{one.gigabytes:>8.2f}"
                        + grows)
        if len(own) > 1 and own[-1].rows < _MILLION:
            first, last = own[0], own[-1]
            each = (last.gigabytes - first.gigabytes) / (last.rows - first.rows)
            told.append(f"{step}: a million rows if that goes on: "
                        f"{last.seconds * (_MILLION / last.rows) ** exponent(first, last):,.0f} s (to reach: {seconds:.0f}), "
                        f"{last.gigabytes + each * (_MILLION - last.rows):.1f} GB (to reach: {gigabytes:.0f})")
    return told + [f"stopped: {one.why}" for one in found if isinstance(one, Stopped)]
