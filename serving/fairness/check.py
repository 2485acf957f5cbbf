"""What a fairness check says, and what checks may look at: one kind of facts for each step of a decision."""
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from features.exposure import Exposures
from rules.model import Eligibility
from serving.fairness.limits import Verdict
from serving.ranking.bundle import Bundle
from serving.ranking.reasons import Reason

SEVERITY = ("pass", "warn", "hold")


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check's outcome."""

    id: str
    name: str
    verdict: Verdict
    value: object
    limit: object


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelFacts:
    """Before anything is read of the owners: a hold sends the decision to rotation."""

    bundle: Bundle
    running_digest: str
    forbidden: Collection[str]


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreFacts:
    """The scores, and what they are with fields changed that must not matter (None = the features are the same).

    A hold sends the decision to rotation.
    """

    scores: np.ndarray
    altered: np.ndarray | None


@dataclass(frozen=True, kw_only=True, eq=False)
class RankingFacts:
    """The ranking that was drawn from: `matured`, the settled outcomes of the chosen and the runner-up, by owner."""

    ties: int
    tau: float
    exposures: Exposures
    matured: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class FunnelFacts:
    """Who was considered and who was chosen, in every decision."""

    eligibility: Eligibility
    directory_size: int
    chosen: str | None


@dataclass(frozen=True, kw_only=True, eq=False)
class ChoiceFacts:
    """Who chose among several, and why it was not the model."""

    reason: Reason | None
    decided_by: str


Facts = ModelFacts | ScoreFacts | RankingFacts | FunnelFacts | ChoiceFacts


def worst(checks: Iterable[Check]) -> Verdict:
    """The verdict over all checks."""
    return max((check.verdict for check in checks), key=SEVERITY.index, default="pass")
