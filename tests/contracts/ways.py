"""Each way in which an owner can be chosen: exploration, the near-tie lottery, the kill switch, no model at all."""
from dataclasses import replace
from datetime import timedelta

from features.plan import Objective
from rules.book.schema import RuleBook
from serving.decision.request import Policy
from serving.ranking.bundle import Bundle, assemble
from tests.serving.conftest import trained_parts

OBJECTIVES = (Objective(kind="lead", positive=("converted",), horizon=timedelta(days=60)),)
EXPLORING = Policy(objectives=OBJECTIVES, exploration_share=0.6)
LOTTERY = Policy(objectives=OBJECTIVES, exploration_share=0.01)
SWITCHED_OFF = Policy(objectives=OBJECTIVES, ranking="rotation")


def ways_of(book: RuleBook) -> dict[str, tuple[Policy, Bundle | None]]:
    """By name the policy and the bundle, trained in the words of a book."""
    parts = trained_parts(book)
    bundle, tied = assemble(parts, "sha256:exploring"), assemble(replace(parts, tau=1.0), "sha256:tied")
    return {"exploration": (EXPLORING, bundle), "lottery": (LOTTERY, tied), "switched off": (SWITCHED_OFF, bundle),
            "no bundle": (EXPLORING, None)}
