"""Every limit of fairness: what the checks of a decision, selection by group and the pages about them go by."""
from typing import Literal

#: What a check may say; `not_enough`: too little is known to tell.
Verdict = Literal["pass", "warn", "hold", "not_enough"]
#: What all checks of a decision together may say: the worst of those that could tell.
Overall = Literal["pass", "warn", "hold"]

#: How far a score may move when a field changes that must not matter.
INVARIANCE_LIMIT = 1e-9
#: How many median absolute deviations an owner may be owed more than the slate's usual deficit.
EXPOSURE_LIMIT = 3.0
#: A spread below so many items counts as so many: where all are alike, one owed more than a whole item stands out.
EXPOSURE_LEAST_SPREAD = 1 / 3
#: So many owners with exposure are compared at least.
EXPOSURE_OWNERS = 3
#: An owner seen in fewer slates has no exposure to speak of.
EXPOSURE_SLATES = 30
#: Settled outcomes under which an owner's results are mostly the team's.
COLD_LIMIT = 30
#: Under so many owners a group's numbers are not shown at all.
LEAST_OWNERS = 5
#: Under so many selections expected at the rate of all, a ratio says nothing.
LEAST_EXPECTED = 5.0
#: The impact ratio that the four-fifths rule looks at.
FOUR_FIFTHS = 0.80
#: How often the group labels are shuffled to see what chance alone brings.
SHUFFLES = 2000
#: The share of shuffles that come out lower than the ratio told.
TAIL = 0.05
