"""D3: no score moves when name, e-mail and the like are changed."""
import numpy as np

from serving.fairness.check import ScoreFacts
from serving.fairness.limits import INVARIANCE_LIMIT

ID, NAME = "D3", "invariance"
ASKS = "Do scores move when name, photo, leave or pronouns change? Number: the largest move."
LOOKS_AT = ScoreFacts


def judge(facts: ScoreFacts) -> tuple[str, float, float]:
    """Held where a score moves by more than rounding."""
    moved = 0.0 if facts.altered is None else float(np.max(np.abs(facts.altered - facts.scores)))
    return "pass" if moved <= INVARIANCE_LIMIT else "hold", moved, INVARIANCE_LIMIT
