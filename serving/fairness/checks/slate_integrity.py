"""D2: the chosen is eligible, the funnel adds up, each owner stands once, each exclusion names its rule."""
from serving.fairness.check import FunnelFacts

ID, NAME = "D2", "slate integrity"
ASKS = "Was the chosen one eligible, does the funnel add up, does every exclusion name its rule? Number: how many faults."
LOOKS_AT = FunnelFacts


def judge(facts: FunnelFacts) -> tuple[str, int, int]:
    """Held at the first fault."""
    eligibility, chosen = facts.eligibility, facts.chosen
    out = [owner for exclusion in eligibility.excluded for owner in exclusion.owners]
    everyone = [*eligibility.eligible, *out]
    faults = (
        (chosen is not None and chosen not in eligibility.eligible)
        + (len(everyone) != eligibility.considered)
        + (len(set(everyone)) != len(everyone))
        + (eligibility.considered + eligibility.outside_team != facts.directory_size)
        + sum(not exclusion.rule for exclusion in eligibility.excluded)
    )
    return "hold" if faults else "pass", int(faults), 0
