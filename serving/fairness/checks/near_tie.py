"""D5: how many owners are nearly equal; reported, the lottery's probabilities stand in the propensities."""
from serving.fairness.check import RankingFacts

ID, NAME = "D5", "near tie"
ASKS = "How many owners are nearly equal, so that a lottery decides among them? Limit: how near counts as equal."
LOOKS_AT = RankingFacts


def judge(facts: RankingFacts) -> tuple[str, int, float]:
    """Told and never refused."""
    return "pass", facts.ties, facts.tau
