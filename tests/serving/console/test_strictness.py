"""What holds on every page: headers, nothing inline, nothing from outside, names for every field, colours that are seen."""
import itertools
import re

import pytest

from serving.console.web import pages
from serving.console.web.security import COOKIE
from tests.serving.console.markup import Page

PATHS = ("/console/decisions", "/console/decisions/{decision}", "/console/decisions/{decision}?versus=cleo&replay=1",
         "/console/models", "/console/selection", "/console/rulebook", "/console/rulebook/compare",
         "/console/rulebook/compare?before=file&items=1", "/console/decisions/none", "/console/static/none")
#: Text and its ground, by the names of console.css; WCAG AA asks for 4.5.
TEXT = [(ink, ground) for ink in ("ink", "quiet", "accent", "for", "against", "mark", "pass", "warn", "hold")
        for ground in ("paper", "ground")]
TEXT += [("ink", "warn-soft"), ("ink", "hold-soft"), ("ink", "pass-soft"), ("accent", "accent-soft"), ("quiet", "accent-soft"),
         ("paper", "accent")]
#: Marks and their ground; WCAG AA asks for 3.
MARKS = [(mark, ground) for mark in ("for", "against", "mark") for ground in ("track", "paper")]


@pytest.fixture
def every_page(console):
    (console.folder / "fairness_groups.csv").write_text("owner_id,site\nann,north\nbob,south\n")
    decision = console.decide()
    return [console.call("GET", path.format(decision=decision)) for path in PATHS]


def test_every_page_forbids_what_it_does_not_need(every_page):
    for answer in every_page:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert {"frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= set(policy.split("; "))
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_no_page_holds_anything_inline_or_from_outside(every_page):
    for answer in every_page:
        page = Page(answer.text)
        assert page.count("style") == 0
        assert not [name for _, given in page.tags for name in given if name == "style" or name.startswith("on")]
        assert all(given.get("src") for tag, given in page.tags if tag == "script")
        addresses = page.attributes("href") + page.attributes("src") + page.attributes("action")
        assert all(re.match(r"[/#?]|$", address) and not address.startswith("//") for address in addresses), addresses


def test_every_page_has_one_heading_a_language_a_way_past_the_menu_and_ids_that_are_its_own(every_page):
    for answer in every_page:
        page = Page(answer.text)
        assert page.count("h1") == 1
        assert dict(page.tags)["html"]["lang"] == "en"
        assert "#main" in page.attributes("href")
        ids = page.attributes("id")
        assert len(ids) == len(set(ids))
        assert {address[1:] for address in page.attributes("href") if address.startswith("#")} <= set(ids)
        assert set(page.attributes("aria-labelledby")) <= set(ids)


def test_every_field_has_a_label(every_page):
    for answer in every_page:
        page = Page(answer.text)
        labelled = page.labelled | set(page.attributes("for"))
        fields = {given["name"] for tag, given in page.tags if tag in ("input", "select", "textarea") and given.get("name")}
        assert fields <= labelled


def test_forms_that_change_something_post_and_carry_a_token(every_page):
    posting = [form for answer in every_page for form in Page(answer.text).forms if form.method == "post"]
    assert {form.action.split("/")[-1] for form in posting} == {"review", "override", "mode"}
    assert all(len(form.fields["form_token"]) == 64 for form in posting)


def test_the_cookie_is_for_us_alone(console):
    cookie = console.get("/console/decisions").headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/console"} <= {part.strip() for part in cookie.split(";")}


def test_a_cookie_once_given_is_kept(console):
    console.see("/console/decisions")
    again = console.call("GET", "/console/decisions", headers={"cookie": f"{COOKIE}={console.cookie}"})
    assert again.headers["set-cookie"].startswith(f"{COOKIE}={console.cookie};")


@pytest.mark.parametrize(("name", "media"), [("console.css", "text/css"), ("console.js", "text/javascript"),
                                             ("icon.svg", "image/svg+xml")])
def test_our_files_are_served_as_what_they_are(plain_console, name, media):
    answer = plain_console.get(f"/console/static/{name}")
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media)
    assert "http" not in answer.text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("name", ["base.html", "..%2fpages.py", "%2e%2e%2fpages.py"])
def test_nothing_else_is_served_as_a_file(plain_console, name):
    assert plain_console.get(f"/console/static/{name}").status_code == 404


@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (MARKS, 3.0)], ids=["text", "marks"])
def test_colours_stand_out_from_their_ground(pairs, least):
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", pages.static_text(pages.STYLE)))
    weak = {pair: round(found, 2) for pair in pairs if (found := contrast(*(colours[name] for name in pair))) < least}
    assert not weak


def test_the_contrast_measure_is_the_standards():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    lighter, darker = sorted(map(luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    shares = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_no_page_calls_anything_fair(every_page):
    for answer, word in itertools.product(every_page, ("fair ", "fair.", "unfair", "unbiased")):
        assert word not in Page(answer.text).text.casefold()
