"""The rule book in a real browser: to read, to search, and two versions side by side; wide, on a phone, by keyboard alone."""
import re

import pytest

from tests.browser.conftest import WIDTHS
from tests.browser.test_journeys import tab_to

pytestmark = [pytest.mark.browser, pytest.mark.train]


@pytest.fixture(scope="module")
def draft(demo):
    """A changed book as a draft in the store of the demo."""
    from contextlib import closing

    from rules.book.reading import read_book_files
    from serving.rulebooks.compare import directory_of
    from serving.rulebooks.lifecycle import Publisher
    from serving.runtime.workspace import Workspace

    with closing(Workspace.at(demo)) as workspace:
        files = read_book_files(workspace.rulebook_path)
        text = files["rulebook.yaml"].replace("to: mid-market-na, sla: warm", "to: smb-pool, sla: hot")
        assert text != files["rulebook.yaml"]
        Publisher(workspace.store, directory_of(workspace)).propose(
            {**files, "rulebook.yaml": text.replace("version: ", "version: next-", 1)}, actor="olga",
            based_on=workspace.store.active("rulebook"))


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_rules_to_a_search_and_a_comparison(open_page, look, draft, width):
    page = open_page(width)
    page.goto("/console/decisions")
    page.get_by_role("link", name="Rule book").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Rule book"
    told = page.locator("main").inner_text()
    assert "It may be used" in told and "exception, ends 2030-12-31" in told and "of its own tests pass" in told
    look(page, "rulebook")
    page.get_by_label("Search the rules").fill("emea")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**q=emea*")
    assert page.locator("table.rules tbody tr", has_text="emea-ent").count() == 1
    look(page, "rulebook_search")
    page.get_by_label("Newest decisions").fill("40")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare?**")
    told = page.locator("main").inner_text()
    assert "country=NORTH_AM, employees=MID" in told and "mid-market-na" in told
    assert re.search(r"of \d\d items move", told)         # of the newest forty decisions, each item once
    look(page, "rulebook_compare")


def test_by_keyboard_alone(open_page, draft):
    page = open_page(1280)
    page.goto("/console/rulebook")
    page.keyboard.press("/")
    page.keyboard.type("retention")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=retention*")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.matches('#b-versions ~ table a.open')")
    page.keyboard.press("Enter")
    page.wait_for_url("**book=sha256*")
    tab_to(page, "select[name=after]")
    tab_to(page, "form[action$=compare] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare?**")
    page.keyboard.press("u")
    page.wait_for_url("**/console/rulebook")


def test_without_scripts_and_without_colour(open_page, look, draft):
    page = open_page(390, java_script_enabled=False)
    page.goto("/console/rulebook")
    page.get_by_role("button", name="Compare").click()
    assert "items move" in page.locator("main").inner_text()
    page = open_page(1280, forced_colors="active")
    page.goto("/console/rulebook/compare")
    assert "\u25c0 fewer" in page.locator("main").inner_text() and "+" in page.locator("main").inner_text()
    look(page, "rulebook_forced_colours")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_comparison_that_is_sent_needs_nothing(open_page, look, demo, draft, tmp_path, width):
    from tests.journeys.pages import run

    changed = demo / "sent.yaml"
    changed.write_text((demo / "rulebook.yaml").read_text().replace("to: retention, sla: hot", "to: customer-success, sla: warm"))
    for name, words in (("diff", ""), ("simulate", f"--history {demo}/history.csv --last 300")):
        run(f"rightful rules {name} {demo}/rulebook.yaml {changed} {words} --workspace {demo} --html {tmp_path}/{name}.html")
        page = open_page(width, local=True, java_script_enabled=False)
        page.goto((tmp_path / f"{name}.html").as_uri())
        look(page, f"sent_{name}")
        assert "customer-success" in page.locator("main").inner_text()
    changed.unlink()
