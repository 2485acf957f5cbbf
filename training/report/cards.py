"""The model card: what a version is, what it is for, how well it does, and what it cannot."""
from collections.abc import Iterator

from training.report.figures import LAYERS, Figures, JudgedFigures
from training.report.groups import worse_slices

USE = """\
## Use

- For: ordering the owners whom the rules let have an item, under a person's override.
- Not for: grading people; items of another kind; owners whom no rule lets have the item.
- `dataset_card.md` tells what was found of the data and what of it was left out.
"""
LIMITS = """\
## Limits

- It tells association: people picked owners for reasons that no log holds. `rightful report benefit` tells whether it helps.
- Where owners cannot be told apart, and far beyond what training saw, it abstains and owners take turns.
- Somebody new is taken to be like the newcomers of the team until results are known.
- Scoring it takes `rightful` of the version below, installed beside what `requirements.txt` names.
"""


def summary(figures: Figures) -> str:
    """The verdict with its figures in a few sentences."""
    judged = figures.judged
    if figures.agreement is not None:
        return f"{figures.sentence} {figures.reason}"
    if judged is None:
        return f"{figures.sentence} Too few outcomes are settled to try the model on later ones."
    return (f"{figures.sentence} On {judged.rows:,} later rows that chose nothing, of which {judged.happened:.1%} succeeded and "
            f"{judged.said.value:.1%} were said to, the owner's part saves {judged.gains['pair']} log loss per row over the item "
            f"alone, {judged.gains['pair over placebo']} over permuted owners. {figures.layers}")


def model_card(figures: Figures) -> str:
    """The card as Markdown."""
    learnt = (f"Learnt from {figures.assignments:,} assignments as of {figures.as_of}: {figures.settled:,} settled, "
              f"{figures.fitted:,} fitted.")
    judged = "" if figures.judged is None else "\n".join(_judged(figures.judged))
    versions = "\n".join(f"- {name}: `{value}`" for name, value in figures.versions.items())
    return "\n".join([f"# Model of who should own a {figures.objective}", "", summary(figures), "", learnt, "", USE, judged,
                      LIMITS, "## Versions", "", versions, ""])


def _judged(judged: JudgedFigures) -> Iterator[str]:
    yield from ("## How well it does", "")
    yield (f"Learnt anew as of {', '.join(origin[:10] for origin in judged.origins)} and judged on what was assigned after: "
           f"{judged.rows:,} rows, {judged.owners:,} owners. Log loss saved per row, 95 % intervals by days or owners.")
    yield from ("", "| layer | saves |", "|---|---|")
    yield from (f"| {words} | {judged.gains[name]} |" for name, words in LAYERS.items())
    slope, surely = judged.slope, [one for one in worse_slices(judged.groups) if one.gain.high < 0]
    worse = ", ".join(f"{one.heading} {one.label}" for one in surely) or "none"
    yield from ("", f"Calibration slope {slope.value:.2f} [{slope.low:.2f}, {slope.high:.2f}], 1 is right. Groups in which it is "
                f"surely worse than the item alone: {worse}, of {len(judged.groups)} looked at.", "")
