"""Experiments on who decides: a permanent holdback, and a coin where champion and challenger would pick different owners.

Both are drawn as exploration is, by HMAC of the item and of what is being tried, so that asking again flips nothing anew, and
are logged with both picks. Only items that the model would have decided take part: abstaining is the same on either side.
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from features.view import View
from rules.model import WorkItem
from serving.decision.choice import Choice, RankingContext, bound_alike, next_in_turn, rank
from serving.decision.inputs import DecisionInputs, InputRecorder
from serving.decision.parts import CoinPart, DecisionDocument, ExperimentPart, ExplanationPart, HoldbackPart
from serving.decision.request import Role
from serving.ranking.bundle import Bundle
from serving.ranking.reasons import Reason
from serving.ranking.slate import Slate


@dataclass(frozen=True, kw_only=True, slots=True)
class Rival:
    """Another model of the item's kind, with the state that it reads."""

    bundle: Bundle
    view: View


class Experiment:
    """What is tried on one item; `part` is what the document says of it, `draws` and `read` what a replay needs."""

    def __init__(self, rivals: Mapping[Role, Rival], number: Callable[[str], float]):
        self._rivals, self._number = rivals, number
        self.part: ExperimentPart | None = None
        self.draws: dict[str, float] = {}
        self.read: dict[Role, tuple[Bundle, InputRecorder]] = {}

    def on(self, choice: Choice, situation: RankingContext) -> Choice:
        """The model's choice, or that of whoever decides in its place, among those whom turns and shares leave."""
        slate = choice.slate
        if slate is None or choice.decided_by != "model":
            return choice
        return bound_alike(self._tried(choice, slate, replace(situation, open_to=choice.open_to)), choice, situation)

    def _tried(self, choice: Choice, slate: Slate, situation: RankingContext) -> Choice:
        policy = situation.policy
        held = None
        if policy.holdback > 0.0:
            u = self._draw(f"holdback-1:share={policy.holdback!r}")
            held = HoldbackPart(u=repr(u), share=policy.holdback, by=policy.holdback_by, held=u < policy.holdback,
                                model=slate.bundle.hash, pick=slate.owners[slate.drawn])
            self.part = ExperimentPart(holdback=held)
            if held.held:
                return self._held_back(situation)
        return self._flipped(choice, slate, situation, held)

    def _draw(self, name: str) -> float:
        self.draws[name] = self._number(name)
        return self.draws[name]

    def _held_back(self, situation: RankingContext) -> Choice:
        """Whom the previous model or rotation gives it."""
        if situation.policy.holdback_by == "previous":
            found = self._ranked("previous", situation)
            if found is not None:
                return found
        turn = next_in_turn(situation)
        return Choice(owner_id=turn.order[0], decided_by="rotation", reason=Reason.HOLDBACK, turn=turn)

    def _flipped(self, choice: Choice, slate: Slate, situation: RankingContext, held: HoldbackPart | None) -> Choice:
        """The champion's choice, or the challenger's where they disagree on who is first and the coin falls on it."""
        other = self._ranked("challenger", situation)
        if other is None or other.slate is None:
            return choice
        chance, theirs = situation.policy.coin, other.slate
        if theirs.owners[theirs.first] == slate.owners[slate.first]:
            self.part = ExperimentPart(holdback=held, coin=_coin(slate, theirs))
            return choice
        u = self._draw(f"coin-1:p={chance!r}:{theirs.bundle.hash}")
        self.part = ExperimentPart(holdback=held, coin=_coin(slate, theirs, u=u, chance=chance))
        if u < chance:
            return replace(other, slate=mixed(theirs, slate, 1.0 - chance))
        return replace(choice, slate=mixed(slate, theirs, chance))

    def _ranked(self, role: Role, situation: RankingContext) -> Choice | None:
        """The choice of another model on the same owners, None where there is none or it abstains."""
        rival = self._rivals.get(role)
        if rival is None:
            return None
        state = InputRecorder(rival.view)
        self.read[role] = rival.bundle, state
        found = rank(replace(situation, bundle=rival.bundle, state=state))
        return found if isinstance(found, Choice) else None

    def told(self, explanation: ExplanationPart | None) -> ExplanationPart | None:
        """The explanation, after that a coin fell and on whom."""
        coin = None if self.part is None else self.part.coin
        if explanation is None or coin is None or coin.taken is None or not coin.probability:
            return explanation
        said = (f"Two models disagree and a coin fell on the {coin.taken} ({coin.probability:.0%} for the challenger): the "
                f"champion ranks {coin.champion_pick} first, the challenger {coin.challenger_pick}")
        return replace(explanation, sentences=[said, *explanation.sentences])

    def logged(self, inputs: DecisionInputs, item: WorkItem) -> dict[Role, DecisionInputs]:
        """What the other models read, each as the inputs of a decision of its own; the item is with the decision's."""
        return {role: DecisionInputs(
            request=replace(inputs.request, item={}), policy=inputs.policy, at=inputs.at, seq=state.seq,
            newest_event_at=state.newest_event_at, m=bundle.item_log_odds(item), **state.noted(),
            versions={**inputs.versions, "model": bundle.hash, "features": bundle.catalogue_digest})
            for role, (bundle, state) in self.read.items()}


def mixed(slate: Slate, other: Slate, chance: float) -> Slate:
    """A slate whose owners are drawn as in another one with some chance, each under its own order."""
    theirs = dict(zip(other.owners, other.propensity.tolist(), strict=True))
    there = slate.propensity * 0.0 + [theirs[owner] for owner in slate.owners]
    return replace(slate, propensity=(1.0 - chance) * slate.propensity + chance * there)


def _coin(slate: Slate, theirs: Slate, *, u: float | None = None, chance: float | None = None) -> CoinPart:
    flipped = u is not None and chance is not None
    return CoinPart(u=repr(u) if flipped else None, probability=chance, champion=slate.bundle.hash, challenger=theirs.bundle.hash,
                    champion_pick=slate.owners[slate.first],
                    challenger_pick=theirs.owners[theirs.first],
                    taken=("challenger" if u < chance else "champion") if u is not None and chance is not None else None)


def deciding_role(document: DecisionDocument) -> Role | None:
    """Which other model ranked the document's candidates, None for the champion."""
    tried = document.experiment
    if tried is None or document.decided_by != "model":
        return None
    if tried.holdback is not None and tried.holdback.held:
        return "previous"
    return "challenger" if tried.coin is not None and tried.coin.taken == "challenger" else None
