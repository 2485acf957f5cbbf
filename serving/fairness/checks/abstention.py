"""D8: an abstention is labelled and never shown as the model's."""
from serving.fairness.check import ChoiceFacts

ID, NAME = "D8", "abstention"
ASKS = "Where the model did not decide, does the decision say so? Number: the reason."
LOOKS_AT = ChoiceFacts


def judge(facts: ChoiceFacts) -> tuple[str, str | None, str]:
    """Held where label and decider disagree."""
    labelled = (facts.reason is None) == (facts.decided_by == "model")
    return "pass" if labelled else "hold", None if facts.reason is None else facts.reason.value, "labelled"
