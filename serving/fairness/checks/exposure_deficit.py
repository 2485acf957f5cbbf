"""D6: by how much the owner who is owed most exceeds the slate's usual deficit."""
import numpy as np

from serving.fairness.check import RankingFacts
from serving.fairness.limits import EXPOSURE_LEAST_SPREAD, EXPOSURE_LIMIT, EXPOSURE_OWNERS, EXPOSURE_SLATES, Verdict

ID, NAME = "D6", "exposure deficit"
ASKS = "Has somebody in the slate been shown much less than the model says? Number: median absolute deviations."
LOOKS_AT = RankingFacts


def judge(facts: RankingFacts) -> tuple[Verdict, float | None, float]:
    """A warning past the limit; owners seen in few slates do not count, and fewer than three of them are not enough to tell."""
    exposures = facts.exposures
    deficits = np.sort(exposures.deficits[exposures.slates >= EXPOSURE_SLATES])
    if len(deficits) < EXPOSURE_OWNERS:
        return ("not_enough", None, EXPOSURE_LIMIT) if facts.may_not_tell else ("pass", 0.0, EXPOSURE_LIMIT)
    middle = _middle(deficits)
    spread = _middle(np.sort(np.abs(deficits - middle)))
    if facts.may_not_tell:
        spread = max(spread, EXPOSURE_LEAST_SPREAD)
    farthest = (float(deficits[-1]) - middle) / spread if spread > 0.0 else 0.0
    return "warn" if farthest > EXPOSURE_LIMIT else "pass", farthest, EXPOSURE_LIMIT


def _middle(ascending: np.ndarray) -> float:
    """The median of numbers in order."""
    half = len(ascending) // 2
    upper = float(ascending[half])
    return upper if len(ascending) % 2 else (float(ascending[half - 1]) + upper) / 2
