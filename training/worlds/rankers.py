"""Whom each ranker puts first on held-out items: the shipped model through the real decision, and what it must beat."""
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np

from features.plan import FeaturePlan
from features.state import State
from features.view import View, view
from rules.book.schema import RuleBook
from rules.model import Directory
from rules.routing.spread import weights_of
from serving.decision.parts import DecisionDocument
from serving.decision.recommend import recommend
from serving.decision.request import DecisionRequest, Policy
from serving.ranking.bundle import Bundle
from serving.ranking.rotation import take_turn
from training.judge.baselines import Scorer
from training.worlds.arrivals import Arrival
from training.worlds.judge import JudgedSlate

#: What the judge's draws come from; rank 1 is judged before any draw, so that it changes nothing that is judged.
JUDGE_KEY = b"judge"
#: So many candidates are asked for with their probability: all of them.
EVERYBODY = 200


def view_of(state: State, directory: Directory) -> Callable[[datetime], View]:
    """Readings of one state at the moments asked for."""
    return lambda at: view(state, directory=directory, at=at)


def recommended(
    arrivals: Sequence[Arrival], *, view_at: Callable[[datetime], View], book: RuleBook, directory: Directory,
    bundle: Bundle | None, policy: Policy,
) -> dict[str, DecisionDocument]:
    """The decision document of each item, decided as a recommendation when it came in; nothing is stored."""
    return {
        arrival.item_id: recommend(
            DecisionRequest(decision_id=f"judge-{arrival.item_id}", item=arrival.raw_item(), top=EVERYBODY),
            at=arrival.received_at, book=book, directory=directory, view=view_at(arrival.received_at), bundle=bundle,
            policy=policy, key=JUDGE_KEY, versions={},
        ).document
        for arrival in arrivals
    }


def first_of(slates: Sequence[JudgedSlate], documents: Mapping[str, DecisionDocument]) -> list[str]:
    """The owner that each decision ranks first, before exploration."""
    return [documents[slate.item.item_id].candidates[0].owner_id for slate in slates]


def in_turn(slates: Sequence[JudgedSlate], book: RuleBook, directory: Directory) -> list[str]:
    """The owner whose turn it is, item after item: smooth weighted rotation, one per team."""
    credits: dict[str | None, dict[str, float]] = {}
    chosen = []
    for slate in slates:
        weights = weights_of(slate.team, slate.owners, book, directory)
        turn = take_turn(credits.setdefault(slate.team, {}), weights, slate.item.item_id)
        credits[slate.team].update(turn.credits)
        chosen.append(turn.order[0])
    return chosen


def by_score(
    slates: Sequence[JudgedSlate], scorers: Mapping[str, Scorer], *, view_at: Callable[[datetime], View], plan: FeaturePlan
) -> dict[str, list[str]]:
    """The best-scored owner per slate for each scorer, on the very matrix that the model would see."""
    chosen: dict[str, list[str]] = {name: [] for name in scorers}
    for slate in slates:
        matrix = view_at(slate.at).matrix(slate.item, slate.owners, plan)
        for name, score in scorers.items():
            chosen[name].append(slate.owners[int(np.argmax(score(slate.item, slate.owners, matrix)))])
    return chosen
