"""How wide, and how true, the intervals of the benefit report are: simulated companies whose truth is known.

About 100 owners, 9 eligible; champion and challenger each rank by the true chance with an error of their own. What is told is the
spread of the estimates over the runs, the mean standard error reported, and how often the 95 % interval holds the truth.
"""
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from serving.ranking.layers import sigmoid
from training.judge.clustered import Estimate, estimate
from training.judge.off_policy import LoggedChoices, estimators, off_policy
from training.judge.randomised import compare
from training.judge.shift_share import shift_share

OWNERS, ELIGIBLE, A_DAY = 100, 9, 100
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class SimulatedItems:
    """n items with their slates: true chances (n x 9), what each model ranks first, the item's own log-odds."""

    owners: np.ndarray
    chance: np.ndarray
    champion: np.ndarray
    challenger: np.ndarray
    quality: np.ndarray
    random: np.random.Generator

    @property
    def rows(self) -> np.ndarray:
        """0, 1, ... n - 1."""
        return np.arange(len(self.quality))

    @property
    def lift(self) -> float:
        """What the challenger truly has over the champion, per item."""
        return float((self.chance[self.rows, self.challenger] - self.chance[self.rows, self.champion]).mean())

    def outcome(self, taken: np.ndarray) -> np.ndarray:
        """Successes with whoever was taken."""
        return (self.random.random(len(taken)) < self.chance[self.rows, taken]).astype(float)

    def clusters(self, taken: np.ndarray) -> dict[str, np.ndarray]:
        """Days of a hundred items, and the owners."""
        return {"day": self.rows // A_DAY, "owner": self.owners[self.rows, taken]}


def simulated(seed: int, items: int, *, skill: float = 0.3, fit: float = 0.4, error: float = 0.25,
              same: bool = False) -> SimulatedItems:
    """A company; `same`: champion and challenger are equally good, so that the true lift is nearly nothing."""
    random = np.random.default_rng(seed)
    owners = random.permuted(np.tile(np.arange(OWNERS), (items, 1)), axis=1)[:, :ELIGIBLE]
    kind, quality = random.integers(0, 8, items), random.normal(-2.3, 0.8, items)
    merit = random.normal(0, skill, OWNERS)[owners] + random.normal(0, fit, (OWNERS, 8))[owners, kind[:, None]]
    first = (merit + random.normal(0, error, merit.shape)).argmax(axis=1)
    second = (merit + random.normal(0, error if same else 0.6 * error, merit.shape)).argmax(axis=1)
    return SimulatedItems(owners=owners, chance=sigmoid(quality[:, None] + merit), champion=first, challenger=second,
                          quality=quality, random=random)


def by_coin(world: SimulatedItems, chance: float = 0.5) -> Estimate:
    """The challenger's lift by a coin where both differ."""
    differ = world.champion != world.challenger
    theirs = world.random.random(len(differ)) < chance
    taken = np.where(differ & theirs, world.challenger, world.champion)
    clusters = {name: codes[differ] for name, codes in world.clusters(taken).items()}
    return compare(world.outcome(taken)[differ], theirs[differ], np.full(int(differ.sum()), chance), clusters,
                   sigmoid(world.quality)[differ], scale=float(differ.mean())).lift


def explored(world: SimulatedItems, share: float = 0.05) -> LoggedChoices:
    """The champion's log with so much exploration, seen from the challenger's first."""
    rows, shape = world.rows, world.chance.shape
    pi = np.full(shape, share / (ELIGIBLE - 1))
    pi[rows, world.champion] = 1.0 - share
    taken = (np.cumsum(pi, axis=1) < world.random.random((len(rows), 1))).sum(axis=1).clip(0, ELIGIBLE - 1)
    guess = sigmoid(world.quality)
    return LoggedChoices(reward=world.outcome(taken), propensity=pi[rows, taken],
                         target=(taken == world.challenger).astype(float), could_differ=world.champion != world.challenger,
                         clusters=world.clusters(taken), predicted=guess, promised=guess)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One way over all runs, in points: spread of the estimates, standard error reported, how often the interval holds."""

    way: str
    runs: int
    spread: float
    error: float
    covers: float
    said: float

    def as_json(self) -> dict[str, object]:
        """As data."""
        return asdict(self)


def measured(way: str, found: Sequence[tuple[Estimate, float]], said: float) -> Measured:
    """The figures of one way; `said`: the share of runs in which the product gives an interval, or announces a benefit."""
    misses = np.array([one.value - truth for one, truth in found])
    holds = [one.low is not None and one.high is not None and one.low <= truth <= one.high for one, truth in found]
    return Measured(way=way, runs=len(found), spread=100 * float(misses.std()), said=said, covers=float(np.mean(holds)),
                    error=100 * float(np.mean([one.error or 0.0 for one, _ in found])))


def precision(runs: int, items: int, share: float, say: Say) -> list[Measured]:
    """Coin and off-policy on the same companies."""
    coins, ways, allowed = [], {}, 0
    for seed in range(runs):
        if seed % 20 == 0:
            say(f"company {seed} of {runs}")
        world = simulated(seed, items)
        coins.append((by_coin(world), world.lift))
        logged = explored(world, share)
        worth = float(world.chance[world.rows, world.challenger].mean())
        allowed += off_policy(logged).value["DR"].refused is None
        for way, one in estimators(logged).items():
            ways.setdefault(way, []).append((estimate(one, logged.clusters), worth))
    return [measured("coin", coins, 1.0), *(measured(way, found, allowed / runs) for way, found in ways.items())]


def announced(runs: int, items: int) -> list[Measured]:
    """A/A: two models of the same worth, and owners alike in all but name; `said` is the share that hears of a benefit."""
    found = []
    for seed in range(runs):
        world = simulated(10_000 + seed, items, skill=0.0, fit=0.0, same=True)
        found.append((by_coin(world), world.lift))
    return [measured("coin, both alike", found, float(np.mean([one.answer == "yes" for one, _ in found])))]


def split(runs: int, items: int, *, skill: float, fit: float) -> dict[str, float]:
    """The best against turns, a fifth held back: lift as a share of the rate, and what of it is told to be matching."""
    lifts, shares = [], []
    for seed in range(runs):
        world = simulated(20_000 + seed, items, skill=skill, fit=fit, error=0.0)
        held = world.random.random(items) < 0.2
        taken = np.where(held, world.random.integers(0, ELIGIBLE, items), world.champion)
        success = world.outcome(taken)
        found = shift_share(success, world.quality, world.clusters(taken)["owner"], (~held).astype(float), held.astype(float),
                            world.clusters(taken))
        lifts.append(float(success[~held].mean() / success[held].mean() - 1.0))
        shares.append(found.matching_share)
    told = [share for share in shares if share is not None]
    return {"skill": skill, "fit": fit, "lift": float(np.mean(lifts)), "matching": float(np.mean(told)) if told else float("nan"),
            "told 0 %": sum(share == 0.0 for share in shares) / runs}


def lines(found: Sequence[Measured], alike: Sequence[Measured], splits: Sequence[dict[str, float]], items: int,
          share: float) -> list[str]:
    """All figures as text."""
    head = f"{'':18}{'runs':>6}{'spread':>9}{'s.e.':>8}{'covers':>9}"
    world = simulated(0, items)
    return [f"{items:,} items, {OWNERS} owners, {ELIGIBLE} eligible, {share:.0%} explored; points of success per item",
            f"{world.chance[world.rows, world.champion].mean():.1%} of the champion's items succeed; the challenger picks "
            f"another owner for {(world.champion != world.challenger).mean():.0%} of them",
            f"{head}{'interval given':>17}",
            *map(_row, found), "",
            f"{head}{'benefit told':>17}",
            *map(_row, alike), "",
            *(f"owners differ by skill {one['skill']:g}, fit {one['fit']:g}: lift {one['lift']:+.0%}, of it matching "
              f"{one['matching']:.0%}; told 0 % matching in {one['told 0 %']:.0%} of runs" for one in splits)]


def _row(one: Measured) -> str:
    return f"{one.way:18}{one.runs:6}{one.spread:9.2f}{one.error:8.2f}{one.covers:9.3f}{one.said:17.3f}"
