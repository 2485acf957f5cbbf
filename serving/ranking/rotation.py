"""Whose turn it is without a model: smooth weighted round robin over the eligible owners of a team.

Each turn every eligible owner earns its weight in credit, the richest takes the item and pays what the turn gave out.
Over any stretch the picks are as near to the weights as whole items allow. An owner who is away earns nothing and
finds the old credit on return: no burst of items to catch up.
"""
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rules.digests import letters


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Owners in order of turn, the first takes the item; `credits` of each after the pick; `level`: whose turn is as near."""

    order: tuple[str, ...]
    credits: Mapping[str, float]
    level: tuple[str, ...] = ()


def take_turn(credits: Mapping[str, float], weights: Mapping[str, float], seed: str,
              open_to: Collection[str] | None = None) -> Turn:
    """One turn; ties fall by a hash of the seed. `open_to`: who may have it, where not all may."""
    earned = _earned(credits, weights)

    def nearness(owner: str) -> tuple[bool, bool, float]:
        return open_to is not None and owner not in open_to, weights[owner] == 0.0, -round(earned[owner], 9)

    order = tuple(sorted(earned, key=lambda owner: (nearness(owner), letters(f"{seed}\x1f{owner}"))))
    level = tuple(owner for owner in order if nearness(owner) == nearness(order[0]))
    earned[order[0]] -= sum(weights.values())
    return Turn(order=order, credits=earned, level=level)


def credits_after(credits: Mapping[str, float], weights: Mapping[str, float], owner_id: str) -> dict[str, float]:
    """The credits once an item went to an owner of the slate whose turn it need not be any more."""
    earned = _earned(credits, weights)
    earned[owner_id] -= sum(weights.values())
    return earned


def _earned(credits: Mapping[str, float], weights: Mapping[str, float]) -> dict[str, float]:
    """What each has after earning its weight.

    What other slates left behind is cut to what n owners can build up among themselves by always serving the richest,
    total * (1 + 1/2 + ... + 1/(n-1)): nothing of a round of their own is lost, and there is no burst.
    """
    total = sum(weights.values())
    most = total * sum(1.0 / n for n in range(1, len(weights)))
    return {owner: min(max(credits.get(owner, 0.0), -most), most) + weight for owner, weight in weights.items()}
