"""A newcomer's twenty questions: the plain word, searched in the first lines of the modules, leads to the file in two hops."""
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("features", "rules", "serving", "training", "rightful")
PAGE = (ROOT / "docs" / "where-is.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([\w/]+\.py) \|$", PAGE, re.MULTILINE)
FIRST_LINES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").partition("\n")[0].casefold()
               for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if path.name != "__init__.py"}


def test_there_are_twenty_questions():
    assert len(QUESTIONS) == len({question for question, _, _ in QUESTIONS}) == 20


@pytest.mark.parametrize(("question", "word", "file"), QUESTIONS, ids=[question for question, _, _ in QUESTIONS])
def test_the_plain_word_leads_to_the_file_in_two_hops(question, word, file):
    found = [name for name, line in FIRST_LINES.items() if word.casefold() in line]
    assert file in found[:2], (question, found)
