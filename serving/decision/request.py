"""What a decision is asked for and the policy it is made under: both are values, both are logged with it."""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from features.plan import Objective

Mode = Literal["recommend", "assign"]
Ranking = Literal["model", "rotation"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """A person gives the item to `owner_id` instead of what decision `of` said, who was `instead_of` (None = nobody).

    `reason`: a code of serving/ranking/reasons.py.
    """

    of: str
    owner_id: str
    reason: str
    instead_of: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionRequest:
    """One item to decide on, as asked: `item` is the raw record, `exclude` the owners asked to be left out.

    `mode` recommend changes nothing; assign reserves capacity and starts the clock. `top`: how many candidates are
    shown in full detail. `current_owner`: who has the item now, and keeps it where the book says so. `override`: the
    owner is a person's choice among those eligible.
    """

    decision_id: str
    item: Mapping[str, object]
    mode: Mode = "recommend"
    top: int = 5
    current_owner: str | None = None
    exclude: tuple[str, ...] = ()
    override: Override | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The settings that change a decision.

    `exploration_share`: total probability not on rank 1 (or its tie set), 0 turns the near-tie lottery off too.
    `ranking`: model, or rotation, the kill switch. `protected`: owner columns that may never be a feature.
    """

    exploration_share: float = 0.05
    ranking: Ranking = "model"
    min_slate: int = 2
    stale_after: timedelta = timedelta(days=30)
    objectives: tuple[Objective, ...] = ()
    protected: tuple[str, ...] = ()

    @property
    def exploration_version(self) -> str:
        """What names the drawing rule: a retry under the same rule and item draws the same number."""
        return f"mixture-1:share={self.exploration_share!r}"

    def value_attribute(self, kind: str) -> str:
        """The item attribute that says what an item of this kind is worth."""
        return next((objective.value for objective in self.objectives if objective.kind == kind), "value")

    def measure(self, kind: str) -> str:
        """What a probability of this kind of item is a probability of, in words fit for a sentence."""
        agreement = any(each.kind == kind and each.learn == "agreement" for each in self.objectives)
        return "agreement with who owned such items" if agreement else "expected success"
