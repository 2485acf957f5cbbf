"""Company names: one core for all spellings of a company, and none that makes two companies one."""
import tomllib
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.accounts.company_names import company_name

CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "intake" / "company_names.toml").read_text(encoding="utf-8"))


def cores(name: str) -> set[str]:
    return set(company_name(name).cores)


@pytest.mark.parametrize("spellings", CASES["same"], ids=lambda spellings: spellings[0])
def test_spellings_of_one_company_meet(spellings):
    assert [spelling for spelling in spellings if not cores(spelling) & cores(spellings[0])] == []


@pytest.mark.parametrize("names", CASES["different"], ids=lambda names: names[0])
def test_different_companies_stay_apart(names):
    assert [pair for pair in combinations(names, 2) if cores(pair[0]) & cores(pair[1])] == []


def test_a_name_that_is_only_a_legal_form_stays():
    assert [company_name(name).core for name in ("AG", "Co.", "SE & Co.", "???", "")] == ["ag", "co", "se", "", ""]


@given(st.text(max_size=40))
def test_any_text_has_a_core_that_is_its_own_core(text):
    core = company_name(text).core
    assert core == core.strip() and "  " not in core
    assert bool(core) == bool(company_name(text).whole)
