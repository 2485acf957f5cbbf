"""The reference of the rule book is what the loader declares and what checking prints."""
import pytest

from rules.analysis.check import check
from rules.book.findings import ERRORS, WARNINGS
from rules.directory.files import load_directory
from rules.loading import require_book
from rules.reference.declared import choices, mappings
from rules.reference.pages import AT, catalogue, compliance_kinds, findings_page, keys_page, meanings, provoked, sound_files

ABOUT_THE_MAPPING = {"title", "where"}


def test_every_key_that_the_loader_knows_is_explained_and_no_other():
    declared = {mapping.what: set(mapping.keys) for mapping in mappings()}
    explained = {what: set(keys) - ABOUT_THE_MAPPING for what, keys in meanings().items()}
    for what in {*declared, *explained}:
        missing, unknown = declared.get(what, set()) - explained.get(what, set()), explained.get(what, set()) - declared.get(
            what, set())
        assert not missing and not unknown, f"meanings.toml, [\"{what}\"]: without a meaning {missing}, unknown {unknown}"


def test_what_is_needed_is_among_the_keys_and_choices_have_words():
    assert all(set(mapping.required) <= set(mapping.keys) for mapping in mappings())
    assert {"the kind of team TEAM_ID", "forbid", "open"} <= {choice.what for choice in choices()}
    assert all(len(choice.words) >= 1 for choice in choices())


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
