"""Countries: the case file of spellings is read without one wrong country, and a name of two countries names none."""
import tomllib
from pathlib import Path

import pytest

from rules.refdata.countries import country_codes, country_of

CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "intake" / "countries.toml").read_text(encoding="utf-8"))
MEANT = {spelling: code for code, spellings in CASES["means"].items() for spelling in spellings}


def test_the_case_file_holds_two_hundred_spellings():
    assert len(MEANT) >= 200 and sum(map(len, CASES["missing"].values())) >= 50


def test_every_spelling_of_the_case_file_means_its_country():
    assert {spelling: country_of(spelling) for spelling in MEANT} == MEANT


@pytest.mark.parametrize("why", CASES["missing"])
def test_what_is_no_country_or_several_stays_missing(why):
    assert {spelling: country_of(spelling) for spelling in CASES["missing"][why]} == dict.fromkeys(CASES["missing"][why])


def test_names_of_one_language_are_never_another_country_in_english():
    from babel import Locale

    wrong = {}
    for language in ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "cs", "tr", "ru", "ja", "zh", "ar"):
        for code, name in Locale(language).territories.items():
            if code in country_codes() and country_of(name) not in (code, None):
                wrong[language, name] = code, country_of(name)
    assert not wrong


def test_one_wrong_or_lost_letter_never_makes_another_country():
    names = {spelling: code for spelling, code in MEANT.items() if spelling.isascii() and len(spelling) > 6}
    assert len(names) > 80
    for name, code in names.items():
        for place in range(1, len(name)):
            for misspelt in (name[:place] + "x" + name[place + 1:], name[:place] + name[place + 1:]):
                assert country_of(misspelt) in (code, None), misspelt


def test_three_letter_codes_are_those_of_iso():
    assert {code: country_of(code) for code in ("DEU", "AUT", "CHE", "FRA", "JPN", "ZAF")} == {
        "DEU": "DE", "AUT": "AT", "CHE": "CH", "FRA": "FR", "JPN": "JP", "ZAF": "ZA"}
