"""`learn = "agreement"`: who ended up owning such items, by LightGBM lambdarank on slates; shipped only where it beats counting.

The label is the final owner among those eligible, an item's slate is the group. Agreement with the past is no benefit: it says
whom the company has had do such items, not who does them well. What counting reaches (the most frequent final owner of the
finest combination of attributes that says enough, with back-off) is the floor: learnt anew as of moments of the past, on what
was assigned after them the ranking must put the final owner higher, or it abstains and says what counting reaches.

Owners are told apart by how often they had such items: `familiarity`; and where every settled item is a success that hardly
anybody expected, the effects are decayed counts too, in general and by the attributes that the counts take.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import lightgbm
import numpy as np
from scipy.optimize import minimize

from features.catalogue import COUNTING, catalogue, catalogue_digest, is_protected, numeric_owner_columns
from features.plan import EffectSettings, FeaturePlan, FoldPlan
from rules.errors import Refused
from rules.model import Moment
from rules.progress import Progress
from rules.routing.territory import find_route
from serving.ranking.bundle import NO_SIGNAL, SIGNAL, BundleParts, raw_scores
from serving.ranking.layers import Linear, sigmoid
from training.learn.backtest import find_origins
from training.learn.boosting import DETERMINISTIC, LAST_SHARE
from training.learn.choosing import LayerChoice
from training.learn.counts import Counts, fit_counts, most_frequent
from training.learn.dataset import days
from training.learn.fit import GOLDEN_ROWS, TAU, Learned, PairLayers, ranges, training_digest_of
from training.learn.linear import HALFWAY, LEFT_OUT, column_signs, learn_filling
from training.learn.metrics import CANNOT_TELL, YES, Interval, paired_gain
from training.learn.pairs import MIN_FIT, MIN_JUDGED, PairTable
from training.learn.preparing import PreparedRows
from training.learn.quality import Prequential, Quality
from training.learn.signal import TOO_SHORT, SignalVerdict
from training.learn.slates import Slates, of_expected, of_ranks, slates_of
from training.learn.source import Source

#: Under such an expectation and strengths an effect is n / (1 + n / 1000) of n items, and what a team had says nothing.
EXPECTED, COUNTS = 0.001, EffectSettings(k_owner=1.0, k_child=1.0, k_team=COUNTING)
ITEM = float(np.log(EXPECTED / (1.0 - EXPECTED)))
TEAM = "team"
MEANING = "agreement with the past, not benefit: how often the final owner was ranked so high"
#: At most so many slates are made, evenly over time; trees are tried up to so many, until so many more do not help.
MOST_SLATES, MAX_TREES, PATIENCE, RIDGE = 8_000, 200, 15, 10.0
SHAPE = {"objective": "lambdarank", "metric": "ndcg", "eval_at": [3], "learning_rate": 0.1, "num_leaves": 8, "lambda_l2": 5.0,
         "feature_fraction": 0.8, "max_bin": 127, "lambdarank_truncation_level": 10,
         "monotone_constraints_method": "intermediate"}


@dataclass(frozen=True, kw_only=True)
class Ranker:
    """The straight line, the trees on top ("" = none), and the calibration of their sum."""

    line: Linear
    text: str
    a: float
    b: float

    def scores(self, matrix: np.ndarray) -> np.ndarray:
        """What ranks each row."""
        expanded = self.line.expand(matrix)
        trees = raw_scores(lightgbm.Booster(model_str=self.text), expanded) if self.text else 0.0
        return self.line.log_odds(expanded) + trees


@dataclass(frozen=True, kw_only=True)
class AgreementReport:
    """What ranking reaches on later items beside counting; ranks of the final owner by slate (n), all learnt at the origins.

    `gains`: mean of 1 / rank over `counts`, over the `most frequent`, over `chance`; `by`: the attributes that counts go by.
    """

    origins: tuple[datetime, ...]
    fitted: int
    by: tuple[str, ...]
    ranks: Mapping[str, np.ndarray]
    sizes: np.ndarray
    eligible_share: float
    least: int
    most: int
    gains: Mapping[str, Interval]

    def __len__(self) -> int:
        return len(self.sizes)

    def as_json(self) -> dict[str, object]:
        """As `evaluate --json` gives it."""
        baselines = {"owner_by_chance": of_expected(1.0 / self.sizes),
                     "owner_most_frequent": of_ranks(self.ranks["most frequent"]),
                     "owner_counts": {**of_ranks(self.ranks["counts"]), "by": list(self.by)}}
        return {**of_ranks(self.ranks["ranking"]), "ranked": len(self), "eligible_share": self.eligible_share,
                "slate_least": self.least, "slate_most": self.most, "meaning": MEANING, "baselines": baselines}

    def as_metrics(self) -> dict[str, float]:
        """As single figures."""
        found = {f"agreement_{name}": value for name, value in of_ranks(self.ranks["ranking"]).items()}
        for name, gain in self.gains.items():
            key = f"agreement_over_{name.replace(' ', '_')}"
            found |= {key: gain.value, f"{key}_low": gain.low, f"{key}_high": gain.high}
        return found

    def as_judged(self) -> dict[str, object]:
        """What a bundle keeps of it."""
        return {"rows": len(self), "origins": [origin.isoformat() for origin in self.origins],
                "gains": {f"agreement over {name}": [gain.value, gain.low, gain.high] for name, gain in self.gains.items()}}


def learn_agreement(source: Source, progress: Progress,
                    split: datetime | None = None) -> tuple[Learned, AgreementReport | None, SignalVerdict]:
    """Learn from all of it what is shipped, judge the same learning at moments of the past, or at one `split` alone.

    Refused where rows are too few.
    """
    made = _SlateMaker(source, progress)
    settled = np.flatnonzero(source.table.settled)
    if len(settled) < MIN_FIT:
        raise _too_few(source, "", len(settled))
    plan, slates = made.slates(made.counts(settled))
    if len(slates) < MIN_FIT:
        raise _too_few(source, f", {len(slates)} of them among two or more who are eligible by the book", len(settled))
    progress("learning who owned such items")
    ranker = fit_ranker(slates, plan)
    report = _judge(made, split)
    verdict = _verdict(report)
    return _learned(source, plan, slates, ranker, verdict, report), report, verdict


def _too_few(source: Source, more: str, settled: int) -> Refused:
    kind = source.objective.kind
    return Refused(f"objective `{kind}` has {settled} settled items with a final owner{more}; expected {MIN_FIT}: "
                   "import more history, or check `horizon` and the teams in memberships.csv")


class _SlateMaker:
    """The slates of one log, folded once for each plan that is asked for."""

    def __init__(self, source: Source, progress: Progress):
        self.source, self.progress = source, progress
        self.items = [one.item for one in source.table.assignments]
        self._made: dict[FeaturePlan, Slates] = {}
        settled = np.flatnonzero(source.table.settled)
        self.rows = settled[np.unique(np.linspace(0, len(settled) - 1, MOST_SLATES).astype(int))] if len(settled) else settled

    def counts(self, rows: np.ndarray) -> Counts:
        """What counting the final owners of some assignments tells."""
        target, source = self.source.table.owner[rows], self.source
        return fit_counts([self.items[row] for row in rows], target, source.book, {TEAM: self.team[rows]})

    def told(self, counts: Counts, rows: np.ndarray) -> list[np.ndarray]:
        """The share of every owner among those who had such items of the team, by assignment."""
        return [counts.of_values(self.kind(counts, row)) for row in rows]

    def kind(self, counts: Counts, row: int) -> tuple[object, ...]:
        """The item's values of what counts go by."""
        return (self.team[row], *(self.items[row].value(name) for name in counts.attributes[1:]))

    @cached_property
    def team(self) -> np.ndarray:
        """By assignment a code of the team that the book sends the item to: what is known before anybody has it."""
        source, codes = self.source, dict[str | None, int]()
        found = (find_route(source.book, one.item, source.directory, Moment(at=one.assigned_at)).route.team
                 for one in source.table.assignments)
        return np.array([codes.setdefault(team, len(codes)) for team in found], dtype=np.int64)

    def slates(self, counts: Counts) -> tuple[FeaturePlan, Slates]:
        """The plan whose attributes are those of the counts, and its slates."""
        source = self.source
        plan = FeaturePlan(objective=source.objective.kind, set_aside=source.card.set_aside,
                           effects=COUNTS,
                           dimensions=tuple(name for name in counts.attributes[1:] if not is_protected(name, of_item=True)),
                           owner_columns=numeric_owner_columns(source.directory, source.settings.policy.protected))
        if plan not in self._made:
            words = "folding the log into slates"
            self.progress(words)
            self._made[plan] = slates_of(source, fold_of(source, plan), plan, self.rows, expectations_of(source),
                                         lambda done, of: self.progress(f"{words}: {done} of {of}"))
        return plan, self._made[plan]


def fold_of(source: Source, plan: FeaturePlan) -> FoldPlan:
    """The fold that a plan is read from."""
    return FoldPlan(objectives=tuple(source.settings.objectives.values()), dimensions=((plan.objective, plan.dimensions),),
                    half_life_days=plan.effects.half_life_days, set_aside=plan.set_aside_of)


def expectations_of(source: Source) -> dict[str, float]:
    """Of every assignment the expectation by which effects count."""
    return dict.fromkeys((one.assignment_id for one in source.table.assignments), float(sigmoid(np.array(ITEM))))


def fit_ranker(slates: Slates, plan: FeaturePlan) -> Ranker:
    """A straight line, then trees on top where they help, under the features' signs.

    How many trees, whether any, and the calibration by the last 15 % of slates; then fitted on all.
    """
    signs = [one.sign for one in catalogue(plan)]
    cut = int(len(slates) * (1.0 - LAST_SHARE))
    early, late = slates.at(np.arange(cut)), slates.at(np.arange(cut, len(slates)))
    line = fit_line(early, plan)
    probe = _trees(early, line, signs, late)
    seen = line.expand(late.matrix)
    plain, boosted = line.log_odds(seen), line.log_odds(seen) + raw_scores(probe, seen)
    helps = float(np.mean(1.0 / late.ranks(boosted))) > float(np.mean(1.0 / late.ranks(plain)))
    a, b = _calibrated(boosted if helps else plain, late.label)
    line = fit_line(slates, plan)
    text = _trees(slates, line, signs, max(1, probe.best_iteration)).model_to_string() if helps else ""
    return Ranker(line=line, text=text, a=a, b=b)


def fit_line(slates: Slates, plan: FeaturePlan) -> Linear:
    """A conditional logit: the final owner among those of the slate, by a straight line under the features' signs."""
    features = catalogue(plan)
    means = dict(zip((one.name for one in features), np.nan_to_num(slates.matrix).mean(axis=0).tolist(), strict=True))
    counted = {name: max(mean, 1e-3) for name, mean in means.items() if name == "familiarity" or name.startswith("effect_")}
    filling = learn_filling(slates.matrix, list(means), {**HALFWAY, **counted})
    expanded = filling.expand(slates.matrix)
    mean, spread = expanded.mean(axis=0), expanded.std(axis=0)
    alive = (spread > 1e-9) & np.array([name not in LEFT_OUT for name in filling.names])
    scale = np.where(alive, spread, 1.0)
    standard, starts, sizes = (expanded - mean) / scale * alive, slates.starts, slates.sizes
    final = standard[starts + slates.final].sum(axis=0)
    bounds = [{1: (0.0, None), -1: (None, 0.0)}.get(sign, (None, None)) if live else (0.0, 0.0)
              for sign, live in zip(column_signs(filling, [one.sign for one in features]), alive, strict=True)]

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        z = standard @ theta
        top = np.maximum.reduceat(z, starts)
        chances = np.exp(z - np.repeat(top, sizes))
        total = np.add.reduceat(chances, starts)
        loss = np.sum(np.log(total) + top) - final @ theta + 0.5 * RIDGE * theta @ theta
        pull = standard.T @ (chances / np.repeat(total, sizes)) - final + RIDGE * theta
        return float(loss) / len(slates), pull / len(slates)

    found = minimize(objective, np.zeros(len(scale)), jac=True, method="L-BFGS-B", bounds=bounds)
    return replace(filling, coef=found.x / scale, mean=mean)


def _trees(slates: Slates, line: Linear, signs: Sequence[int], until: Slates | int) -> lightgbm.Booster:
    """Lambdarank on what the line leaves: so many trees, or until these later slates are ranked no better."""
    params = DETERMINISTIC | SHAPE | {"min_data_in_leaf": max(50, len(slates.owner) // 500),
                                      "monotone_constraints": list(column_signs(line, signs))}

    def dataset(part: Slates) -> lightgbm.Dataset:
        expanded = line.expand(part.matrix)
        return lightgbm.Dataset(expanded, label=part.label, group=part.sizes, init_score=line.log_odds(expanded), params=params,
                                free_raw_data=False, feature_name=[f"f{index}" for index in range(len(line.names))])

    if isinstance(until, int):
        return lightgbm.train(params, dataset(slates), num_boost_round=until)
    return lightgbm.train(params, dataset(slates), num_boost_round=MAX_TREES, valid_sets=[dataset(until)],
                          callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)])


def _calibrated(z: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """a and b of P(final owner) = sigmoid(a + b*z), b above 0."""
    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        at = theta[0] + theta[1] * z
        pull = 1.0 / (1.0 + np.exp(-at)) - y
        return float(np.mean(np.logaddexp(0.0, at) - y * at)), np.array([pull.mean(), (pull * z).mean()])

    start = np.array([np.log(y.mean() / (1.0 - y.mean())), 1.0])
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=[(None, None), (0.05, None)]).x
    return float(found[0]), float(found[1])


def _judge(made: _SlateMaker, split: datetime | None) -> AgreementReport | None:
    """Learn at each origin, from what was settled before it, and rank the slates of what came until the next."""
    source, table = made.source, made.source.table
    origins, told = find_origins(source, split), []
    for origin, until in zip(origins, (*origins[1:], None), strict=True):
        made.progress(f"trying it as of {origin:%Y-%m-%d}")
        counts = made.counts(before := np.flatnonzero(table.settled_day < days(origin)))
        if len(before) < MIN_FIT:
            continue
        plan, slates = made.slates(counts)
        end = np.inf if until is None else days(until)
        fit = slates.at(np.flatnonzero(table.settled_day[slates.rows] < days(origin)))
        later = slates.at(np.flatnonzero((table.day[slates.rows] >= days(origin)) & (table.day[slates.rows] < end)))
        if len(fit) < MIN_FIT or len(later) < MIN_JUDGED:
            continue
        plain = most_frequent(table.owner[before], len(table.owners))
        told.append((origin, fit, later, counts, {
            "ranking": later.ranks(fit_ranker(fit, plan).scores(later.matrix)),
            "counts": later.ranks(_shares(later, made.told(counts, later.rows))),
            "most frequent": later.ranks(_shares(later, [plain] * len(later)))}))
    if not told:
        return None
    ranks = {name: np.concatenate([one[4][name] for one in told]) for name in told[0][4]}
    rows, sizes = (np.concatenate([getattr(one[2], name) for one in told]) for name in ("rows", "sizes"))
    kinds = np.concatenate([_kinds(made, one[2].rows, one[3]) for one in told])
    clusters = (np.floor(table.day[rows]), np.unique(kinds, return_inverse=True)[1])
    by_chance = np.array([np.mean(1.0 / np.arange(1, size + 1)) for size in sizes.tolist()])
    worse = {"counts": 1.0 / ranks["counts"], "most frequent": 1.0 / ranks["most frequent"], "chance": by_chance}
    whole = told[-1][2]
    return AgreementReport(
        origins=tuple(one[0] for one in told), fitted=len(told[0][1]), by=told[-1][3].attributes, ranks=ranks, sizes=sizes,
        eligible_share=whole.eligible / max(whole.asked, 1), least=whole.least, most=whole.most,
        gains={name: paired_gain(1.0 / ranks["ranking"], other, *clusters) for name, other in worse.items()})


def _kinds(made: _SlateMaker, rows: np.ndarray, counts: Counts) -> list[str]:
    """Which items err together beside those of a day: those that counting holds for alike.

    Not those of one owner: whom a ranking moves up it moves others down for, so that owners' gains are no draws of their own.
    """
    return [repr(made.kind(counts, row)) for row in rows.tolist()]


def _shares(slates: Slates, told: Sequence[np.ndarray]) -> np.ndarray:
    """By row of the slates the share of its owner, 0 for whom counting does not know."""
    found = np.zeros(len(slates.owner))
    for start, size, shares in zip(slates.starts.tolist(), slates.sizes.tolist(), told, strict=True):
        owners = slates.owner[start:start + size]
        known = (owners >= 0) & (owners < len(shares))
        found[start:start + size][known] = shares[owners[known]]
    return found


def _verdict(report: AgreementReport | None) -> SignalVerdict:
    """It ranks where it surely puts the final owner higher than counting and than chance."""
    if report is None:
        return SignalVerdict(signal=NO_SIGNAL, reason=f"{TOO_SHORT}; {MEANING}")
    tops = {name: f"{np.mean(ranks <= 1):.1%}" for name, ranks in report.ranks.items()}
    by = f"counts by {', '.join(report.by)}" if report.by else "counts"
    told = (f"{MEANING}; on {len(report)} later items the final owner comes first in {tops['ranking']}, by {by} in "
            f"{tops['counts']}, by the most frequent in {tops['most frequent']}; mean 1 / rank gained "
            + ", ".join(f"over {name} {gain} ({gain.answer})" for name, gain in report.gains.items()))
    answers = [gain.answer for gain in report.gains.values()]
    if all(answer == YES for answer in answers):
        return SignalVerdict(signal=SIGNAL, reason=told, answer=YES)
    answer = CANNOT_TELL if CANNOT_TELL in answers else next(one for one in answers if one != YES)
    return SignalVerdict(signal=NO_SIGNAL, reason=f"it puts the final owner no higher than {by} do; {told}", answer=answer)


def _learned(source: Source, plan: FeaturePlan, slates: Slates, ranker: Ranker, verdict: SignalVerdict,
             report: AgreementReport | None) -> Learned:
    """The parts of a bundle, and the rows of the final owners in the shape of any training."""
    table, features = source.table, catalogue(plan)
    places, zeros = slates.rows, np.zeros(len(table))
    matrix = np.full((len(table), len(features)), np.nan)
    matrix[places] = slates.matrix[slates.starts + slates.final]
    pairs = PairTable(features=tuple(one.name for one in features), signs=tuple(one.sign for one in features),
                      matrix=matrix[places], m=zeros[places], known_m=zeros[places], y=table.y[places], day=table.day[places],
                      settled_day=table.settled_day[places], owner=table.owner[places],
                      quasi_random=table.quasi_random[places])
    then = Prequential(m=zeros + ITEM, shift=zeros, warm_up=zeros.astype(bool), first_day=0.0, plain=True, latest=False)
    prepared = PreparedRows(**{name: getattr(source, name) for name in Source.__dataclass_fields__}, fields=(),
                            items=np.zeros((len(table), 0)), then=then, quality=Quality(init=ITEM, text=""), plan=plan,
                            fold=fold_of(source, plan), components=(), matrix=matrix, pairs=pairs, places=places,
                            later_m=zeros[:0], later_matrix=matrix[:0], folded=None)
    golden = np.unique(np.linspace(0, len(slates.owner) - 1, GOLDEN_ROWS).astype(int))
    low, high = ranges(slates.matrix, ranker.line)
    slate_table = replace(pairs, matrix=slates.matrix, y=slates.label)
    parts = BundleParts(
        objective=plan.objective, plan=plan, features=pairs.features, catalogue_digest=catalogue_digest(features), item_fields=(),
        linear=ranker.line, pair_text=ranker.text, quality_text="", quality_init=ITEM,
        a=ranker.a - ranker.b * ITEM, b=ranker.b, tau=TAU, signal=verdict.signal,
        signal_reason=verdict.reason, judged=None if report is None else report.as_judged(), range_low=low, range_high=high,
        training_digest=training_digest_of(slate_table, prepared.items[places]), golden_matrix=slates.matrix[golden],
        golden_items=np.zeros((len(golden), 0)))
    return Learned(prepared=prepared, choice=LayerChoice(), layers=PairLayers(line=ranker.line, trees=ranker.text), parts=parts)
