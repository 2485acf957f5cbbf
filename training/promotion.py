"""Which bundle ranks from now on: promote after the checks that must hold, or go back to the one before.

The store's champion row decides and MLflow's alias follows. Conditions that are not built, or that the log cannot answer yet,
are named `not run` with the reason: they are never taken for passed.
"""
from dataclasses import asdict, dataclass

from features.catalogue import counts_items
from rules.errors import Refused
from serving.ranking.bundle import Bundle, bundle_path, load_bundle
from serving.runtime.workspace import Workspace
from training.judge.benefit import BenefitAnswer, judged, lift_in_points
from training.judge.decided_items import read_items
from training.judge.off_policy import LEAST_INFORMATIVE
from training.learn.objective import pick_objective
from training.registry import find_version, follow_champion

#: What a challenger will have to pass besides; each is said to be not run until it is built.
NOT_RUN = ("worlds", "fairness audit", "approvals")
#: What it showed on the items on which it met the champion. Where the coin tells, the screen does not count.
SHADOW, SCREEN, COIN = "shadow", "off-policy screen", "coin"
#: What a predictor must not be worse than out of time: the gain that tells, and the words for it.
RIVALS = {"pair over constant": "a constant", "pair": "the item alone", "pair over effects": "owner effects alone",
          "pair over placebo": "permuted owners"}
COUNTING = {"agreement over counts": "counting who had such items", "agreement over chance": "chance"}
WORSE = "worse"


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One condition of a promotion: `pass`, `cannot tell`, `worse`, each with its figure where there is one, or `not run`."""

    name: str
    verdict: str

    @property
    def told(self) -> str:
        """The verdict alone, without its figure."""
        return next(word for word in ("pass", "cannot tell", WORSE, "not run") if self.verdict.startswith(word))


@dataclass(frozen=True, kw_only=True, slots=True)
class Promotion:
    """Who ranks now, who did before, and what was checked."""

    objective: str
    version: str
    bundle_hash: str
    before: str | None
    signal: str
    conditions: tuple[Condition, ...]

    def as_json(self) -> dict[str, object]:
        """As printed with --json."""
        return {"objective": self.objective, "version": self.version, "bundle": self.bundle_hash, "before": self.before,
                "signal": self.signal, "conditions": [asdict(condition) for condition in self.conditions]}


def promote(workspace: Workspace, wanted: str, objective: str | None = None, *, actor: str) -> Promotion:
    """Let a version rank from now on; BundleError when its files or golden scores do not hold.

    Refused where it found an owner signal and yet is worse out of time than a constant, the item alone, the owner effects
    alone or permuted owners; and where it met the champion and lost to it, by the coin, or by the screen where no coin tells.
    A rollback is not held up by that.
    """
    kind = pick_objective(workspace.settings.objectives, objective).kind
    version = find_version(workspace, kind, wanted)
    return _put_in_force(workspace, kind, version.number, version.bundle_hash, actor, gated=True)


def rollback(workspace: Workspace, objective: str | None = None, *, actor: str) -> Promotion:
    """Let the bundle before the present one rank again, after the same checks."""
    kind = pick_objective(workspace.settings.objectives, objective).kind
    before = workspace.store.active_before(f"champion:{kind}")
    if before is None:
        raise Refused(f"there is no earlier champion of `{kind}` to go back to; `rightful models` lists the versions")
    return _put_in_force(workspace, kind, find_version(workspace, kind, before).number, before, actor, gated=False)


def challenge(workspace: Workspace, wanted: str, objective: str | None = None, *, actor: str,
              shadow: bool = False) -> str | None:
    """Let a version meet the champion: asked of every item that the champion decides, on a coin where they disagree.

    `none` ends it. In shadow both are logged and no coin is flipped. The bundle's hash; Refused where there is no champion, where
    it is the champion, or has no owner signal.
    """
    kind = pick_objective(workspace.settings.objectives, objective).kind
    if wanted == "none":
        workspace.store.set_challenger(kind, None, actor)
        return None
    version = find_version(workspace, kind, wanted)
    champion, bundle = workspace.store.champion(kind), check(workspace, kind, version.bundle_hash)
    if champion is None or champion == bundle.hash:
        raise Refused(f"version {version.number} " + ("is the champion" if champion else "meets nobody: there is no champion")
                      + f" of `{kind}`; promote one with `rightful promote` and let another version challenge it")
    if not bundle.has_signal:
        raise Refused(f"version {version.number} found {bundle.signal}: it would decide nothing; take one that ranks")
    workspace.store.set_challenger(kind, bundle.hash, actor, shadow=shadow)
    return bundle.hash


def retire(workspace: Workspace, objective: str | None = None, *, actor: str) -> None:
    """Let no model rank a kind of item from now on: it goes by turns until another is promoted."""
    kind = pick_objective(workspace.settings.objectives, objective).kind
    workspace.store.set_champion(kind, "", actor)


def _put_in_force(workspace: Workspace, kind: str, number: str, bundle_hash: str, actor: str, *, gated: bool) -> Promotion:
    bundle = check(workspace, kind, bundle_hash)
    conditions = gate(workspace, bundle)
    worse = lost(conditions)
    if gated and worse is not None and bundle.has_signal:
        unit = "" if worse.name in (SCREEN, COIN) else " log loss per later row"
        raise Refused(f"bundle `{bundle.hash}` is not promoted. {worse.name}: {worse.verdict}{unit}, with 95 % interval; "
                      "expected one that is not wholly below 0. Keep the champion, or train on a longer log")
    before = workspace.store.champion(kind)
    workspace.store.set_champion(kind, bundle_hash, actor)
    follow_champion(workspace, kind)
    return Promotion(objective=kind, version=number, bundle_hash=bundle_hash, before=before, signal=bundle.signal,
                     conditions=conditions)


def gate(workspace: Workspace, bundle: Bundle) -> tuple[Condition, ...]:
    """Every condition of a promotion with what is known of it now, of a bundle that was checked."""
    passed = ("data admission", "hashes", "golden scores")
    return (*(Condition(name=name, verdict="pass") for name in passed), *judged_out_of_time(bundle),
            *judged_beside_champion(workspace, bundle), *(Condition(name=name, verdict="not run") for name in NOT_RUN))


def lost(conditions: tuple[Condition, ...]) -> Condition | None:
    """The first condition that forbids a promotion; a screen is overruled by a coin that tells."""
    by_coin = next((one for one in conditions if one.name == COIN), None)
    coin_tells = by_coin is not None and by_coin.told in ("pass", WORSE)
    return next((one for one in conditions if one.told == WORSE and not (one.name == SCREEN and coin_tells)), None)


def judged_beside_champion(workspace: Workspace, bundle: Bundle) -> tuple[Condition, ...]:
    """What a bundle showed on the champion's items that it ranked beside it: in shadow, by logged chances, and by the coin."""
    goal, champion = workspace.settings.objectives[bundle.objective], workspace.store.champion(bundle.objective)
    missing = ("no champion ranks yet" if champion is None else "it is the champion" if champion == bundle.hash else
               f"the objective learns {goal.learn}, which no outcome can judge" if goal.learn != "outcome" else None)
    if missing is not None:
        return tuple(Condition(name=name, verdict=f"not run, {missing}") for name in (SHADOW, SCREEN, COIN))
    decided = read_items(workspace, goal)
    met = decided.where(item.coin is not None and item.coin.challenger == bundle.hash for item in decided.items)
    if not met.items:
        words = (f"not run, it ranked none of the champion's {len(decided.items)} items; let it meet the champion with "
                 "`rightful challenge`")
        return tuple(Condition(name=name, verdict=words) for name in (SHADOW, SCREEN, COIN))
    differ = sum(item.coin is not None and item.coin.champion_pick != item.coin.challenger_pick for item in met.items)
    enough = "pass" if len(met.items) >= LEAST_INFORMATIVE else f"cannot tell, expected {LEAST_INFORMATIVE} items"
    found = judged(met, bundle.objective)
    names = ((SCREEN, "challenger over champion"), (COIN, "coin"))
    return (Condition(name=SHADOW, verdict=f"{enough}, ranked {len(met.items)} items beside the champion, another first on "
                                           f"{differ / len(met.items):.0%}"),
            *(Condition(name=name, verdict=_of_lift(found.of(asked), found.refused.get(asked))) for name, asked in names))


def _of_lift(found: BenefitAnswer | None, refused: str | None) -> str:
    if found is None:
        return f"not run, {refused}"
    lift = found.lift
    if lift.low is None or lift.high is None:
        return f"cannot tell, {lift.refused}"
    return f"{'pass' if lift.low > 0 else WORSE if lift.high < 0 else 'cannot tell'}, {lift_in_points(lift)} per item"


def judged_out_of_time(bundle: Bundle) -> tuple[Condition, ...]:
    """Whether it does as well as its rivals on later rows: pass, cannot tell, or worse where the interval lies below 0."""
    if bundle.judged is None:
        return (Condition(name="backtest", verdict="not run"),)
    found = []
    for name, rival in (COUNTING if counts_items(bundle.plan) else RIVALS).items():
        value, low, high = bundle.judged["gains"][name]
        words = "pass" if low > 0 else "cannot tell" if high >= 0 else WORSE
        figure = f"{value:+.5f} [{low:+.5f}, {high:+.5f}]"
        found.append(Condition(name=f"backtest: no worse than {rival}", verdict=f"{words}, {figure}"))
    return tuple(found)


def check(workspace: Workspace, kind: str, bundle_hash: str) -> Bundle:
    """Hashes, a first parse in a child process, golden scores, and that training admitted the data and kept its word."""
    bundle = load_bundle(bundle_path(workspace.bundles, bundle_hash), check_in_child=True)
    if bundle.objective != kind:
        raise Refused(f"bundle `{bundle_hash}` ranks `{bundle.objective}`, expected `{kind}`")
    if not workspace.store.expectations(bundle_hash):
        raise Refused(f"the store holds no expectations of bundle `{bundle_hash}`: it was not trained from this log; "
                      f"train here with `rightful train --objective {kind}`")
    return bundle
