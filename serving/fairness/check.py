"""What a fairness check says, and what checks may look at: one kind of facts for each step of a decision."""
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np

from features.exposure import Exposures
from rules.routing_result import Eligibility
from serving.fairness.limits import Overall, Verdict
from serving.ranking.bundle import Bundle
from serving.ranking.reasons import Reason

SEVERITY: tuple[Overall, ...] = get_args(Overall)


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
    """The ranking that was drawn from: `matured`, the settled outcomes of the chosen and the runner-up, by owner.

    `may_not_tell`: whether a check may say `not_enough`; decisions of the first edition passed where one could not tell.
    """

    ties: int
    tau: float
    exposures: Exposures
    matured: Mapping[str, float]
    may_not_tell: bool = True


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


def worst(checks: Iterable[Check]) -> Overall:
    """The verdict over all checks that could tell."""
    return SEVERITY[max((SEVERITY.index(check.verdict) for check in checks if check.verdict != "not_enough"), default=0)]
