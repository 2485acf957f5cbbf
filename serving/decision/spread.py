"""How the work of an item's team is to be spread, as it stands at this item, and what keeping to it costs."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from rules.book.schema import Choose, RuleBook, Shares
from rules.model import Directory
from rules.routing.spread import bounds_of, spread_of
from rules.routing_result import Route
from serving.decision.inputs import InputRecorder
from serving.ranking.shares import Standing, stand
from serving.ranking.slate import Slate


@dataclass(frozen=True, kw_only=True, eq=False)
class Promise:
    """What the book says for an item of these eligible owners: `standing` in their order, where shares bind.

    `counted_as`: whose items are counted, `rule ID` or the team; `open_to`: who may have it, None where all may.
    """

    choose: Choose
    counted_as: str
    owners: tuple[str, ...]
    shares: Shares | None = None
    standing: Standing | None = None

    @property
    def open_to(self) -> tuple[str, ...] | None:
        """The owners who may have the item, None where all may."""
        if self.standing is None or self.standing.open_to.all():
            return None
        return tuple(owner for owner, may in zip(self.owners, self.standing.open_to.tolist(), strict=True) if may)


def promise_of(route: Route, owners: tuple[str, ...], *, book: RuleBook, directory: Directory, state: InputRecorder,
               at: datetime) -> Promise:
    """What binds an item of a route; reads what each was given only where shares bind."""
    spread, name = spread_of(book, route.rule, route.team)
    counted_as, shares = name or route.team or "", spread.shares
    if shares is None:
        return Promise(choose=spread.choose, counted_as=counted_as, owners=owners)

    def bounds(ramps: bool) -> tuple[np.ndarray, np.ndarray]:
        found = bounds_of(shares, route.team, owners, book=book, directory=directory, at=at, ramps=ramps)
        return np.array(found.least), np.array(found.most)

    least, most = bounds(ramps=True)
    standing = stand(state.shares(counted_as, shares.per, owners), least, most, most if shares.ramp is None else bounds(False)[1])
    return Promise(choose=spread.choose, counted_as=counted_as, owners=owners, shares=shares, standing=standing)


def counted_as(book: RuleBook, route: Route) -> str | None:
    """Under what an item is counted where its rule has shares of its own, None for its team."""
    spread, name = spread_of(book, route.rule, route.team)
    return name if spread.shares is not None else None


def cost_of(slate: Slate, choose: Choose) -> dict[str, float]:
    """The expected successes given up by not taking the likeliest, by what gave them up; they sum to the whole.

    price: rank 1 is not the likeliest; shares or turns: rank 1 may not have it; tie: another of the nearly equal was drawn;
    exploration: another still.
    """
    p, drawn = slate.p, slate.drawn
    why = "tie" if drawn in slate.tied else "exploration"
    steps = {"price": float(p.max() - p[0]), choose: float(p[0] - p[slate.first]), why: float(p[slate.first] - p[drawn])}
    return {name: cost for name, cost in steps.items() if cost != 0.0}


def warnings_of(promise: Promise) -> Sequence[str]:
    """What a reader must know: nobody could have the item within the shares."""
    if promise.standing is None or not promise.standing.overrun or promise.shares is None:
        return ()
    return (f"every eligible owner has had their largest share of {promise.counted_as} this {promise.shares.per}; it goes to "
            f"whom it takes least beyond",)
