"""What `rightful report` says on paper: answers with their figures, a split, and the picture of all intervals."""
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rightful.cli.show_training import table
from training.judge.benefit import lift_in_points

if TYPE_CHECKING:
    from training.guard import Guarded
    from training.judge.benefit import Benefit, BenefitAnswer
    from training.judge.power import Needed, PowerQuestion

#: The picture's size, and the room for words at its left, in its own units.
WIDTH, LEFT, ROW, TOP = 760, 300, 44, 60
_ANSWERS = {"yes": "Yes: the model is of benefit", "no": "No: items succeed less often by the model than without it",
            "cannot tell": "Cannot tell whether the model is of benefit"}


def benefit_lines(found: "Benefit", guarded: "Guarded | None" = None) -> list[str]:
    """The report as lines: the answer first, then each comparison, then why others say nothing."""
    rate = "" if found.rate is None else f", {found.rate:.1%} of those succeeded"
    lines = [f"{_ANSWERS[found.answer]}.",
             f"objective {found.objective}, model {found.model or 'none'}: {found.items} items, the outcome known of "
             f"{found.known}{rate}", "figures: successes per hundred items that the model would decide, 95 % "
             "intervals clustered by day and owner"]
    for one in found.comparisons:
        lines += ["", *comparison_lines(one)]
    return [*lines, *(line for said in silent_lines(found, guarded) for line in ("", said))]


def silent_lines(found: "Benefit", guarded: "Guarded | None") -> list[str]:
    """Of what nothing is said and why, what was left out, and what the guard did."""
    lines = [f"{name}: nothing is said: {why}" for name, why in found.refused.items()]
    if found.left_out:
        lines.append("left out: " + ", ".join(f"{count:,} decisions {why}" for why, count in sorted(found.left_out.items())))
    if guarded is not None:
        lines.append(f"guard: {guarded.verdict}: {guarded.reason}")
    return lines


def comparison_lines(one: "BenefitAnswer") -> list[str]:
    """One comparison: question, answer, figures."""
    rows = table(("estimator", "value", "lift"), estimator_rows(one)) if one.screen is not None else []
    return [f"{one.name}: {one.question} {answer_of(one)}", *(f"  {line}" for line in (*figures_of(one), *rows))]


def answer_of(one: "BenefitAnswer") -> str:
    """The answer in a word; a screen has none."""
    return "a screen, which answers nothing" if one.screen is not None else one.answer


def figures_of(one: "BenefitAnswer") -> list[str]:
    """Lift, sides and split of a comparison, a sentence a line."""
    lines = [f"lift {lift_in_points(one.lift)}, {one.items:,} items, {one.informative:,} informative"
             + ("" if one.effective is None else f" that count as {one.effective:.0f} equal ones")
             + (f", widest by {one.lift.clustered_by}" if one.lift.clustered_by else "")]
    if one.lift.refused:
        lines.append(f"no interval: {one.lift.refused}")
    for name, side in (one.sides or {}).items():
        rate = "-" if side.rate is None else f"{side.rate:.2%}"
        lines.append(f"{name}: {rate} of {side.known:,} succeeded ({side.decided:,} decided)")
    if one.split is not None:
        lines += [f"less the luck of the items {lift_in_points(one.split.lift)} = matching {lift_in_points(one.split.matching)} "
                  f"+ utilisation {lift_in_points(one.split.utilisation)}", one.split.says]
    return lines


def estimator_rows(one: "BenefitAnswer") -> list[tuple[str, str, str]]:
    """Each estimator of a screen with its value and lift."""
    if one.screen is None:
        return []
    return [(name, f"{one.screen.value[name].value:.4f}", lift_in_points(lift)) for name, lift in one.screen.lift.items()]


def power_lines(asked: "PowerQuestion", found: "Sequence[Needed]") -> list[str]:
    """Items and days for each way."""
    return [f"to see {asked.lift:g} points with a chance of {asked.power:.0%} at 95 %, where {asked.rate:.1%} succeed, "
            f"{asked.per_day:.1f} items a day and {asked.eligible:.1f} eligible",
            *table(("way", "items", "days", "seen in 90 days", "compares"), [
                (one.way, f"{one.decisions:,}", f"{one.days:,.0f}", f"{one.seen_in_90_days:.2f} points", one.compares)
                for one in found]),
            f"coin {asked.coin:g} where {asked.disagree:.0%} differ, holdback {asked.holdback:g}, exploration "
            f"{asked.exploration:g}; clusters of days and owners come on top"]


def benefit_picture(found: "Benefit") -> dict[str, object] | None:
    """Points, intervals and ticks of the picture, in its own units; None where there is nothing to draw."""
    rows = [one for one in found.comparisons if one.lift.value == one.lift.value]
    if not rows:
        return None
    ends = [100.0 * end for one in rows for end in (one.lift.low, one.lift.high, one.lift.value) if end is not None]
    most = max(1.0, *(abs(end) for end in ends)) * 1.1

    def x(points: float) -> float:
        return round(LEFT + (points + most) / (2.0 * most) * (WIDTH - LEFT - 20), 1)

    drawn = [{"y": TOP + ROW * place, "name": one.name, "n": f"n = {one.items:,}, {one.informative:,} informative",
              "told": lift_in_points(one.lift), "x": x(100.0 * one.lift.value), "answer": one.answer.replace(" ", "-"),
              "low": None if one.lift.low is None else x(100.0 * one.lift.low),
              "high": None if one.lift.high is None else x(100.0 * one.lift.high)} for place, one in enumerate(rows)]
    step = next(size for size in (0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0) if most / size <= 4.0 or size == 100.0)
    ticks = [step * number for number in range(-int(most / step), int(most / step) + 1)]
    bottom = TOP + ROW * len(rows) - 10
    return {"width": WIDTH, "height": bottom + 50, "rows": drawn, "zero": x(0.0), "bottom": bottom,
            "ticks": [{"x": x(tick), "text": f"{tick:+g}" if tick else "0"} for tick in ticks]}
