"""A simulation told in words and rows, for terminal and page alike."""
from collections.abc import Sequence

from rules.change.impact import Expected
from rules.change.simulation import MovedExample, Simulation
from rules.refdata.times import format_instant
from serving.rulebooks.compare import Simulated

KIND_WORDS = {"people": "people of a team", "queue": "a queue by rule", "fallback": "only the last stage",
              "else": "a rule's else", "compliance": "taken by compliance", "held": "held for the contact window or enrichment",
              "nobody_free": "nobody in the team is free", "refused": "refused by the book"}


def headline(found: Simulated) -> str:
    """How many items move, of how many, read from where."""
    told = found.simulation
    left = f"; {found.unreadable:,} rows cannot be read by either book" if found.unreadable else ""
    when = f"at {format_instant(told.at, 'seconds')}" if told.at else f"each at the moment it was {found.moments}"
    return (f"{told.moved:,} of {told.items:,} items move ({told.share(told.moved):.1%}), {when}, "
            f"{told.starts:%Y-%m-%d} to {told.ends:%Y-%m-%d}{left}")


def examples_words(examples: Sequence[MovedExample]) -> list[str]:
    """Moved items with the rules that won them, those with the same rules together."""
    by_way: dict[tuple[str, ...], list[str]] = {}
    for each in examples:
        ways = [f"{stage}/{rule}" if rule else "refused" for stage, rule in (each.before, each.after)]
        by_way.setdefault(tuple(dict.fromkeys(ways)), []).append(each.item_id)
    return [f"{', '.join(items)} ({' -> '.join(ways)})" for ways, items in by_way.items()]


def sla_rows(told: Simulation) -> list[tuple[str, ...]]:
    """Per policy: items under either book, and how soon it promises an answer."""
    rows = []
    for each in told.slas:
        policies = [book.slas.get(each.name) for book in (told.before, told.after)]
        within = [f"{minutes_words(policy.respond_within.total_seconds() / 60)}, {policy.clock}" if policy else ""
                  for policy in policies]
        rows.append((each.name, f"{each.before:,}", f"{each.after:,}", *within))
    return rows


def minutes_words(minutes: float) -> str:
    """Minutes as people say them."""
    for size, word in ((1440.0, "d"), (60.0, "h")):
        if minutes >= size and minutes % size == 0:
            return f"{minutes / size:g} {word}"
    return f"{minutes:g} min"


def coverage_lines(told: Simulation) -> list[str]:
    """What only the last stage takes now, and what it took before."""
    lines = []
    for word, move in (("newly", told.uncovered), ("no longer", told.covered)):
        such = f", such as {'; '.join(examples_words(move.examples))}" if move.items else ""
        lines.append(f"{move.items:,} items {word} reach only the last stage{such}")
    return lines


def service_lines(told: Simulation) -> list[str]:
    """Promised answers, playbooks and eligible people that change."""
    return [f"{told.sla_changed:,} items change their policy: for {told.sooner:,} the answer is promised sooner, for "
            f"{told.later:,} later",
            f"{told.playbook_changed:,} items change their playbook; for {told.others_eligible:,} that stay in their team "
            "other people are eligible"]


def value_lines(expected: Expected | None) -> list[str]:
    """The expected value in words, with what it rests on."""
    if expected is None:
        return ["expected value: not known; it needs a history with outcomes, the outcomes that count as success "
                "([objectives.KIND] positive in rightful.toml), and 20 settled items of a team"]
    digits = ",.0f" if max(abs(expected.before), abs(expected.after)) >= 100 else ",.3g"
    left = f", {expected.left_out:,} left out (a team with under 20 settled items)" if expected.left_out else ""
    filled = f", {expected.values_filled:,} counted with the median value" if expected.values_filled else ""
    return [f"expected {expected.unit}: {expected.before:{digits}} before, {expected.after:{digits}} after, difference "
            f"{expected.difference:+{digits}} (95 % interval {expected.low:+{digits}} to {expected.high:+{digits}}), from what "
            f"teams achieved with items of a kind; {expected.items:,} items{left}{filled}; no experiment, their items differ"]


def group_lines(found: Simulated) -> list[str]:
    """Groups of owners by their share of turns; a difference, no verdict."""
    lines = []
    for column in found.groups:
        shown = [f"{each.name} ({each.owners} owners) {each.before:.1%} -> {each.after:.1%}" if each.before is not None
                 else f"{each.name} (under 5 owners, not shown)" for each in column.groups]
        lines.append(f"share of items by {column.name}, if those eligible took turns: {'; '.join(shown)}; "
                     "a difference, not a verdict")
    return lines
