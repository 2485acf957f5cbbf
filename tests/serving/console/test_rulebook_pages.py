"""The rule book's pages: stages as tables, check, coverage, versions, and two books side by side."""
import pytest

from rules.book.reading import read_book_files
from rules.loading import require_book
from serving.rulebooks.lifecycle import Publisher
from serving.rulebooks.past_decisions import decided_past
from tests.serving import small_company

EXCEPTION = """\
      - {id: border, when: {country: US, employees: SMB}, to: solo, because: a visit, expires: 2030-01-01}
      - {id: ended, when: {country: US, employees: ENT}, to: solo, because: a fair, expires: 2026-01-01}
"""
CHANGED = small_company.RULEBOOK.replace("[DE, US]}, to: sales", "[DE, US]}, to: solo").replace("2026.1\n", "2026.2\n")


def propose(console, text=CHANGED):
    """A draft beside the book in force; its digest."""
    live = console.live
    publisher = Publisher(live.store, live.in_force.directory)
    book = require_book({"rulebook.yaml": text})
    publisher.propose(dict(book.files), actor="olga", based_on=live.in_force.book.digest)
    return book.digest


def test_stages_stand_as_tables_with_cells_targets_and_what_is_demanded(plain_console):
    page = plain_console.see("/console/rulebook")
    assert "1. territory 2 rules" in page.text
    assert "leads lead with country DE or US goes to Sales kind lead country DE; US" in page.text
    assert "\u2192 sales" in page.text and "reason no_territory" in page.text
    assert "no-consent kind lead consent denied; missing nobody may contact the customer \u2192 nurture" in page.text
    assert "eu-residency country DE needs owner.data_region EU" in page.text
    assert "sales Sales" in page.text and "in force from 2026-01-01 00:00 UTC" in page.text


def test_check_and_coverage_tell_findings_proofs_and_shares_of_decisions(console):
    for number in range(3):
        console.decide(f"L-{number}")
    console.decide("L-9", country="BR")
    page = console.see("/console/rulebook")
    assert "It may be used. gap proved, shadowed proved, overlap proved" in page.text
    assert "reach only the last stage" in page.text
    assert "the newest 4 decisions" in page.text and "territory 3 (75.0%)" in page.text
    assert "exceptions 0 rules, used by 0 of the newest 4 decisions (0.0%)" in page.text and "fallback 1 (25.0%)" in page.text


def test_exceptions_say_why_until_when_and_whether_they_are_over(plain_console):
    text = small_company.RULEBOOK.replace("      - {id: leads", EXCEPTION + "      - {id: leads")
    (plain_console.folder / "rulebook.yaml").write_text(text, encoding="utf-8")
    page = plain_console.see("/console/rulebook", book="file")
    assert "\u25b2 exception, ends 2030-01-01: a visit" in page.text
    assert "\u25cb expired exception, ended 2026-01-01: a fair" in page.text and "exceptions 2 rules" in page.text
    assert "expired_exception".replace("_", " ") in page.text and "It must not be used" in page.text


def test_a_search_narrows_the_rules(plain_console):
    page = plain_console.see("/console/rulebook", q="french solo")
    assert "french lead with country FR goes to Solo" in page.text and "country DE; US" not in page.text
    assert "No row of this stage holds" in page.text


def test_versions_are_listed_with_their_state_and_can_be_shown(plain_console):
    digest = propose(plain_console)
    page = plain_console.see("/console/rulebook")
    assert "2026.2" in page.text and "checked checked by olga" in page.text
    other = plain_console.see("/console/rulebook", book=digest)
    assert "This is not the rule book in force" in other.text and "kind lead country DE; US \u2192 solo" in other.text


def test_a_file_that_is_not_kept_can_be_shown_and_one_that_is_broken_says_why(plain_console):
    plain_console.see("/console/rulebook")
    (plain_console.folder / "rulebook.yaml").write_text(CHANGED, encoding="utf-8")
    assert "only in the file" in plain_console.see("/console/rulebook").text
    (plain_console.folder / "rulebook.yaml").write_text(CHANGED.replace("to: solo", "to: sola"), encoding="utf-8")
    assert "did you mean `solo`?" in plain_console.see("/console/rulebook", status=400, book="file").text


def test_two_books_are_compared_by_region_and_by_the_newest_decisions(console):
    for number in range(4):
        console.decide(f"L-{number}", country="DE" if number else "FR")
    digest = propose(console)
    page = console.see("/console/rulebook/compare", before="active", after=digest, items=100)
    assert "Regions of items that change hands: 1" in page.text
    assert "kind=lead, country=DE; US, consent=granted" in page.text
    assert "3 of 4 items move (75.0%), each at the moment it was decided on" in page.text
    assert "sales \u2192 solo 3" in page.text


def test_without_another_book_the_one_in_force_is_compared_with_itself(plain_console):
    page = plain_console.see("/console/rulebook/compare")
    assert "Nothing differs" in page.text and "Nothing was decided yet" in page.text


@pytest.mark.parametrize(("asked", "status", "said"), [
    ({"items": "many"}, 400, "a number from 1 to 5000"), ({"items": "0"}, 400, "a number from 1 to 5000"),
    ({"before": "sha256:none"}, 503, "the store holds no rulebook")])
def test_what_cannot_be_compared_is_refused_with_the_reason(plain_console, asked, status, said):
    assert said in plain_console.see("/console/rulebook/compare", status=status, **asked).text


def test_decided_items_are_read_again_from_what_the_record_said(console):
    console.decide("L-1", country="Deutschland", employees=300)
    console.decide("L-1", country="Deutschland", employees=300)
    console.decide("L-2", do_not_contact=True)
    book, directory = console.live.in_force.book, console.live.in_force.directory
    lean = require_book({**read_book_files(console.folder), "rulebook.yaml": small_company.RULEBOOK.replace(
        "  do_not_contact: {type: flag}\n", "").replace("kind: {enum: [lead, case]}", "kind: {enum: [lead]}")})
    past = decided_past(console.live.store, before=book, after=lean, directory=directory, last=10)
    assert [case.item_id for case in past.cases] == ["L-1", "L-2"]
    assert [(case.before.value("country"), case.before.value("employees")) for case in past.cases][0] == ("DE", "ENT")
    assert "do_not_contact" not in past.cases[1].after.facts
