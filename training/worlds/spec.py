"""What kind of world it is: every number of the truth and of the past's habits, frozen before anything learns from it.

A world is never tuned to the learner: these figures were set before anything was trained on it and stay as they are.
"""
from dataclasses import dataclass

#: The value of `pronouns` that the past's habits may pass over.
PASSED_OVER = "she/her"


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldSpec:
    """Standard deviations and coefficients are in log-odds, `*_days` in days, shares are probabilities."""

    # the item
    intercept: float = -1.75
    seen_sd: float = 0.8
    hidden_sd: float = 0.6
    # who handles it
    team_sd: float = 0.15
    owner_sd: float = 0.30
    owner_segment_sd: float = 0.30
    owner_industry_sd: float = 0.30
    industry_rank: int = 2
    owner_product_sd: float = 0.20
    drift_sd: float = 0.25
    drift_memory: float = 0.8                 # correlation of an owner's drift from one month to the next
    ramp: float = -0.5                        # of somebody on the first day
    ramp_days: float = 45.0
    response_weight: float = -0.12            # per standard deviation of log reply hours
    load_knee: float = 0.6                    # share of the ceiling above which load begins to cost
    load_penalty: float = -0.6                # of somebody at the ceiling
    language: float = 0.15                    # the item's language is the owner's native one
    relationship: float = 0.5                 # the owner has handled this account before
    queue: float = -1.0                       # nobody in person
    market_sd: float = 0.0                    # how far the whole market's level moves, with the memory of drift
    # what the company did in the past
    exploration: float = 0.03
    rotation: float = 0.40                    # of the rest
    cherry_picking: float = 0.35              # and what is left goes to named specialists
    reputation_correlation: float = 0.6       # of what people say about an owner with the owner's skill
    claim_correlation: float = 0.5            # of what owners say about their industries with the truth
    cherry_strength: float = 1.5
    passed_over: float = 1.0                  # how often a PASSED_OVER owner is chosen, of others' rate: 1 = no difference
    # what happens then
    reply_hours_median: float = 3.0
    reply_owner_sd: float = 0.5
    reply_noise_sd: float = 0.7
    outcome_median_days: float = 20.0
    outcome_spread: float = 0.6               # of the log-normal delay
    outcome_within_days: float = 59.5
    outcome_owner_sd: float = 0.0             # of an owner's own log delay; above 0 the delays are cut smoothly at the limit
    rejected: float = 0.02
    # who comes and goes
    yearly_turnover: float = 0.20
    vacancy_days: int = 30
    ceilings: float = 1.0                     # everyone's ceiling of open items, of that of the example company
