"""States: the case file of spellings is read inside its country, and nowhere else."""
import tomllib
from pathlib import Path

from rules.refdata.subdivisions import subdivision_of

CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "intake" / "subdivisions.toml").read_text(encoding="utf-8"))
MISSING = CASES.pop("missing")


def test_every_spelling_of_the_case_file_is_its_state():
    meant = {(country, text): code for country, states in CASES.items() for code, texts in states.items() for text in texts}
    assert {case: subdivision_of(case[1], case[0]) for case in meant} == meant


def test_what_is_no_state_of_the_country_stays_missing():
    for country, texts in MISSING.items():
        assert {text: subdivision_of(text, country) for text in texts} == dict.fromkeys(texts)


def test_a_state_needs_a_known_country():
    assert subdivision_of("New York", None) is None and subdivision_of("Bayern", None) is None
    assert subdivision_of("US-NY", None) == "NY" and subdivision_of("US-NY", "CA") is None
    assert subdivision_of("NY", "ZZ") is None


def test_where_no_list_is_complete_a_well_formed_code_is_taken_as_it_is():
    assert subdivision_of("KEN", "GB") == "KEN" and subdivision_of("gb-ken", "GB") == "KEN"
    assert subdivision_of("Kent County", "GB") is None
