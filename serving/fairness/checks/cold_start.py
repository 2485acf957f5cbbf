"""D7: how many settled outcomes stand behind the chosen and the runner-up."""
from serving.fairness.check import RankingFacts
from serving.fairness.limits import COLD_LIMIT

ID, NAME = "D7", "cold start"
ASKS = "How many settled results stand behind the chosen and the runner-up? Number: the fewer of both."
LOOKS_AT = RankingFacts


def judge(facts: RankingFacts) -> tuple[str, int, int]:
    """A warning where either has few."""
    fewest = int(min(facts.matured.values()))
    return "warn" if fewest < COLD_LIMIT else "pass", fewest, COLD_LIMIT
