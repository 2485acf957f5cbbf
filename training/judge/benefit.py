"""Benefit of a model: what its holdback, a coin against a challenger, and logged propensities say; yes, no or cannot tell.

Only a randomised comparison answers. Off-policy figures are a screen: they answer nothing, and stand beside it. Lifts are per
item that the model would decide, in successes (0.01 = one point); intervals hold 95 %, clustered by day and owner.
"""
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from rules.errors import Refused
from rules.progress import Progress, silent
from serving.runtime.workspace import Workspace
from training.judge.clustered import Answer, Estimate
from training.judge.decided_items import DecidedItem, DecidedItems, read_items
from training.judge.off_policy import LoggedChoices, OffPolicy, off_policy
from training.judge.randomised import Compared, Side, compare
from training.judge.shift_share import Split, shift_share
from training.learn.objective import pick_objective


@dataclass(frozen=True, kw_only=True)
class BenefitAnswer:
    """One question with its answer. `screen`: by weights, not by lot, so that it answers nothing."""

    name: str
    question: str
    lift: Estimate
    items: int
    informative: int
    effective: float | None = None
    sides: Mapping[str, Side] | None = None
    split: Split | None = None
    screen: OffPolicy | None = None

    @property
    def answer(self) -> Answer:
        """Yes, no or cannot tell; a screen cannot tell."""
        return "cannot tell" if self.screen is not None else self.lift.answer

    def as_json(self) -> dict[str, object]:
        """As data."""
        return {"name": self.name, "question": self.question, "answer": self.answer, "randomised": self.screen is None,
                "lift": self.lift.as_json(), "items": self.items, "informative": self.informative, "effective": self.effective,
                "sides": None if self.sides is None else {name: {"decided": side.decided, "known": side.known, "rate": side.rate}
                                                          for name, side in self.sides.items()},
                "split": None if self.split is None else self.split.as_json(),
                "estimators": None if self.screen is None else self.screen.as_json()}


@dataclass(frozen=True, kw_only=True)
class Benefit:
    """The whole report; `refused`: why a comparison that was looked for says nothing, by its name."""

    objective: str
    model: str | None
    starts: datetime | None
    ends: datetime | None
    items: int
    known: int
    rate: float | None
    comparisons: tuple[BenefitAnswer, ...]
    refused: Mapping[str, str]
    left_out: Mapping[str, int]

    @property
    def answer(self) -> Answer:
        """Whether the model is of benefit: what its holdback says, and nothing else."""
        return next((one.answer for one in self.comparisons if one.name == "holdback"), "cannot tell")

    def of(self, name: str) -> BenefitAnswer | None:
        """A comparison by its name."""
        return next((one for one in self.comparisons if one.name == name), None)

    def as_json(self) -> dict[str, object]:
        """As data."""
        return {"objective": self.objective, "model": self.model, "measure": "share of items with a recorded success",
                "from": None if self.starts is None else self.starts.isoformat(),
                "to": None if self.ends is None else self.ends.isoformat(), "items": self.items, "known": self.known,
                "rate": self.rate, "answer": self.answer, "comparisons": [one.as_json() for one in self.comparisons],
                "refused": dict(self.refused), "left_out": dict(self.left_out)}


def benefit(workspace: Workspace, objective: str | None = None, *, starts: datetime | None = None, ends: datetime | None = None,
            progress: Progress = silent) -> Benefit:
    """What can be told of the champion's benefit on items decided from `starts` (inclusive) to `ends` (exclusive).

    Refused for an objective that learns agreement: to agree with who owned such items before is no benefit.
    """
    goal = pick_objective(workspace.settings.objectives, objective)
    if goal.learn == "agreement":
        raise Refused(f"objective `{goal.kind}` learns {goal.learn}: how often the model agrees with who owned such items is no "
                      f"benefit, and no outcome is recorded that could show one; expected `learn = \"outcome\"` with outcomes")
    progress("reading decisions and what came of them")
    read = read_items(workspace, goal, starts=starts, ends=ends)
    return replace(judged(read, goal.kind), model=workspace.store.champion(goal.kind), starts=starts, ends=ends)


def judged(read: DecidedItems, kind: str) -> Benefit:
    """The report on items as they were decided."""
    known = np.isfinite(read.column("success")) if read.items else np.zeros(0, dtype=bool)
    found, refused = [], {}
    for name, look in (("holdback", _holdback), ("coin", _coin), ("model over turns", _over_turns),
                       ("challenger over champion", _challenger)):
        try:
            one = look(read)
        except Refused as why:
            refused[name] = str(why)
            continue
        if isinstance(one, str):
            refused[name] = one
        else:
            found.append(one)
    rate = float(np.nanmean(read.column("success"))) if known.any() else None
    return Benefit(objective=kind, model=None, starts=None, ends=None, items=len(read.items), known=int(known.sum()), rate=rate,
                   comparisons=tuple(found), refused=refused, left_out=read.left_out)


def _holdback(read: DecidedItems) -> BenefitAnswer | str:
    """The model over what is held back from it."""
    tried = read.where(item.holdback is not None for item in read.items)
    if not tried.items:
        return "no item is held back: set `[holdback] share` in rightful.toml, such as 0.2"
    parts = [item.holdback for item in tried.items if item.holdback is not None]
    ranked = np.array([not part.held for part in parts])
    chance = np.array([1.0 - part.share for part in parts])
    by = " and ".join(sorted({"turns" if part.by == "rotation" else "the model before" for part in parts}))
    found = compare(tried.column("success"), ranked, chance, tried.clusters, tried.column("expected"))
    return BenefitAnswer(name="holdback", question=f"do items succeed more often by the model than by {by}?", lift=found.lift,
                      items=len(tried.items), informative=found.first.known + found.second.known,
                      sides={"model": found.first, "held back": found.second}, split=_split(tried, ranked, chance, found))


def _coin(read: DecidedItems) -> BenefitAnswer | str:
    """The newest challenger over the champion, where they disagree; the lift is per item of all that both ranked."""
    both = _with_challenger(read)
    flipped = both.where(item.coin is not None and item.coin.taken is not None and 0.0 < (item.coin.probability or 0.0) < 1.0
                         for item in both.items)
    if not flipped.items:
        return "no coin was flipped: let a version meet the champion with `rightful challenge`"
    coins = [item.coin for item in flipped.items if item.coin is not None]
    theirs = np.array([coin.taken == "challenger" for coin in coins])
    chance = np.array([coin.probability or 0.0 for coin in coins])
    found = compare(flipped.column("success"), theirs, chance, flipped.clusters, flipped.column("expected"),
                    scale=len(flipped.items) / len(both.items))
    return BenefitAnswer(name="coin", question="do items succeed more often by the challenger than by the champion?",
                      lift=found.lift, items=len(both.items), informative=found.first.known + found.second.known,
                      sides={"challenger": found.first, "champion": found.second}, split=_split(flipped, theirs, chance, found))


def _over_turns(read: DecidedItems) -> BenefitAnswer | str:
    """What decided, over everybody eligible alike, from the chances that were logged."""
    drawn = _drawn(read)
    if not drawn.items:
        return "no item was drawn by the model and followed, with a known outcome"
    wanted = [np.full(len(item.owners), 1.0 / len(item.owners)) for item in drawn.items]
    return _screened(drawn, wanted, "model over turns", "what would turns among the eligible have come to?", sign=-1.0)


def _challenger(read: DecidedItems) -> BenefitAnswer | str:
    """The challenger's first over what decided, from the chances that were logged."""
    drawn = _drawn(_with_challenger(read))
    if not drawn.items:
        return "no challenger ranked an item: let a version meet the champion with `rightful challenge`"
    wanted = [(np.array(item.owners) == item.coin.challenger_pick).astype(float) for item in drawn.items if item.coin is not None]
    return _screened(drawn, wanted, "challenger over champion", "what would the challenger's first have come to?", sign=1.0)


def _with_challenger(read: DecidedItems) -> DecidedItems:
    """The items that the newest challenger ranked beside the champion."""
    newest = next((item.coin.challenger for item in reversed(read.items) if item.coin is not None), None)
    return read.where(item.coin is not None and item.coin.challenger == newest for item in read.items)


def _drawn(read: DecidedItems) -> DecidedItems:
    """The items that a model drew an owner for who then got them, with a known outcome."""
    return read.where(item.propensity is not None and item.followed and np.isfinite(item.success) for item in read.items)


def _screened(drawn: DecidedItems, wanted: list[np.ndarray], name: str, question: str, *, sign: float) -> BenefitAnswer:
    """Off-policy figures of a target that gives each candidate a chance; `sign` -1: the lift is of what decided, over it."""
    logged = _logged(drawn, wanted)
    found = off_policy(logged)
    if sign < 0.0:
        found = replace(found, lift={way: _turned(one) for way, one in found.lift.items()})
    lift = found.lift.get("DR", found.lift["SNIPS"])
    return BenefitAnswer(name=name, question=question, lift=lift, items=len(drawn.items), informative=found.informative,
                      effective=round(found.effective, 1), screen=found)


def _logged(drawn: DecidedItems, wanted: list[np.ndarray]) -> LoggedChoices:
    rows = [(item, target, item.owners.index(item.owner_id)) for item, target in zip(drawn.items, wanted, strict=True)]
    chances = [_chances(item) for item in drawn.items]
    guess = [_known_guess(item) for item in drawn.items]
    predicts = all(np.isfinite(each).all() for each in guess)
    return LoggedChoices(
        reward=drawn.column("success"),
        propensity=np.array([chance[at] for (_, _, at), chance in zip(rows, chances, strict=True)]),
        target=np.array([target[at] for _, target, at in rows]),
        could_differ=np.array([not np.allclose(target, chance) for (_, target, _), chance in zip(rows, chances, strict=True)]),
        clusters=drawn.clusters,
        unseen=np.array([target[chance <= 0.0].sum() for (_, target, _), chance in zip(rows, chances, strict=True)]),
        predicted=np.array([each[at] for (_, _, at), each in zip(rows, guess, strict=True)]) if predicts else None,
        promised=np.array([target @ each for (_, target, _), each in zip(rows, guess, strict=True)]) if predicts else None)


def _chances(item: DecidedItem) -> np.ndarray:
    return item.propensity if item.propensity is not None else np.zeros(len(item.owners))


def _known_guess(item: DecidedItem) -> np.ndarray:
    return item.guess if item.guess is not None else np.full(len(item.owners), np.nan)


def _turned(one: Estimate) -> Estimate:
    return replace(one, value=-one.value, low=None if one.high is None else -one.high, high=None if one.low is None else -one.low)


def _split(tried: DecidedItems, first: np.ndarray, chance: np.ndarray, found: Compared) -> Split | None:
    """The shift-share split of a randomised lift, None where there is no lift to split."""
    if found.lift.answer != "yes":
        return None
    known = np.isfinite(tried.column("success"))
    expected = tried.column("expected")[known]
    quality = np.zeros(len(expected))
    if np.isfinite(expected).all():
        inside = np.clip(expected, 1e-6, 1.0 - 1e-6)
        quality = np.log(inside / (1.0 - inside))
    t, c = first[known].astype(float), chance[known]
    return shift_share(tried.column("success")[known], quality, tried.column("owner_id")[known], t / c, (1.0 - t) / (1.0 - c),
                       {name: codes[known] for name, codes in tried.clusters.items()})


def lift_in_points(one: Estimate) -> str:
    """A lift in points of success, with its interval."""
    if one.low is None or one.high is None:
        return f"{100 * one.value:+.2f} points, no interval" if np.isfinite(one.value) else "no figure"
    return f"{100 * one.value:+.2f} points [{100 * one.low:+.2f}, {100 * one.high:+.2f}]"
