"""Who got the work in the past: a little exploration, rotation, cherry-picking by reputation, named specialists.

Only this choice is the world's own; who may be chosen comes from the real rule book. Cherry-picking sees the item's
hidden quality, so an owner's raw success rate flatters those with a good name.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from training.worlds.spec import WorldSpec
from training.worlds.truth import INDUSTRIES, ItemTruth, OwnerTruth


@dataclass(frozen=True, kw_only=True, slots=True)
class Pick:
    """Who was chosen, how (rotation, manual, exploration), and how likely where the draw was plainly known."""

    owner_id: str
    assigned_by: str
    propensity: float | None = None


@dataclass(kw_only=True)
class LoggingPolicy:
    """The company's past habits; keeps one smooth weighted rotation per team."""

    spec: WorldSpec
    owners: OwnerTruth
    weights: Mapping[str, float]
    rng: np.random.Generator
    credits: dict[str, dict[str, float]] = field(default_factory=dict)

    def choose(self, item: ItemTruth, team: str, eligible: Sequence[str]) -> Pick:
        """One owner of two or more eligible; an exploring pick carries its own probability, 1 / eligible."""
        spec, draw = self.spec, self.rng.random()
        if draw < spec.exploration:
            return Pick(owner_id=eligible[int(self.rng.integers(len(eligible)))], assigned_by="exploration",
                        propensity=1.0 / len(eligible))
        habit = (draw - spec.exploration) / (1 - spec.exploration)
        if habit < spec.rotation:
            return Pick(owner_id=self._instead(self.in_turn(team, eligible), eligible), assigned_by="rotation")
        by_name = habit < spec.rotation + spec.cherry_picking
        owner_id = self._by_name(item, eligible) if by_name else self._specialist(item, eligible)
        return Pick(owner_id=self._instead(owner_id, eligible), assigned_by="manual")

    def _instead(self, owner_id: str, eligible: Sequence[str]) -> str:
        """The owner, or somebody else where this one is passed over: so often that the two groups' rates have the ratio
        of the spec, had they been the same."""
        ratio = self.spec.passed_over
        if ratio == 1.0 or not self.owners.passed_over[self.owners.index[owner_id]]:
            return owner_id
        others = [one for one in eligible if not self.owners.passed_over[self.owners.index[one]]]
        odds = (len(eligible) - len(others)) / len(others) if others else np.inf
        return others[int(self.rng.integers(len(others)))] if self.rng.random() < (1 - ratio) / (1 + ratio * odds) else owner_id

    def in_turn(self, team: str, eligible: Sequence[str]) -> str:
        """The next owner by smooth weighted rotation."""
        credits = self.credits.setdefault(team, {})
        for owner_id in eligible:
            credits[owner_id] = credits.get(owner_id, 0.0) + self.weights[owner_id]
        chosen = max(eligible, key=lambda owner_id: credits[owner_id])
        credits[chosen] -= sum(self.weights[owner_id] for owner_id in eligible)
        return chosen

    def _rows(self, eligible: Sequence[str]) -> np.ndarray:
        return np.array([self.owners.index[owner_id] for owner_id in eligible], dtype=np.intp)

    def _by_name(self, item: ItemTruth, eligible: Sequence[str]) -> str:
        pull = self.spec.cherry_strength * item.quality * self.owners.reputation[self._rows(eligible)]
        chance = np.exp(pull - pull.max())
        return eligible[self.rng.choice(len(eligible), p=chance / chance.sum())]

    def _specialist(self, item: ItemTruth, eligible: Sequence[str]) -> str:
        if item.industry is None:
            return eligible[int(self.rng.integers(len(eligible)))]
        claims = self.owners.claims[self._rows(eligible), INDUSTRIES.index(item.industry)]
        return eligible[int(np.argmax(claims))]
