"""Fairness checks that every decision carries: each with its verdict, its number and its limit, the worst counts.

`pass`, `warn` or `hold`; a hold of D1 or D3 sends the decision to rotation. Nothing here is called fair: the names say
what is computed. D4 needs the proxy audit and is not part of this version.
"""
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from features.exposure import Exposures
from rules.model import Eligibility
from serving.ranking.bundle import Bundle
from serving.ranking.reasons import Reason

SEVERITY = ("pass", "warn", "hold")
INVARIANCE_LIMIT = 1e-9         # how far a score may move when a field changes that must not matter
EXPOSURE_LIMIT = 3.0            # median absolute deviations
EXPOSURE_SLATES = 30            # an owner seen in fewer slates has no exposure to speak of
COLD_LIMIT = 30                 # settled outcomes under which an owner's results are mostly the team's


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One check's outcome."""

    id: str
    name: str
    verdict: str
    value: object
    limit: object

    def as_json(self) -> dict[str, object]:
        """The check as the decision document holds it."""
        return {"id": self.id, "name": self.name, "verdict": self.verdict, "value": self.value, "limit": self.limit}


def worst(checks: Iterable[Check]) -> str:
    """The verdict over all checks."""
    return max((check.verdict for check in checks), key=SEVERITY.index, default="pass")


def forbidden_inputs(bundle: Bundle, running_digest: str, forbidden: Collection[str]) -> Check:
    """D1: the bundle's features are this program's, and none is protected; value = how many faults."""
    names = {*bundle.features, *bundle.plan.owner_columns, *bundle.plan.dimensions}
    faults = (bundle.catalogue_digest != running_digest) + len(names & set(forbidden))
    return Check(id="D1", name="forbidden inputs", verdict="hold" if faults else "pass", value=faults, limit=0)


def slate_integrity(eligibility: Eligibility, directory_size: int, chosen: str | None) -> Check:
    """D2: chosen is eligible, the funnel adds up, each owner once, each exclusion names its rule; value = faults."""
    out = [owner for exclusion in eligibility.excluded for owner in exclusion.owners]
    everyone = [*eligibility.eligible, *out]
    faults = (
        (chosen is not None and chosen not in eligibility.eligible)
        + (len(everyone) != eligibility.considered)
        + (len(set(everyone)) != len(everyone))
        + (eligibility.considered + eligibility.outside_team != directory_size)
        + sum(not exclusion.rule for exclusion in eligibility.excluded)
    )
    return Check(id="D2", name="slate integrity", verdict="hold" if faults else "pass", value=int(faults), limit=0)


def invariance(scores: np.ndarray, altered: np.ndarray | None) -> Check:
    """D3: the largest move of a score when name, e-mail and the like are changed; None = the features are the same."""
    moved = 0.0 if altered is None else float(np.max(np.abs(altered - scores)))
    verdict = "pass" if moved <= INVARIANCE_LIMIT else "hold"
    return Check(id="D3", name="invariance", verdict=verdict, value=moved, limit=INVARIANCE_LIMIT)


def near_tie(ties: int, tau: float) -> Check:
    """D5: how many owners are nearly equal; reported, the lottery's probabilities stand in the propensities."""
    return Check(id="D5", name="near tie", verdict="pass", value=ties, limit=tau)


def exposure_deficit(exposures: Exposures) -> Check:
    """D6: by how many median absolute deviations the owner who is owed most exceeds the slate's usual deficit."""
    deficits = np.sort(exposures.deficits[exposures.slates >= EXPOSURE_SLATES])
    farthest = 0.0
    if len(deficits) >= 3:
        middle = _middle(deficits)
        spread = _middle(np.sort(np.abs(deficits - middle)))
        farthest = (float(deficits[-1]) - middle) / spread if spread > 0.0 else 0.0
    verdict = "warn" if farthest > EXPOSURE_LIMIT else "pass"
    return Check(id="D6", name="exposure deficit", verdict=verdict, value=farthest, limit=EXPOSURE_LIMIT)


def _middle(ascending: np.ndarray) -> float:
    """The median of numbers in order."""
    half = len(ascending) // 2
    upper = float(ascending[half])
    return upper if len(ascending) % 2 else (float(ascending[half - 1]) + upper) / 2


def cold_owner(matured: Iterable[float]) -> Check:
    """D7: settled outcomes of the chosen and the runner-up, the smaller of both."""
    fewest = int(min(matured))
    return Check(id="D7", name="cold start", verdict="warn" if fewest < COLD_LIMIT else "pass", value=fewest,
                 limit=COLD_LIMIT)


def abstention(reason: Reason | None, decided_by: str) -> Check:
    """D8: an abstention is labelled and never shown as the model's; value = the label, None where the model decided."""
    labelled = (reason is None) == (decided_by == "model")
    return Check(id="D8", name="abstention", verdict="pass" if labelled else "hold",
                 value=None if reason is None else reason.value, limit="labelled")


#: What each check asks, in one line.
ASKS: Mapping[str, str] = {
    "D1": "Is any protected or forbidden name among the model's inputs? Number: how many faults.",
    "D2": "Was the chosen one eligible, does the funnel add up, does every exclusion name its rule? Number: how many faults.",
    "D3": "Do scores move when name, photo, leave or pronouns change? Number: the largest move.",
    "D4": "How much of the contrast rests on features that stand in for a protected one? Number: their share.",
    "D5": "How many owners are nearly equal, so that a lottery decides among them? Limit: how near counts as equal.",
    "D6": "Has somebody in the slate been shown much less than the model says? Number: median absolute deviations.",
    "D7": "How many settled results stand behind the chosen and the runner-up? Number: the fewer of both.",
    "D8": "Where the model did not decide, does the decision say so? Number: the reason.",
}
