"""Lists of products drawn at random, cells that ask for any, all and none of them, and what such a cell admits.

A list is a text such as `cloud; edge`, an item without one has `missing`. Shares no code with the project.
"""
import random
from itertools import combinations

PRODUCTS = ["cloud", "edge", "care", "academy"]
DECLARED = f"{{list: [{', '.join(PRODUCTS)}]}}"
GROUP = {"HOSTED": ["cloud", "edge"]}
LISTS = ["; ".join(chosen) for size in range(1, len(PRODUCTS) + 1) for chosen in combinations(PRODUCTS, size)]


def cell_of(draw: random.Random) -> list[str]:
    """The words of a cell, each way of asking for words at the front of the first; no two ask for the same."""
    words = draw.choice([["cloud", "edge", "care"], ["HOSTED", "care"], ["cloud", "edge"], PRODUCTS])
    ways = {way: [word for word in words if draw.random() < 0.35] for way in ("any of", "all of", "none of")}
    for way, others in (("all of", ["any of"]), ("none of", ["any of", "all of"])):
        ways[way] = [word for word in ways[way] if all(word not in ways[other] for other in others)]
    cell = ["missing"] if draw.random() < 0.2 else []
    for way, named in ways.items():
        said = way if way != "any of" or draw.random() < 0.2 else ""
        cell += [f"{said} {word}".strip() if not place else word for place, word in enumerate(named)]
    return cell or [draw.choice(words)]


def admits(words: list[str], word: str) -> bool:
    """Whether a cell of these words admits a list."""
    if word == "missing":
        return "missing" in words
    asked: dict[str, list[str]] = {"any of": [], "all of": [], "none of": []}
    way = "any of"
    for text in words:
        for known in asked:
            if text.startswith(known):
                way, text = known, text[len(known):].strip()
        asked[way] += [] if text == "missing" else GROUP.get(text, [text])
    own = word.split("; ")
    return (any(asked.values()) and (not asked["any of"] or any(one in own for one in asked["any of"]))
            and all(one in own for one in asked["all of"]) and not any(one in own for one in asked["none of"]))
