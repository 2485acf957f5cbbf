"""The reference of the rule book is what the loader declares and what checking prints, and the pages in docs are current."""
from pathlib import Path

import pytest

from rules.analysis.check import check
from rules.book.findings import ERRORS, WARNINGS
from rules.directory.files import load_directory
from rules.loading import require_book
from rules.reference.declared import choices, mappings
from rules.reference.pages import AT, PAGES, catalogue, compliance_kinds, meanings, page, provoked, sound_files

ABOUT_THE_MAPPING = {"title", "where"}
DOCS = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_in_docs_is_current(name):
    told = (DOCS / f"{name}.md").read_text(encoding="utf-8")
    assert told == page(name), "run `rightful rules reference --write docs/reference`"


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
    assert finding.kind == kind and finding.message in page("findings")


def test_the_sound_book_has_no_finding_at_all():
    book, directory = sound_files()
    assert require_book(book).rule_count == 6
    assert check(book, load_directory(directory), at=AT).findings == ()


def test_every_kind_of_compliance_is_told():
    told = page("rulebook")
    assert {"consent", "licence", "residency"} <= set(compliance_kinds())
    assert all(f"| `{kind}` |" in told for kind in compliance_kinds())


def test_the_reference_is_printed_by_command():
    from typer.testing import CliRunner

    import rightful.cli.main as rightful

    done = CliRunner().invoke(rightful.app, ["rules", "reference", "findings"])
    assert done.exit_code == 0 and done.stdout == page("findings")
    assert CliRunner().invoke(rightful.app, ["rules", "reference", "nothing"]).exit_code == 2
