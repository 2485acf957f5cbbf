"""Similar names: the index finds all that a plain loop finds; a slip of the pen is told from another company's name."""
import random

import pytest
from rapidfuzz.fuzz import ratio

from rules.accounts.company_names import company_name
from rules.accounts.similar_names import LEAST, is_slip, similar_names


@pytest.mark.parametrize("seed", range(3))
def test_the_index_finds_exactly_what_a_loop_over_all_names_finds(seed):
    draw = random.Random(seed)
    parts = ["nord", "sued", "wind", "berg", "ener", "gie", "log", "istik", "stadt", "werk", "a", "x1", "24", "ost", "ton"]
    names = ["".join(draw.choice(parts) for _ in range(draw.randint(1, 4))) + draw.choice(("", f" {draw.choice(parts)}"))
             for _ in range(600)]
    index = similar_names(names)
    for _ in range(150):
        letters = list(draw.choice(names))
        for _ in range(draw.randint(0, 3)):
            place = draw.randrange(len(letters)) if letters else 0
            letters[place:place + 1] = draw.choice(([], ["q"], ["a", "b"]))
        name = "".join(letters)
        plain = [(alike, number) for number, other in enumerate(names) if (alike := ratio(name, other)) >= LEAST]
        assert index.like(name, lambda number: True) == sorted(plain, key=lambda pair: (-pair[0], pair[1]))


def test_unwanted_names_are_left_out():
    assert [number for _, number in similar_names(["nordwind", "nordwind"]).like("nordwin", lambda number: number == 1)] == [1]


@pytest.mark.parametrize(("written", "meant", "slip"), [
    ("Nordwnd Energie", "Nordwind Energie", True), ("Nrodwind Energie", "Nordwind Energie", True),
    ("Nordwind Enregie", "Nordwind Energie", True), ("Nordwiind Energie", "Nordwind Energie", True),
    ("Nord Wind Energie", "Nordwind Energie", True), ("Nordwind Energie Nord", "Nordwind Energie", False),
    ("Nordwind Energie 24", "Nordwind Energie 25", False), ("Nordwind Energie", "Nordwind Energie 2", False),
    ("Southern Consolidated", "Northern Consolidated", False), ("Consolidated Works East", "Consolidated Works West", False),
    ("Alpine Consolidated Works", "Alpina Consolidated Works", False),
])
def test_a_slip_is_one_wrong_letter_in_a_word_that_is_no_other(written, meant, slip):
    words = frozenset({"nordwind", "energie", "south", "southern", "northern", "consolidated", "works", "east", "west", "alpine",
                       "alpina"})
    assert is_slip(company_name(written), company_name(meant), words) is slip


def test_a_decision_of_old_takes_one_letter_for_a_slip():
    names, words = (company_name("Autohaus Quill"), company_name("Autohaus Quell")), frozenset({"autohaus", "quell"})
    assert (is_slip(*names, words), is_slip(*names, words, sure=False)) == (False, True)
