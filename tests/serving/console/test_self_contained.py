"""One decision as one page: everything in it, nothing fetched, the same content as the console's."""
import base64
import hashlib
import re

import pytest

from serving.console.decisions.decision_view import show
from serving.console.decisions.self_contained import decision_page
from tests.serving.console.markup import Page


@pytest.fixture
def kept(console):
    name = console.decide("L-1", country="DE")
    return console, name, decision_page(console.live.workspace, name)


def test_the_page_fetches_and_links_nothing(kept):
    _, _, text = kept
    page = Page(text)
    assert not page.attributes("src")
    assert page.count("link") == page.count("script") == page.count("form") == 0
    assert all(address.startswith("#") for address in page.attributes("href"))
    assert "http" not in re.sub(r"http-equiv", "", text)


def test_its_policy_allows_its_own_style_and_nothing_else(kept):
    _, _, text = kept
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text


def test_it_holds_what_the_console_shows(kept):
    console, name, text = kept
    page = Page(text)
    shown = show(name, store=console.live.store, replayer=console.app.state.replayer)
    for said in (*shown.because, "Reasons describe this model, not causes in the world.", "✓ Identical", name,
                 *shown.document.versions.model.split()):
        assert said in page.text, said
    for heading in ("From everyone to one", "The slate", "Excluded, by rule", "Checks made with the decision", "The item",
                    "Since then", "The draw", "Versions"):
        assert heading in page.text


def test_every_candidate_and_every_excluded_owner_is_compared_in_it(kept):
    console, name, text = kept
    document = console.get(f"/v1/decisions/{name}").json()
    page = Page(text)
    others = [row["owner_id"] for row in document["candidates"][1:]]
    assert all(f"{owner.title()} {owner} was eligible" in page.text for owner in others)
    assert "Dan dan was excluded" in page.text


@pytest.mark.parametrize("attributes", [{"country": "GB"}, {"consent": "denied"}, {"country": "FR"}])
def test_a_decision_without_a_slate_makes_a_page_too(console, attributes):
    page = Page(decision_page(console.live.workspace, console.decide("L-2", **attributes)))
    assert "L-2" in page.text
    assert "carries no comparison" in page.text


def test_the_command_writes_it(console, monkeypatch, capsys):
    from rightful.cli.main import main

    name = console.decide()
    out = console.folder / "why.html"
    monkeypatch.setattr("sys.argv", ["rightful", "decisions", "show", name, "--html", str(out), "--workspace",
                                     str(console.folder)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert f"wrote {out}" in capsys.readouterr().err
    assert name in Page(out.read_text()).text
