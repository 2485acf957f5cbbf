"""Every kind of test world, the standard one and the adversarial ones: what is its own, said once and frozen.

Only the truth and the past's habits differ; rule book, people, narrowing and the learner are the real ones. A world is
never tuned to the learner: digests of each kind and of its log stand in a test.
"""
import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import orjson

from rules.digests import PREFIX
from rules.errors import Refused, nearest_name
from training.worlds.company import PERIOD_DAYS, World, build
from training.worlds.spec import WorldSpec

REFERENCE_DAY = date(2026, 11, 20)
#: Past items at which the people are as busy as in the example company; ceilings grow with the items, so that load does not.
BUSY_ITEMS = 20_000
HELD_OUT = 1_000
DECISIONS, SEEDS = (10_000, 50_000), 8


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldKind:
    """One kind: `first_seed` keeps its worlds apart from every other kind's; `ranks`: there is something to find."""

    says: str
    first_seed: int
    spec: WorldSpec
    ranks: bool = True


KINDS = {
    "standard": WorldKind(
        says="owners differ in skill, by segment, industry and product; some hand-picking", first_seed=0, spec=WorldSpec()),
    "skill only": WorldKind(
        says="some owners are better at everything, nobody is better at something", first_seed=100,
        spec=WorldSpec(owner_sd=0.5, owner_segment_sd=0.0, owner_industry_sd=0.0, owner_product_sd=0.0, drift_sd=0.0,
                       language=0.0, relationship=0.0)),
    "fit only": WorldKind(
        says="nobody is better on the whole, everybody is better at something", first_seed=200,
        spec=WorldSpec(team_sd=0.0, owner_sd=0.0, owner_segment_sd=0.4, owner_industry_sd=0.4, owner_product_sd=0.3,
                       drift_sd=0.0)),
    "no signal": WorldKind(
        says="who handles an item changes nothing, though those with a good name are given the good ones", first_seed=300,
        spec=WorldSpec(team_sd=0.0, owner_sd=0.0, owner_segment_sd=0.0, owner_industry_sd=0.0, owner_product_sd=0.0, drift_sd=0.0,
                       ramp=0.0, response_weight=0.0, load_penalty=0.0, language=0.0, relationship=0.0), ranks=False),
    "new hires": WorldKind(
        says="people come and go all the time, and beginners are much worse", first_seed=400,
        spec=WorldSpec(yearly_turnover=1.2, vacancy_days=15, ramp=-0.8)),
    "biased logging": WorldKind(
        says="all hand-picked on quality that no column shows: good items to those with a good name", first_seed=500,
        spec=WorldSpec(exploration=0.0, rotation=0.0, cherry_picking=1.0)),
    "delayed": WorldKind(
        says="outcomes take a month, with some owners much longer than with others", first_seed=600,
        spec=WorldSpec(outcome_median_days=30.0, outcome_spread=0.5, outcome_owner_sd=0.5)),
    "drift": WorldKind(
        says="owners change over the months, and so does the market", first_seed=700,
        spec=WorldSpec(owner_sd=0.2, drift_sd=0.5, market_sd=0.25)),
    "group bias 0.6": WorldKind(
        says="one group of owners was chosen at .6 of the rate of the others, whatever they can", first_seed=800,
        spec=WorldSpec(passed_over=0.6)),
    "group bias 0.8": WorldKind(says="the same at .8", first_seed=900, spec=WorldSpec(passed_over=0.8)),
    "group bias 1.0": WorldKind(says="no bias: what the two before are held against", first_seed=1000, spec=WorldSpec()),
}


def kind_of(name: str) -> WorldKind:
    """The kind of that name; Refused for an unknown one."""
    if name not in KINDS:
        near = nearest_name(name, tuple(KINDS))
        hint = f"; did you mean `{near}`?" if near else ""
        raise Refused(f"unknown kind of world `{name}`, expected one of: {', '.join(KINDS)}{hint}")
    return KINDS[name]


def make_world(folder: Path, kind: str, *, seed: int, decisions: int, held_out: int = HELD_OUT) -> World:
    """The world of a kind and a seed with so many past items, written as a workspace; the same at any hour on any machine."""
    found = kind_of(kind)
    return build(folder, reference_day=REFERENCE_DAY, seed=found.first_seed + seed, items=decisions, held_out=held_out,
                 spec=replace(found.spec, ceilings=decisions / BUSY_ITEMS), period_days=PERIOD_DAYS)


def spec_digest(kind: str) -> str:
    """What identifies a kind: every figure of its truth and of its past's habits, and where its seeds begin."""
    found = kind_of(kind)
    said = {"first_seed": found.first_seed, "ranks": found.ranks, **asdict(found.spec)}
    return PREFIX + hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def log_digest(folder: Path) -> str:
    """What identifies a generated log: every byte of history.csv."""
    return PREFIX + hashlib.sha256((folder / "history.csv").read_bytes()).hexdigest()
