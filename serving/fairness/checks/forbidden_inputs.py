"""D1: the bundle's features are this program's, and none is protected."""
from serving.fairness.check import ModelFacts

ID, NAME = "D1", "forbidden inputs"
ASKS = "Is any protected or forbidden name among the model's inputs? Number: how many faults."
LOOKS_AT = ModelFacts


def judge(facts: ModelFacts) -> tuple[str, int, int]:
    """Held at the first fault."""
    bundle = facts.bundle
    names = {*bundle.features, *bundle.plan.owner_columns, *bundle.plan.dimensions}
    faults = (bundle.catalogue_digest != facts.running_digest) + len(names & set(facts.forbidden))
    return "hold" if faults else "pass", faults, 0
