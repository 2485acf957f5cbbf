"""Owners as a source of false learning: only one of them, an outcome that is the owner, ids that no file knows."""
from collections.abc import Sequence
from math import lgamma

import numpy as np

from serving.admission.assignment_log import AssignmentLog
from serving.admission.marks import LogWarning

#: One owner has nearly everything from this share of the labels on.
NEARLY_ALL = 0.95
#: Labels below which an owner's rate says nothing; and of an owner whose rate alone may set them aside.
FEW, ENOUGH = 5, 30
#: How unlikely a rate of (nearly) nothing or everything must be, by how the others differ, before it is no rate of a person.
UNLIKELY = 1e-4
#: Owners differ by so much at least (log-odds), whatever the others show.
LEAST_SPREAD = 0.3
_EXCEPTIONS = 0.01
_MOST_NAMED = 5


def judged_owners(found: AssignmentLog) -> tuple[LogWarning, ...]:
    """Whether owners can be told apart at all, and who has successes, or failures, alone where no person would."""
    settled = found.settled
    total = np.bincount(found.owner[settled], minlength=len(found.owners))
    won = np.bincount(found.owner[settled], weights=found.y[settled], minlength=len(found.owners))
    if total.sum() < ENOUGH:
        return ()
    most = int(total.argmax())
    share = float(total[most] / total.sum())
    if share >= NEARLY_ALL:
        return (LogWarning(code="one_owner", unlearnable=share == 1.0, of=(found.owners[most],), figure=share, message=(
            f"{share:.1%} of {int(total.sum()):,} labels are `{found.owners[most]}`'s: nothing tells owners apart; export the "
            "assignments of everybody")),)
    return _throughout(found, total, won) or _some(found, total, won)


def _throughout(found: AssignmentLog, total: np.ndarray, won: np.ndarray) -> tuple[LogWarning, ...]:
    """Whether nearly every owner has one outcome alone, as no chance would make it."""
    own = total >= FEW
    rows, base = total[own].sum(), float(won.sum() / total.sum())
    if own.sum() < 2 or not 0.02 < base < 0.98:
        return ()
    alone = (won[own] == 0) | (won[own] == total[own])
    chance = float((total[own] * ((1 - base) ** total[own] + base ** total[own])).sum() / rows)
    all_won = float(won[own][won[own] == total[own]].sum() / max(won[own].sum(), 1))
    share = float(total[own][alone].sum() / rows)
    if share < 0.9 or chance > 0.3 or all_won < 0.8:
        return ()
    return (LogWarning(code="owner_is_outcome", unlearnable=True, figure=share, message=(
        f"owners with {share:.1%} of the labels have successes alone or failures alone, where chance would make it {chance:.1%}: "
        "the owner was set by the outcome; export who had the item before it was known")),)


def _some(found: AssignmentLog, total: np.ndarray, won: np.ndarray) -> tuple[LogWarning, ...]:
    middle, spread = _spread(total, won)
    people = int((total >= FEW).sum())
    named = []
    for place in np.flatnonzero(total >= ENOUGH):
        count, good = int(total[place]), int(won[place])
        chance = min(_at_most(good, count, middle, spread), _at_most(count - good, count, -middle, spread))
        if chance * people < UNLIKELY and min(good, count - good) <= _EXCEPTIONS * count:
            named.append(place)
    if not named:
        return ()
    named.sort(key=lambda place: -total[place])
    told = ", ".join(f"`{found.owners[place]}` ({int(won[place]):,} of {int(total[place]):,})" for place in named[:_MOST_NAMED])
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    share = float(total[named].sum() / total.sum())
    names = tuple(sorted(found.owners[place] for place in named))
    return (LogWarning(code="owners_tell_outcome", of=names, figure=share, message=(
        f"{told}{more} succeeded always or never, where the others reach {1 / (1 + np.exp(-middle)):.1%} and differ by far less: "
        f"an owner set by the outcome, or a queue; their {share:.1%} of the labels are set aside, unless --because says why they "
        "are real")),)


def _spread(total: np.ndarray, won: np.ndarray) -> tuple[float, float]:
    """Middle and standard deviation of owners' log-odds, by median and quartiles: a few who are no owners move neither."""
    own = total >= ENOUGH
    if own.sum() < 4:
        own = total >= FEW
    odds = np.log((won[own] + 0.5) / (total[own] - won[own] + 0.5))
    low, middle, high = np.quantile(odds, (0.25, 0.5, 0.75))
    rate = 1 / (1 + np.exp(-middle))
    by_chance = float(np.median(1 / (total[own] * rate * (1 - rate))))
    return float(middle), max(((high - low) / 1.349) ** 2 - by_chance, LEAST_SPREAD ** 2) ** 0.5


def _at_most(good: int, count: int, middle: float, spread: float) -> float:
    """P(no more than `good` successes of `count`) where the log-odds are drawn from a normal distribution."""
    if good > _EXCEPTIONS * count:
        return 1.0
    z = np.linspace(-9.0, 9.0, 721)
    weight = np.exp(-z * z / 2)
    odds = middle + spread * z
    ways = (lgamma(count + 1) - lgamma(each + 1) - lgamma(count - each + 1) + each * odds - count * np.logaddexp(0.0, odds)
            for each in range(good + 1))
    return float((np.exp(np.array(list(ways))) * weight).sum() / weight.sum())


def owners_set_aside(found: Sequence[LogWarning]) -> tuple[str, ...]:
    """The owners whose labels a mark keeps from being learnt from, unless it was passed."""
    marked = (one for one in found if one.code == "owners_tell_outcome" and one.verdict == "marked")
    return tuple(sorted({name for one in marked for name in one.of}))
