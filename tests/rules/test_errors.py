"""What is near a misspelt name, and that nothing is near an id."""
import pytest

from rules.errors import is_opaque, nearest_name


@pytest.mark.parametrize(("given", "known", "near"), [
    ("anne", ["ann", "bob"], "ann"), ("enterprize-emea", ["enterprise-emea", "smb"], "enterprise-emea"),
    ("max_opne", ["max_open"], "max_open"), ("Europe/Berlinn", ["Europe/Berlin", "Europe/Paris"], "Europe/Berlin"),
    ("Q3 pipelin", ["Q3 pipeline"], "Q3 pipeline"), ("team1", ["team"], "team"),
])
def test_a_misspelt_name_is_answered_with_the_one_it_stands_for(given, known, near):
    assert nearest_name(given, known) == near


@pytest.mark.parametrize(("given", "known"), [
    ("0055g00000AbCdE", "0055g00000AbCdF"), ("00536000001AnnLAAS", "00536000001AnnLAAT"), ("48211907", "48211970"),
    ("3f2a91c4-7d1e-4b5a-9c3e-0a1b2c3d4e5f", "3f2a91c4-7d1e-4b5a-9c3e-0a1b2c3d4e6f"), ("9f86d081884c", "9f86d081884d"),
    ("rec4Xk9Pq2Lm", "rec4Xk9Pq2Ln"), ("INC0010234", "INC0010243"), ("u-17", "u-71"), ("usr_01HZX3K9", "usr_01HZX3K8"),
    ("emp:200417", "emp:200471"),
])
def test_no_other_id_is_offered_for_an_id(given, known):
    assert nearest_name(given, [known]) is None


@pytest.mark.parametrize("name", ["ann", "max_per_day", "Europe/Berlin", "utf-16", "enterprise-2", "Region 12345", ""])
def test_words_are_no_ids(name):
    assert not is_opaque(name)
