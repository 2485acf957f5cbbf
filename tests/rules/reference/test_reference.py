"""The reference of the rule book is what the loader declares and what checking prints."""
import pytest

from rules.analysis.check import check
from rules.book.findings import ERRORS, WARNINGS
from rules.book.keys import ClosedWords, Keys
from rules.book.policies import TEAM
from rules.directory.files import load_directory
from rules.errors import RuleBookError
from rules.loading import require_book
from rules.reference.pages import AT, catalogue, compliance_kinds, declared, findings_page, keys_page, provoked, sound_files


@pytest.mark.parametrize("keys", declared(Keys), ids=lambda keys: keys.title)
def test_every_key_is_explained_and_stands_on_the_page(keys):
    told = keys_page()
    assert f"## {keys.title}\n\nStands in {keys.where}." in told
    for key, meaning in keys.known.items():
        assert meaning.endswith(".") and f"| `{key}` | {'needed' if key in keys.required else ''} | " in told


def test_what_is_needed_is_among_the_keys_and_each_title_stands_for_one_mapping():
    assert all(set(keys.required) <= set(keys) for keys in declared(Keys))
    assert len({keys.title for keys in declared(Keys)}) == len(declared(Keys)) >= 20


def test_a_misspelt_key_is_answered_from_the_table_that_the_page_is_written_from():
    book, _ = sound_files()
    book["rulebook.yaml"] = book["rulebook.yaml"].replace("{kind: pool}", "{kind: pool, automaton: x}")
    with pytest.raises(RuleBookError) as refused:
        require_book(book)
    assert [(problem.given, problem.nearest, problem.expected) for problem in refused.value.problems] == [
        ("automaton", "automation", ", ".join(TEAM))]


def test_closed_words_have_places_of_their_own():
    places = [closed.where for closed in declared(ClosedWords)]
    assert len(set(places)) == len(places) and {"kind of a team", "forbid", "open", "keep_owner"} <= set(places)


def test_every_kind_of_finding_is_in_the_catalogue_and_no_other():
    assert set(catalogue()) - {"sound"} == {*ERRORS, *WARNINGS}


@pytest.mark.parametrize("kind", [*ERRORS, *WARNINGS])
def test_the_example_of_a_finding_provokes_it(kind):
    finding = provoked(kind)
    assert finding.kind == kind and finding.message in findings_page()


def test_the_sound_book_has_no_finding_at_all():
    book, directory = sound_files()
    assert require_book(book).rule_count == 6
    assert check(book, load_directory(directory), at=AT).findings == ()


def test_every_kind_of_compliance_is_told():
    told = keys_page()
    assert {"consent", "licence", "residency"} <= set(compliance_kinds())
    assert all(f"| `{kind}` |" in told for kind in compliance_kinds())
