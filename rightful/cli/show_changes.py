"""A difference or a simulation of two rule books as tables for people at a terminal."""
import typer

from rightful.cli.tables import show_table
from rules.change.comparison import Comparison, RegionTold
from rules.change.edits import Edit
from serving.presentation.difference import edit_words, outcome_words, summary
from serving.presentation.simulation import (
    KIND_WORDS,
    coverage_lines,
    examples_words,
    group_lines,
    headline,
    service_lines,
    sla_rows,
    value_lines,
)
from serving.rulebooks.compare import Simulated

_MOST_REGIONS = 60
_MOST_MOVES = 40


def show_comparison(found: Comparison) -> None:
    """The regions that change hands, those treated otherwise, and every edit."""
    for line in summary(found):
        typer.echo(line)
    for title, regions in (("change hands", found.moving), ("stay, and are treated otherwise", found.treated)):
        rows = [row for region in regions for row in _rows(region)]
        if rows:
            show_table(title, ("items", "before", "after"), rows[:_MOST_REGIONS])
        if len(rows) > _MOST_REGIONS:
            typer.echo(f"and {len(rows) - _MOST_REGIONS:,} more; --json lists them")
    if found.edits:
        show_table("edits", ("part", "name", "what", "from", "to"), [row for edit in found.edits for row in _edit_rows(edit)])


def _rows(region: RegionTold) -> list[tuple[str, str, str]]:
    ways = outcome_words(region, region.before), outcome_words(region, region.after)
    rows = [(str(line), *ways) for line in region.lines]
    return [*rows, (f"and {region.more} more of these", *ways)] if region.more else rows


def _edit_rows(edit: Edit) -> list[tuple[str, ...]]:
    if edit.what != "changed":
        return [(edit.part, edit.name, edit.what, "", edit_words(edit))]
    return [(edit.part, edit.name, field, before, after) for field, before, after in edit.fields]


def show_simulation(found: Simulated) -> None:
    """Everything that a simulation tells."""
    told = found.simulation
    typer.echo(headline(found))
    if told.moves:
        show_table("what moves", ("from", "to", "items", "share", "such as"),
                   [(move.before, move.after, f"{move.items:,}", f"{told.share(move.items):.1%}",
                     "; ".join(examples_words(move.examples))) for move in told.moves[:_MOST_MOVES]])
        if len(told.moves) > _MOST_MOVES:
            typer.echo(f"and {len(told.moves) - _MOST_MOVES:,} smaller moves; --json lists all")
    show_table("load", ("to", "before", "after", "change"),
               [(each.name, f"{each.before:,}", f"{each.after:,}", f"{each.change:+,}" if each.change else "")
                for each in told.loads[:_MOST_MOVES]])
    show_table("where items end", ("", "before", "after", "share before", "share after"),
               [(KIND_WORDS[each.name], f"{each.before:,}", f"{each.after:,}", f"{told.share(each.before):.1%}",
                 f"{told.share(each.after):.1%}") for each in told.kinds if each.before or each.after])
    show_table("promised answer", ("policy", "before", "after", "within before", "within after"), sla_rows(told))
    for line in (*coverage_lines(told), *service_lines(told), *value_lines(told.expected), *group_lines(found)):
        typer.echo(line)
