"""How low an impact ratio chance alone brings: the group labels are shuffled among the owners, who keep their slots.

The owner is the unit: one owner's slots stay together in every shuffle, so that a few busy people do not pass for many.
"""
from collections.abc import Sequence

import numpy as np

from serving.fairness.limits import SHUFFLES, TAIL

_SEED = 20240131                  # the same page twice shows the same number


def lowest_by_chance(slots: Sequence[int], selections: Sequence[int], labels: Sequence[str],
                     compared: Sequence[str]) -> dict[str, float]:
    """Per compared group the ratio to the highest rate that only TAIL of the shuffles stay below; 0.0 to 1.0.

    `slots`, `selections`, `labels`: one entry per owner. `compared`: the groups that take part in the comparison.
    """
    names = sorted(set(labels))
    number = {name: index for index, name in enumerate(names)}
    places = np.array([number[label] for label in labels])
    seen, chosen = np.asarray(slots, dtype=float), np.asarray(selections, dtype=float)
    wanted = np.array([number[name] for name in compared])
    dice = np.random.default_rng(_SEED)
    ratios = np.empty((SHUFFLES, len(compared)))
    for row in ratios:
        dice.shuffle(places)
        offered = np.bincount(places, weights=seen, minlength=len(names))[wanted]
        rates = np.bincount(places, weights=chosen, minlength=len(names))[wanted] / np.maximum(offered, 1.0)
        row[:] = rates / max(rates.max(), np.finfo(float).tiny)
    return dict(zip(compared, np.quantile(ratios, TAIL, axis=0).tolist(), strict=True))
