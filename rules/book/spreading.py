"""How a team's work is spread among those who may have it: by turns, as the model ranks, or so within shares of each.

A rule that says anything of it speaks for its own items, else their team does.
"""
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from rules.book.cell_types import SourcePosition
from rules.book.findings import Findings
from rules.book.keys import ClosedWords, Keys
from rules.book.typed_nodes import as_choice, as_duration, as_map, as_number
from rules.book.yaml_nodes import Node

Choose = Literal["turns", "model", "shares"]
Per = Literal["day", "week"]
CHOOSE_MEANS = ("Who gets an item that several may have. `model` (where nothing is said): whom the model ranks first, turns "
                "where it must not rank. `turns`: whose turn it is by `balance`; the model only settles who comes first of "
                "those whose turn is equally near. `shares`: as `model`, within `shares`.")
SHARES_MEANS = "At least and at most how much each may have of the items that they and others could have been given."
CHOICES = ClosedWords(where="choose of a team or a rule", words=("turns", "model", "shares"))
SHARES = Keys(
    title="Shares", where="`shares` of a team or a rule",
    known={
        "min": "At least this much, such as `0.1`, rounded down to whole items: whoever would fall below gets the next one.",
        "max": "At most this much, such as `0.4`, rounded up to whole items: whoever has it is passed over. Where `balance` is "
               "`weighted` both go down with the owner's weight, against the largest of those eligible.",
        "per": "Counted anew every `day` or every `week` (where nothing is said): midnight in UTC, weeks begin on Monday.",
        "ramp": "For somebody new, or back from a leave of at least that long, both grow from nothing over this time, such as "
                "`P14D`.",
    })
PER = ClosedWords(where="per of shares", words=("day", "week"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Shares:
    """At least and at most so much of what an owner could have been given, counted anew every day or week."""

    least: float = 0.0
    most: float = 1.0
    per: Per = "week"
    ramp: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """What a team or a rule says: `shares` where `choose` is `shares`."""

    choose: Choose = "model"
    shares: Shares | None = None
    place: SourcePosition | None = field(default=None, compare=False)


AS_RANKED = Spread()


def read_spread(own: Mapping[str, Node], what: str, findings: Findings) -> Spread | None:
    """What `choose` and `shares` of a team or a rule say, None where neither stands there."""
    choose, shares = own.get("choose"), own.get("shares")
    said = as_choice(choose, f"`choose` of {what}", CHOICES, findings)
    within = _read_shares(shares, what, findings)
    stands = choose or shares
    if stands is None:
        return None
    place = stands.place
    if shares is not None and said in ("turns", "model"):
        findings.add("wrong_type", f"{what} has shares and chooses by `{said}`", shares.place, given=said,
                     expected="`choose: shares`, or no `shares`")
    if shares is None and said == "shares" and choose is not None:
        findings.add("wrong_type", f"{what} chooses by shares and says none", choose.place, given="shares",
                     expected="`shares: {max: 0.4, per: week}` beside it")
    if within is not None:
        return Spread(choose="shares", shares=within, place=place)
    return Spread(choose="turns" if said == "turns" else "model", place=place)


def _read_shares(node: Node | None, what: str, findings: Findings) -> Shares | None:
    fields = as_map(node, f"`shares` of {what}", findings, known=SHARES)
    if fields is None:
        return None
    own = fields.fields
    least, most = (_share(own.get(key), f"`{key}` of the shares of {what}", findings) for key in ("min", "max"))
    per = as_choice(own.get("per"), f"`per` of the shares of {what}", PER, findings)
    if least is None and most is None and not {"min", "max"} & own.keys():
        findings.add("wrong_type", f"the shares of {what} bind nothing", fields.place, given=", ".join(own) or "{}",
                     expected="`min`, `max` or both")
    if least is not None and most is not None and least > most:
        findings.add("infeasible_shares", f"{what} gives each at least {least:g} and at most {most:g}", fields.place,
                     given=f"min {least:g}, max {most:g}", expected="a `min` not above `max`")
        return None
    return Shares(least=least or 0.0, most=1.0 if most is None else most, per="day" if per == "day" else "week",
                  ramp=as_duration(own.get("ramp"), f"`ramp` of the shares of {what}", findings))


def _share(node: Node | None, what: str, findings: Findings) -> float | None:
    share = as_number(node, what, findings)
    if share is None or node is None or share <= 1.0:
        return share
    findings.add("wrong_type", f"{what} is no part of the whole", node.place, given=f"{share:g}",
                 expected="a number from 0 to 1, such as 0.4")
    return None
