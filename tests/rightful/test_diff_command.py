"""`rightful rules diff` on a small company: table, data, page, and what it refuses."""
import json

import pytest
from typer.testing import CliRunner

from rightful.cli.main import app
from tests.serving import small_company
from tests.serving.console.markup import Page


@pytest.fixture
def workspace(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    text = small_company.RULEBOOK.replace("country: [DE, US]}, to: sales", "country: [DE, US]}, to: solo, playbook: short-call")
    (folder / "new.yaml").write_text(text.replace("name: Solo", "name: Alone"), encoding="utf-8")
    return folder


def run(workspace, *words, before="rulebook.yaml", after="new.yaml"):
    paths = [str(workspace / name) if name.endswith(".yaml") else name for name in (before, after)]
    return CliRunner().invoke(app, ["rules", "diff", *paths, "--workspace", str(workspace), *words])


def test_as_data_it_tells_regions_and_edits(workspace):
    done = run(workspace, "--json", "--at", "2026-11-22T00:00:00Z")
    data = json.loads(done.stdout)
    assert list(data) == ["before", "after", "at", "proved", "open", "regions", "edits"]
    assert (data["at"], data["proved"], data["open"]) == ("2026-11-22T00:00:00Z", True, [])
    [region] = data["regions"]
    assert region["items"] == [{"where": {"kind": "lead", "country": "DE; US", "consent": "granted"}}]
    assert (region["before"]["team"], region["after"]["team"], region["after"]["playbook"]) == ("sales", "solo", "short-call")
    assert (region["example"]["kind"], region["example"]["consent"]) == ("lead", "granted")
    assert {(edit["part"], edit["name"]) for edit in data["edits"]} == {("teams", "solo"), ("rules", "leads")}


def test_as_a_table_it_says_what_changes_hands(workspace):
    words = run(workspace).stdout
    assert "that change hands: 1; that are only treated otherwise: 0; edits: 2" in words
    assert "kind=lead, country=DE; US, consent=granted" in words and "proved for every item" in words


def test_as_a_page_it_stands_alone(workspace):
    done = run(workspace, "--html", str(workspace / "change.html"))
    assert done.exit_code == 0, done.output
    page = Page((workspace / "change.html").read_text(encoding="utf-8"))
    assert "kind=lead, country=DE; US, consent=granted" in page.text and "Alone" in page.text
    assert page.count("h1") == 1 and not page.attributes("src") and not page.attributes("href")


def test_equal_books_do_not_differ(workspace):
    assert run(workspace, after="rulebook.yaml").stdout == "nothing differs\n"
    page = run(workspace, "--html", str(workspace / "none.html"), after="rulebook.yaml")
    assert page.exit_code == 0 and "No item changes hands" in (workspace / "none.html").read_text(encoding="utf-8")


def test_a_changed_playbook_alone_is_told_as_treated_otherwise(workspace):
    (workspace / "new.yaml").write_text(small_company.RULEBOOK.replace("to: sales", "to: sales, playbook: short-call"))
    words = run(workspace).stdout
    assert "that change hands: 0; that are only treated otherwise: 1; edits: 1" in words
    assert "sales: playbook none (territory/leads)" in words and "sales: playbook short-call" in words


def test_a_changed_row_of_a_named_account_is_told(workspace):
    (workspace / "tables").mkdir()
    named = "stages:\n  - {stage: named, table: tables/NAME.csv}\n"
    attributes = small_company.RULEBOOK.replace("attributes:\n", "attributes:\n  account: {type: account_ref}\n")
    for name, rows in (("rulebook", "acme,sales\n"), ("new", "acme,solo\nglobex,solo\n")):
        (workspace / "tables" / f"{name}.csv").write_text("account_id,team\n" + rows, encoding="utf-8")
        (workspace / f"{name}.yaml").write_text(attributes.replace("stages:\n", named.replace("NAME", name)), encoding="utf-8")
    words = run(workspace).stdout
    assert "2 rows of named accounts changed; whatever items those accounts have follows them" in words
    assert "named/acme" in words and "named/globex" in words


@pytest.mark.parametrize(("named", "said"), [
    ({"before": "active"}, "no rule book is active yet"), ({"after": "sha256:none"}, "the store holds no rulebook")])
def test_a_book_that_is_not_there_is_refused(workspace, named, said):
    done = run(workspace, **named)
    assert done.exit_code == 1 and said in str(done.exception)


def test_a_faulty_book_is_refused_with_its_faults(workspace):
    (workspace / "new.yaml").write_text(small_company.RULEBOOK.replace("to: sales", "to: sails"), encoding="utf-8")
    done = run(workspace)
    assert done.exit_code == 1 and "did you mean `sales`?" in str(done.exception)


