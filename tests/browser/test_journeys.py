"""A reviewer's way in a real browser: list, decision, contrast, override, review; wide, on a phone, by keyboard alone."""
import re

import pytest

from tests.browser.conftest import WIDTHS

pytestmark = [pytest.mark.browser, pytest.mark.train]

#: Items that both widths and the keyboard act on; each is overridden once.
OVERRIDDEN = {1280: "T-05", 390: "T-06"}
BY_KEYBOARD = "T-19"


def find(page, item):
    """From the list to one decision, by searching."""
    page.goto("/console/decisions")
    page.get_by_label("Search").fill(item)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=item, exact=True).click()
    page.wait_for_url("**/console/decisions/*")


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_list_to_a_decision_a_contrast_an_override_and_a_review(open_page, look, width):
    page = open_page(width)
    page.goto("/console/decisions")
    assert page.locator("a.open").count() == 42 + OVERRIDES_BEFORE[width]
    look(page, "list")
    find(page, OVERRIDDEN[width])
    look(page, "decision")

    versus = page.get_by_label("Compare with")
    excluded = versus.locator("optgroup[label='Excluded by a rule'] option").first
    versus.select_option(excluded.get_attribute("value"))
    page.get_by_role("button", name="Compare").click()
    assert "Excluded by the rule" in page.locator("#contrast").inner_text()
    look(page, "excluded")
    page.get_by_label("Compare with").select_option(index=1)
    page.get_by_role("button", name="Compare").click()
    assert "Difference in score" in page.locator("#contrast").inner_text()
    look(page, "contrast")
    page.get_by_role("button", name="Replay from the log").click()
    assert "Identical" in page.locator("#replay").inner_text()

    override = page.locator("#override")
    override.get_by_label("Give it to").select_option(index=1)
    given = override.get_by_label("Give it to").locator("option:checked").inner_text()
    override.get_by_label("Because").select_option("knows_customer")
    override.get_by_label("Your name").fill("Olga")
    override.get_by_role("button", name="Override").click()
    page.wait_for_url("**done=override*")
    assert given.partition(" (")[0] in page.get_by_role("heading", level=1).inner_text()
    assert "by a person" in page.locator("main").inner_text()
    look(page, "overridden")

    page.get_by_role("link", name="see that decision").click()
    review = page.locator("#review")
    assert re.search(r"margin\s+[+\u2212]", review.inner_text())
    review.get_by_label("Challenge").check()
    review.get_by_label("Note").fill("the customer asked for somebody else")
    assert review.get_by_label("Your name").input_value() == "Olga"
    page.wait_for_timeout(1100)
    review.get_by_role("button", name="Record the review").click()
    page.wait_for_url("**done=review*")
    since = page.locator("#since").inner_text()
    assert "reviewed: challenge" in since
    assert "the customer asked for somebody else" in since
    assert 1 <= int(re.search(r"after (\d+) s", since)[1]) < 60
    look(page, "reviewed")


#: The wide journey runs first and leaves one decision more.
OVERRIDES_BEFORE = {1280: 0, 390: 1}


def tab_to(page, selector, most=200):
    """Press Tab until an element has the focus, which must be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{selector} shows no focus"
            return
    raise AssertionError(f"Tab never reached {selector}")


def test_the_whole_way_by_keyboard_alone(open_page, look):
    page = open_page(1280)
    page.goto("/console/decisions")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    page.keyboard.type(BY_KEYBOARD)
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    for key, row in (("j", 0), ("j", 0), ("k", 0)):              # one row is found
        page.keyboard.press(key)
        assert page.evaluate("[...document.querySelectorAll('a.open')].indexOf(document.activeElement)") == row
    look(page, "keyboard_list")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/decisions/*")

    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('li.chosen') !== null")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    assert page.locator(".slate details[open]").count() == 2
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "versus"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**versus=*")

    tab_to(page, "#override select[name=owner_id]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#override select[name=reason]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#override input[name=actor]")
    page.keyboard.type("Olga")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=override*")

    tab_to(page, "#review input[name=verdict]")
    page.keyboard.press("Space")
    tab_to(page, "#review input[name=actor]")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=review*")
    assert "reviewed: approve" in page.locator("#since").inner_text()
    page.keyboard.press("u")
    page.wait_for_url("**/console/decisions")


def test_j_and_k_walk_the_list_and_stop_at_its_ends(open_page):
    page = open_page(390)
    page.goto("/console/decisions")
    focused = "[...document.querySelectorAll('a.open')].indexOf(document.activeElement)"
    for key, row in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        assert page.evaluate(focused) == row


def test_letters_are_letters_in_a_field_and_keys_can_be_switched_off(open_page):
    page = open_page(1280)
    page.goto("/console/decisions")
    page.get_by_label("Search").fill("")
    page.get_by_label("Search").focus()
    page.keyboard.type("j/k")
    assert page.get_by_label("Search").input_value() == "j/k"
    page.get_by_label("Keys").uncheck()
    page.reload()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["models", "selection"])
def test_models_and_selection_fit_every_width(open_page, look, width, path):
    page = open_page(width)
    page.goto(f"/console/{path}")
    look(page, path)
    told = page.locator("main").inner_text()
    assert ("owner signal" if path == "models" else "INSUFFICIENT") in told


@pytest.mark.parametrize("width", WIDTHS)
def test_every_kind_of_decision_fits_every_width(open_page, look, width):
    page = open_page(width)
    for item in ("T-07", "T-12", "T-21", "T-24", "T-26", "T-36", "T-38", "T-42"):
        find(page, item)
        look(page, f"decision_{item}")


def test_the_list_narrows_by_filter(open_page):
    page = open_page(1280)
    page.goto("/console/decisions")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Decided by").select_option("rotation")
    page.get_by_role("button", name="Apply").click()
    assert page.locator("a.open").count() == 4
    page.get_by_role("link", name="show all").click()
    assert page.locator("a.open").count() > 40


def test_without_scripts_a_review_still_works(open_page):
    page = open_page(390, java_script_enabled=False)
    find(page, "T-26")
    review = page.locator("#review")
    review.get_by_label("Approve").check()
    review.get_by_label("Your name").fill("Otto")
    review.get_by_role("button", name="Record the review").click()
    page.wait_for_url("**done=review*")
    assert re.search(r"by Otto \(unverified\), after \d+ s", page.locator("#since").inner_text())


def test_the_kill_switch_is_thrown_and_taken_back(open_page):
    page = open_page(390)
    page.goto("/console/models")
    page.get_by_role("button", name="Switch the model off").click()
    assert "The model is switched off." in page.locator("main").inner_text()
    page.get_by_role("button", name="Let the model rank again").click()
    assert "The model ranks." in page.locator("main").inner_text()


def test_verdicts_are_told_apart_without_colour(open_page, look):
    page = open_page(1280, forced_colors="active")
    page.goto("/console/decisions")
    words = set(page.locator(".verdict").all_inner_texts())
    shapes = {page.locator(f".verdict.{word} svg").first.inner_html() for word in words}
    assert words == {"pass", "warn"}
    assert len(shapes) == len(words)
    find(page, "T-42")
    look(page, "forced_colours")


def test_on_paper_there_are_no_forms_and_everything_is_open(open_page, shots):
    page = open_page(1280)
    find(page, "T-42")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("form:visible").count() == 0
    assert page.locator(".slate details:not([open])").count() == 0
    page.pdf(path=shots / "decision.pdf", format="A4")
    assert (shots / "decision.pdf").stat().st_size > 20_000


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_that_stands_alone_needs_nothing(open_page, look, demo, tmp_path, width):
    from serving.console.decisions.self_contained import decision_page
    from serving.runtime.workspace import Workspace
    from serving.store.decision_log import DecisionFilter

    workspace = Workspace.at(demo)
    [found] = workspace.store.decisions(DecisionFilter(item_id="T-42"))
    file = tmp_path / "why.html"
    file.write_text(decision_page(workspace, found.decision_id), encoding="utf-8")
    workspace.close()
    page = open_page(width, local=True)
    page.goto(file.as_uri())
    assert page.evaluate("getComputedStyle(document.querySelector('.hero h1')).fontWeight") == "700"
    look(page, "stands_alone")
