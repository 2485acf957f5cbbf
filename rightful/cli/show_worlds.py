"""What `worlds run` says on paper: shares of the oracle gap by kind, verdicts, probabilities, and how far the model is ahead."""
from collections.abc import Mapping
from typing import Any

from rightful.cli.show_training import table
from training.worlds.contest import COMPOSED, EFFECTS, MODEL, RAW_RATE, RIDGE, ROTATION, UNGATED

RIVALS = (EFFECTS, RIDGE, COMPOSED, RAW_RATE, ROTATION, UNGATED)
NOTHING = "nothing to find"


def world_lines(said: Mapping[str, Any]) -> list[str]:
    """The summary of `training.worlds.summary` as lines."""
    return [line for size in said["sizes"] for line in _size_lines(size)]


def _size_lines(size: Mapping[str, Any]) -> list[str]:
    kinds = size["kinds"]
    shares = table(("kind", "worlds", "with signal", MODEL, "over the best", *RIVALS), [
        (kind["kind"], kind["worlds"], kind["with_signal"], *_shares(kind)) for kind in kinds])
    rest = table(("kind", "oracle gap", "by model", "slope", "mean", "mean of rank 1", "group", "train s", "earlier"), [
        (kind["kind"], f"{kind['oracle_gap']:.3f}", f"{kind['by_model']:.1%}", *(_plain(kind[name]) for name in (
            "slope", "mean", "mean_first", "group", "train_s", "train_s_earlier"))) for kind in kinds])
    ahead = table(("the model ahead of", "mean over kinds", "worlds", "worst in", ""), [
        (name, _text(found, sign="+"), found["worlds"], found["worst_kind"], f"{found['in_worst_kind']:+.3f}")
        for name, found in size["model_ahead_of"].items()])
    return [f"{size['decisions']:,} decisions a world: share of the oracle gap of who comes first, before exploration",
            "0 = by lot, 1 = the truly best; [95 % interval over worlds]; with nothing to find it must abstain", "",
            *shares, "", "true log-odds per log-odds said, what was said over what is true, processor seconds of training", "",
            *rest, "", *(f"a signal is announced in {found['with_signal']} of {found['worlds']} worlds with {name}"
                         for name, found in size["verdicts"].items()), "", *ahead, ""]


def _shares(kind: Mapping[str, Any]) -> tuple[str, ...]:
    shares = kind["shares"]
    if shares is None:
        return (NOTHING, "", *("" for _ in RIVALS))
    return (_text(shares[MODEL]), f"{kind['over_the_best']:+.3f}", *(f"{shares[name]['value']:.3f}" for name in RIVALS))


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _text(found: Mapping[str, Any], sign: str = "") -> str:
    if found["low"] is None:
        return f"{found['value']:{sign}.3f}"
    return f"{found['value']:{sign}.3f} [{found['low']:{sign}.3f}, {found['high']:{sign}.3f}]"
