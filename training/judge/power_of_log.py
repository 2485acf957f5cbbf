"""What a workspace's own log and settings say of the numbers that a power calculation needs."""
from collections.abc import Mapping

import numpy as np

from rules.errors import Refused
from serving.runtime.workspace import Workspace
from training.judge.decided_items import DecidedItems, read_items
from training.judge.power import PowerQuestion
from training.learn.objective import pick_objective


def question_of(workspace: Workspace, objective: str | None, given: Mapping[str, float]) -> PowerQuestion:
    """The question with what was given, else what the log tells, else the settings; Refused where nothing tells it."""
    policy, told = workspace.settings.policy, dict(given)
    if {"rate", "per_day", "disagree", "eligible"} - told.keys():
        read = read_items(workspace, pick_objective(workspace.settings.objectives, objective))
        told = {**_of_log(read), **told}
    missing = [f"--{name.replace('_', '-')}" for name in ("rate", "per_day") if name not in told]
    if missing:
        raise Refused(f"the log holds too few items that a model decided to tell {' and '.join(missing)}; name them")
    set_here = {"coin": policy.coin, "holdback": policy.holdback, "exploration": policy.exploration_share}
    return PowerQuestion(**{**{name: value for name, value in set_here.items() if 0.0 < value < 1.0}, **told})


def _of_log(read: DecidedItems) -> dict[str, float]:
    """Rate, items a day, share of disagreements and size of a slate, as far as the log tells them."""
    if len(read.items) < 2:
        return {}
    success, day = read.column("success"), read.column("day")
    known, lasted = np.isfinite(success), float(day.max() - day.min())
    coins = [item.coin for item in read.items if item.coin is not None]
    found = {"eligible": float(np.mean([max(2, len(item.owners)) for item in read.items]))}
    if known.any() and 0.0 < success[known].mean() < 1.0:
        found["rate"] = float(success[known].mean())
    if lasted > 0.0:
        found["per_day"] = len(read.items) / max(lasted, 1.0)
    apart = sum(coin.champion_pick != coin.challenger_pick for coin in coins)
    if apart:
        found["disagree"] = apart / len(coins)
    return found
