"""The Open Bandit logs: what the `bts` policy would be clicked, estimated from the log of the `random` one.

What `bts` does is how often it showed each item in each place, counted in its own log: no context enters.
"""
import csv
import gzip
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.judge.off_policy import LoggedChoices, OffPolicy, off_policy

CAMPAIGNS = ("all", "men", "women")


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """One campaign: what was estimated of `bts` from `random`, and what its own log shows."""

    name: str
    found: OffPolicy
    observed: float

    def covers(self, estimator: str) -> bool:
        """Whether the 95 % interval holds the rate that was observed."""
        one = self.found.value[estimator]
        return one.low is not None and one.high is not None and one.low <= self.observed <= one.high


def read_log(folder: Path, policy: str, campaign: str) -> list[dict[str, str]]:
    """The rows of a log as they stand in its file."""
    with gzip.open(folder / policy / campaign / f"{campaign}.csv.gz", "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def logged_choices(logged: list[dict[str, str]], target: list[dict[str, str]]) -> LoggedChoices:
    """The `random` log, seen from what the other policy shows; an empty propensity stays unknown."""
    shown = Counter((row["item_id"], row["position"]) for row in target)
    places = Counter(row["position"] for row in target)
    chance = np.array([shown[row["item_id"], row["position"]] / places[row["position"]] for row in logged])
    propensity = np.array([float(row["propensity_score"] or "nan") for row in logged])
    return LoggedChoices(
        reward=np.array([float(row["click"]) for row in logged]), propensity=propensity, target=chance,
        could_differ=chance != propensity,
        clusters={"day": np.array([row["timestamp"][:10] for row in logged]),
                  "owner": np.array([row["item_id"] for row in logged])})


def campaigns(folder: Path) -> list[Campaign]:
    """Every campaign of a folder that holds both logs."""
    found = []
    for name in CAMPAIGNS:
        logged, target = read_log(folder, "random", name), read_log(folder, "bts", name)
        found.append(Campaign(name=name, found=off_policy(logged_choices(logged, target)),
                              observed=float(np.mean([float(row["click"]) for row in target]))))
    return found
