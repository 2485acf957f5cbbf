"""All rankers on one world's held-out items: the shipped model through the real decision beside what it must beat."""
from collections import Counter
from dataclasses import dataclass

from features.state import State
from serving.decision.request import Policy
from serving.ranking.bundle import Bundle
from training.judge.baselines import baselines
from training.learn.preparing import PreparedRows
from training.worlds.company import World
from training.worlds.judge import Judgement, lay_out, share_of_oracle_gap
from training.worlds.rankers import by_score, first_of, in_turn, recommended, view_of

MODEL, ROTATION, RAW_RATE, EFFECTS, RIDGE = "model", "rotation", "best raw rate", "effects alone", "ridge"
#: A team with so many eligible owners leaves a ranker something to choose.
WIDE = 4


@dataclass(frozen=True, kw_only=True)
class Contest:
    """The judgement, and by whom the held-out leads with WIDE or more eligible owners were decided."""

    judgement: Judgement
    wide: int
    wide_by: Counter

    @property
    def wide_by_model(self) -> float:
        """The share of them that the model decided."""
        return self.wide_by[MODEL] / self.wide if self.wide else 0.0


def hold(world: World, *, prepared: PreparedRows, bundle: Bundle, policy: Policy) -> Contest:
    """Rank every held-out item by every ranker, as of the end of the log that `prepared` was made from."""
    state = State(prepared.fold, expectations=prepared.expected)
    for event in prepared.events:
        state.apply(event)
    kind, view_at = prepared.objective.kind, view_of(state, world.directory)
    documents = recommended(world.held_out, view_at=view_at, book=world.book, directory=world.directory, bundle=bundle,
                            policy=policy)
    slates = lay_out(world, view_at, kind=kind)
    scorers = {name: score for name, score in baselines(prepared).items() if name != ROTATION}
    scored = by_score(slates, scorers, view_at=view_at, plan=bundle.plan)
    turns = in_turn(slates, world.book, world.directory)
    first = first_of(slates, documents)
    picks = {MODEL: first, ROTATION: turns, RAW_RATE: scored[RAW_RATE], EFFECTS: scored[EFFECTS], RIDGE: scored[RIDGE]}
    wide = [document for document in documents.values()
            if document.item["kind"] == kind and document.eligibility.eligible >= WIDE]
    return Contest(judgement=share_of_oracle_gap(slates, picks), wide=len(wide),
                   wide_by=Counter(document.decided_by for document in wide))
