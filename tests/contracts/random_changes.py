"""Random changes of a drawn world's book, and every item of its small space, to compare what is claimed with a plain scan."""
import random
from collections.abc import Iterator
from copy import deepcopy
from itertools import product

from tests.contracts.random_books import BANDS, COUNTRIES, GROUPS, INDUSTRIES, World

SIZES = {"SMB": 1, "MID": 250, "ENT": 1000}
ASKED = {"kind": ["lead", "case"], "country": [None, *COUNTRIES, "PT"], "employees": [None, *SIZES.values()],
         "industry": [None, *INDUSTRIES], "vip": [None, True, False], "consent": [None, "granted", "denied"]}


def changed(world: World, seed: int) -> World:
    """The same company with up to three changes of its book: targets, cells, rules, order, stages, compliance."""
    draw, after = random.Random(seed), deepcopy(world)
    for _ in range(draw.randint(1, 3)):
        stage = draw.choice(after.stages)
        rule = draw.choice(stage["rules"]) if stage["rules"] else None
        change = draw.choice(["target", "cell", "cell", "drop", "add", "swap", "stage", "catch_all", "compliance"])
        if change == "target" and rule:
            rule["to"] = draw.choice([*after.teams, *after.queues])
        elif change == "cell" and rule:
            name = draw.choice(["kind", "country", "employees", "industry", "vip"])
            rule["when"] = {**rule["when"], name: after._cell(name)}
        elif change == "drop" and len(stage["rules"]) > 1:
            stage["rules"].remove(rule)
        elif change == "add":
            fresh = after._stage(90 + draw.randint(0, 9))["rules"][0]
            if fresh["id"] not in {one["id"] for other in after.stages for one in other["rules"]}:
                stage["rules"].insert(draw.randint(0, len(stage["rules"])), fresh)
        elif change == "swap":
            draw.shuffle(stage["rules"])
        elif change == "stage":
            draw.shuffle(after.stages)
        elif change == "catch_all":
            after.catch_all = draw.choice([*after.queues, *after.teams])
        elif change == "compliance" and after.compliance:
            after.compliance.remove(draw.choice(after.compliance))
    return after


def every_item() -> Iterator[dict[str, object]]:
    """One item of every sort that a drawn book can tell apart."""
    for number, values in enumerate(product(*ASKED.values())):
        said = {name: value for name, value in zip(ASKED, values, strict=True) if value is not None}
        yield {"item_id": f"i-{number}", "received_at": "2026-11-18T08:00:00Z", **said}


def admits(text: str, name: str, item: dict[str, object]) -> bool:
    """Whether an item meets a cell as a difference words it, read without the project's own code."""
    words = text.removeprefix("not ").split("; ")
    listed = {value for word in words for value in GROUPS.get(word, [word])}
    value = item.get(name)
    if name == "employees" and value is not None:
        value = next(band for band, (low, high) in BANDS.items() if low <= value and (high is None or value <= high))
    word = "missing" if value is None else str(value).lower() if isinstance(value, bool) else value
    return (word in listed) != text.startswith("not ")
