"""All rankers on one world's held-out items: the shipped model through the real decision beside what it must beat."""
from collections import Counter
from dataclasses import dataclass, replace

from features.state import State
from serving.decision.parts import DecisionDocument
from serving.decision.request import Policy
from serving.ranking.bundle import SIGNAL, Bundle
from training.judge.baselines import baselines
from training.learn.preparing import PreparedRows
from training.worlds.calibration import Calibration, calibration_of
from training.worlds.company import World
from training.worlds.judge import Judgement, lay_out, share_of_oracle_gap
from training.worlds.rankers import by_score, first_of, in_turn, recommended, view_of

MODEL, ROTATION, RAW_RATE, EFFECTS, RIDGE = "model", "rotation", "best raw rate", "effects alone", "ridge"
#: The trees with half of the effects; and the model where its verdict is not asked, to see what abstaining cost.
COMPOSED, UNGATED = "composed", "verdict unasked"
SCORED = (RAW_RATE, EFFECTS, COMPOSED, RIDGE)
#: A team with so many eligible owners leaves a ranker something to choose.
WIDE = 4


@dataclass(frozen=True, kw_only=True)
class Contest:
    """The judgement, and by whom the held-out leads with WIDE or more eligible owners were decided.

    `calibration`: the model's probabilities beside the true chances.
    """

    judgement: Judgement
    wide: int
    wide_by: Counter
    calibration: Calibration

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
    slates = lay_out(world, view_at, kind=kind)
    judged = {slate.item.item_id for slate in slates}
    arrivals = [arrival for arrival in world.held_out if arrival.item_id in judged]

    def asked(ranker: Bundle) -> dict[str, DecisionDocument]:
        return recommended(arrivals, view_at=view_at, book=world.book, directory=world.directory, bundle=ranker,
                           policy=policy)

    documents = asked(bundle)
    unasked = documents if bundle.has_signal else asked(replace(bundle, signal=SIGNAL))
    scorers = {name: score for name, score in baselines(prepared).items() if name in SCORED}
    picks = {MODEL: first_of(slates, documents), ROTATION: in_turn(slates, world.book, world.directory),
             **by_score(slates, scorers, view_at=view_at, plan=bundle.plan), UNGATED: first_of(slates, unasked)}
    wide = [documents[slate.item.item_id] for slate in slates if len(slate.owners) >= WIDE]
    return Contest(judgement=share_of_oracle_gap(slates, picks), wide=len(wide),
                   wide_by=Counter(document.decided_by for document in wide),
                   calibration=calibration_of(slates, unasked, passed_over=_passed_over(world)))


def _passed_over(world: World) -> frozenset[str]:
    owners = world.truth.owners
    return frozenset(owner_id for owner_id, row in owners.index.items() if owners.passed_over[row])

