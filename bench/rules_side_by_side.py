"""Territories and owners beside a plain loop and two rules libraries: the same book, the same questions, equal answers.

Each side of each size runs in a process of its own, one after the other, with a bound on time and memory. Questions
rotate: repeating one would measure caches.
"""
import os
import pickle
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.bounded import in_own_process, peak_gigabytes
from bench.machine import processors
from bench.rules_book import DrawnBook, draw_book, draw_worst
from bench.rules_libraries import plain_filter, plain_lookup, rule_engine_filter, rule_engine_lookup, zen_filter, zen_lookup
from bench.rules_measured import BySize, Found, Loading, Stopped, Timed, timed
from bench.rules_owners import AT, draw_team
from rules.book.indexing.index import compiled
from rules.book.reading import read_book_files
from rules.errors import Refused
from rules.loading import load_book
from rules.model import Directory, Moment, WorkItem
from rules.routing.eligibility import route_and_filter
from rules.routing.territory import find_route

RULES = (1_000, 10_000, 100_000, 1_000_000)
OWNERS = (100, 1_000, 10_000)
WORST = ("postal ranges", "postal ranges in each other", "number ranges", "postal prefixes")
WORST_SIZE = 100_000
#: What a side may take for one size: seconds of processor time in all and for asking, and memory.
SECONDS, ASKING_SECONDS, GIGABYTES = 120.0, 4.0, 12.0

Say = Callable[[str], None]
Measured = tuple[Timed, list[str]]


def compare(*, largest: int = RULES[-1], say: Say) -> Found:
    """Measure every size up to the largest; about six minutes in full."""
    lookups = [_lookups(size, say) for size in RULES if size <= largest]
    worst = [_worst(name, min(WORST_SIZE, largest), say) for name in WORST]
    filters = [_filters(size, say) for size in OWNERS]
    return Found(setting=_setting(), lookups=lookups, filters=filters, worst=worst)


def _setting() -> dict[str, object]:
    return {"at": datetime.now(UTC).isoformat(timespec="seconds"), "processors": processors(),
            "load": round(os.getloadavg()[0], 1), "python": platform.python_version(),
            **{name: version(name) for name in ("zen-engine", "rule-engine")}}


def _lookups(size: int, say: Say) -> BySize:
    say(f"{size:,} rules: drawing the book")
    with tempfile.TemporaryDirectory(prefix="rightful-bench-") as temporary:
        folder = Path(temporary)
        _write(draw_book(size), folder)
        sides: dict[str, Timed | Stopped] = {}
        say(f"{size:,} rules: loading the book, then rightful and a plain loop")
        ours = in_own_process(_rightful_and_loop, folder, seconds=SECONDS, gigabytes=GIGABYTES)
        if isinstance(ours, Stopped):
            raise Refused(f"the book of {size:,} rules: {ours.why}")
        loading, (sides["rightful"], answers), looped = ours
        sides["plain loop"] = _checked("a plain loop", looped, answers)
        for name, lookup in (("zen-engine", zen_lookup), ("rule-engine", rule_engine_lookup)):
            say(f"{size:,} rules: {name}")
            found = in_own_process(_library, lookup, folder, seconds=SECONDS, gigabytes=GIGABYTES)
            sides[name] = found if isinstance(found, Stopped) else _checked(name, found, answers)
    return BySize(size=size, sides=sides, loading=loading)


def _checked(name: str, measured: Measured, expected: Sequence[str]) -> Timed:
    """A side's figures, refused unless it gave the answers that Rightful gave."""
    found, answers = measured
    for number, (given, wanted) in enumerate(zip(answers, expected, strict=False)):
        if given != wanted:
            raise Refused(f"{name} answers question {number} with `{given}`, rightful with `{wanted}`")
    return found


def _write(drawn: DrawnBook, folder: Path) -> None:
    for name, text in drawn.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "items.pickle").write_bytes(pickle.dumps(drawn.items))


def _items(folder: Path) -> list[WorkItem]:
    return pickle.loads((folder / "items.pickle").read_bytes())


def _rightful_and_loop(folder: Path) -> tuple[Loading, Measured, Measured]:
    """Load and index the book, route every item, and then scan for as many as the time allows."""
    laps = [time.process_time()]
    files = read_book_files(folder)
    laps.append(time.process_time())
    loaded = load_book(files)
    laps.append(time.process_time())
    if loaded.book is None or loaded.findings:
        raise Refused(f"the bench's own book is faulty: {loaded.findings[:3]}")
    compiled(loaded.book)
    laps.append(time.process_time())
    loading = Loading(read_seconds=laps[1] - laps[0], load_seconds=laps[2] - laps[1], index_seconds=laps[3] - laps[2],
                      peak_gb=peak_gigabytes(), table_mb=sum(map(len, files.values())) / 1e6)
    items, nobody, moment = _items(folder), Directory(owners={}), Moment(at=AT)

    def route(item: WorkItem) -> str:
        return find_route(loaded.book, item, nobody, moment).route.rule

    timed(route, items, seconds=ASKING_SECONDS)
    return (loading, timed(route, items, seconds=ASKING_SECONDS, build_seconds=laps[3] - laps[0]),
            timed(plain_lookup(loaded.book), items, seconds=ASKING_SECONDS, build_seconds=laps[2] - laps[0]))


def _library(lookup: Callable[[Path], Callable[[WorkItem], str]], folder: Path) -> Measured:
    started = time.process_time()
    first = lookup(folder / "tables" / "territories.csv")
    return timed(first, _items(folder), seconds=ASKING_SECONDS, build_seconds=time.process_time() - started)


def _worst(name: str, size: int, say: Say) -> BySize:
    say(f"{size:,} {name}")
    with tempfile.TemporaryDirectory(prefix="rightful-bench-") as temporary:
        folder = Path(temporary)
        _write(draw_worst(name, size), folder)
        found = in_own_process(_rightful_and_loop, folder, seconds=SECONDS, gigabytes=GIGABYTES)
        if isinstance(found, Stopped):
            raise Refused(f"{size:,} {name}: {found.why}")
        loading, (ours, answers), looped = found
    return BySize(size=size, name=name, loading=loading,
                  sides={"rightful": ours, "plain loop": _checked("a plain loop", looped, answers)})


def _filters(size: int, say: Say) -> BySize:
    say(f"{size:,} owners")
    found = in_own_process(_filtered, size, seconds=SECONDS, gigabytes=GIGABYTES)
    if isinstance(found, Stopped):
        raise Refused(f"{size:,} owners: {found.why}")
    sides, answers = {}, found["rightful"][1]
    for name, measured in found.items():
        sides[name] = _checked(name, measured, answers)
    return BySize(size=size, sides=sides)


def _filtered(size: int) -> dict[str, tuple[Timed, list[tuple[str, ...]]]]:
    team = draw_team(size)
    workload = team.workload

    def eligible(item: WorkItem) -> tuple[str, ...]:
        return route_and_filter(item, book=team.book, directory=team.directory, at=AT, workload=workload).eligibility.eligible

    sides: dict[str, Callable[[WorkItem], Sequence[str]]] = {
        "rightful": eligible, "plain loop": plain_filter(team.people), "zen-engine": zen_filter(team.people),
        "rule-engine": rule_engine_filter(team.people)}
    found = {}
    for name, ask in sides.items():
        timed(ask, team.items[:20], seconds=ASKING_SECONDS)
        measured, answers = timed(ask, team.items, seconds=ASKING_SECONDS)
        found[name] = measured, [tuple(answer) for answer in answers]
    return found
