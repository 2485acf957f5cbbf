"""A simulation or a difference of two rule books as one page: in the console, and alone to be sent to somebody."""
from dataclasses import dataclass

from rules.change.comparison import Comparison, RegionTold
from rules.change.simulation import Count, ItemFlow
from serving.console.web.bars import Bar, diverging, largest, length
from serving.console.web.pages import render_alone
from serving.presentation import difference, simulation
from serving.rulebooks.compare import Simulated

#: At most so many rows of a table are written out; the page says how many more there are.
MOST_ROWS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class MoveShown:
    """One move with the length of its bar and its examples in words."""

    move: ItemFlow
    bar: Bar
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadShown:
    """One destination with the bar of its change."""

    count: Count
    bar: Bar


@dataclass(frozen=True, kw_only=True)
class SimulationShown:
    """What the template of a simulation needs; `more_moves` counts those left out, `unchanged` are loads that stay."""

    found: Simulated
    headline: str
    moves: tuple[MoveShown, ...]
    more_moves: int
    loads: tuple[LoadShown, ...]
    unchanged: tuple[Count, ...]
    kinds: tuple[tuple[str, Count], ...]
    slas: tuple[tuple[str, ...], ...]
    coverage: tuple[str, ...]
    service: tuple[str, ...]
    value: tuple[str, ...]


def simulation_shown_of(found: Simulated) -> SimulationShown:
    """A simulation ready for its template."""
    told = found.simulation
    widest_move, widest_load = largest(move.items for move in told.moves), largest(each.change for each in told.loads)
    return SimulationShown(
        found=found, headline=simulation.headline(found),
        moves=tuple(MoveShown(move=move, bar=length(move.items, widest_move),
                              examples=tuple(simulation.examples_words(move.examples)))
                    for move in told.moves[:MOST_ROWS]),
        more_moves=max(len(told.moves) - MOST_ROWS, 0),
        loads=tuple(LoadShown(count=each, bar=diverging(each.change, widest_load)) for each in told.loads if each.change),
        unchanged=tuple(each for each in told.loads if not each.change),
        kinds=tuple((simulation.KIND_WORDS[each.name], each) for each in told.kinds if each.before or each.after),
        slas=tuple(simulation.sla_rows(told)), coverage=tuple(simulation.coverage_lines(told)),
        service=tuple(simulation.service_lines(told)), value=tuple(simulation.value_lines(told.expected)))


def simulation_page(found: Simulated) -> str:
    """A simulation as a page that can be sent."""
    return render_alone("simulation_alone.html", shown=simulation_shown_of(found))


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionShown:
    """A region in words."""

    lines: tuple[str, ...]
    more: int
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class DifferenceShown:
    """What the template of a difference needs; `before` and `after` are the books as they were named."""

    found: Comparison
    before: str
    after: str
    summary: tuple[str, ...]
    moving: tuple[RegionShown, ...]
    treated: tuple[RegionShown, ...]


def difference_shown_of(found: Comparison, before: str, after: str) -> DifferenceShown:
    """A comparison ready for its template."""
    return DifferenceShown(found=found, before=before, after=after, summary=tuple(difference.summary(found)),
                           moving=tuple(map(_region_shown, found.moving)), treated=tuple(map(_region_shown, found.treated)))


def _region_shown(region: RegionTold) -> RegionShown:
    return RegionShown(lines=tuple(map(str, region.lines)), more=region.more,
                       before=difference.outcome_words(region, region.before),
                       after=difference.outcome_words(region, region.after))


def difference_page(found: Comparison, before: str, after: str) -> str:
    """A comparison as a page that can be sent."""
    return render_alone("difference_alone.html", shown=difference_shown_of(found, before, after))
