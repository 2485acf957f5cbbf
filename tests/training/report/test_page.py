"""The page of a training asks for nothing, runs nothing, and says what its figures say."""
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import typer
from typer.testing import CliRunner

from rightful.cli.report import register
from rules.errors import Refused
from training.report.cards import model_card
from training.report.charts import Whisker, ticks_of, whiskers
from training.report.figures import LAYERS, figures_of
from training.report.page import DATA, PAGE, kept, page_of

pytestmark = pytest.mark.train
HOSTILE = "<script>alert('o')</script>&\"'><img src=x>"


class Tags(HTMLParser):
    """Every tag that is opened, and how deep those are that must be closed."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.attributes, self.open = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "line", "circle", "path", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("line", "circle", "path"):
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def figures(trained):
    return figures_of(trained[1])


@pytest.fixture(scope="module")
def page(figures):
    return page_of(figures)


def test_the_page_is_whole_and_asks_for_nothing(page):
    found = Tags(page)
    assert not found.open
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(found.tags)
    assert not {"src", "href", "style", "onclick"} & found.attributes
    assert "default-src 'none'" in page and "http" not in page.replace("http-equiv", "")


def test_every_section_of_a_report_is_there_with_how_many_rows_it_is_of(page, figures):
    for heading in ("Is what was said what came?", "Does the owner's part come true?", "What each layer adds, over time",
                    "Learning curve", "If the model only spoke where it moves most", "Reliability by group", "by team",
                    "by industry", "Where the model is worse than the item alone", "How much owners differ",
                    "Every owner's results", "Largest errors", "What was found of the data", "Versions"):
        assert f">{heading.replace(chr(39), '&#39;')}</h" in page or f">{heading}</h" in page, heading
    assert page.count("<svg viewBox") >= 9 and page.count(f"n = {figures.judged.rows:,}") >= 8
    assert figures.sentence in page and all(value in page for value in figures.versions.values())


def test_names_from_the_data_are_text_never_markup(figures):
    owners = (replace(figures.owners[0], owner=HOSTILE), *figures.owners[1:])
    judged = replace(figures.judged, groups=[replace(one, label=HOSTILE) for one in figures.judged.groups],
                     missed=[replace(one, owner=HOSTILE, item=HOSTILE) for one in figures.judged.missed])
    found = Tags(page_of(replace(figures, owners=owners, judged=judged, reason=HOSTILE, objective=HOSTILE)))
    assert not {"script", "img"} & set(found.tags) and not found.open


def test_a_training_that_nothing_judges_has_a_page_too(trained):
    page = page_of(figures_of(replace(trained[1], backtest=None)))
    assert "nothing on this page judges it" in page and "Reliability by group" not in page and not Tags(page).open


def test_the_store_keeps_the_page_under_the_bundle_and_the_command_writes_it(trained, tmp_path, figures):
    workspace, report = trained
    files = kept(workspace, "lead", report.bundle_hash)
    assert files == kept(workspace, "lead") and json.loads(files[DATA])["judged"]["rows"] == figures.judged.rows
    app, asked = typer.Typer(), ["report", "training", "--workspace", str(workspace.folder)]
    register(app)
    done = CliRunner().invoke(app, [*asked, "--html", str(tmp_path / "report.html")])
    assert done.exit_code == 0 and (tmp_path / "report.html").read_text(encoding="utf-8") == files[PAGE]
    told = CliRunner().invoke(app, asked).stdout
    assert figures.sentence in told and all(words in told for words in LAYERS.values()) and figures.layers in told
    data = json.loads(CliRunner().invoke(app, [*asked, "1", "--json"]).stdout)
    assert data["versions"]["bundle"] == report.bundle_hash


def test_a_bundle_without_a_report_is_refused_by_name(trained):
    with pytest.raises(Refused, match="no report of bundle `sha256:0+`.*train again"):
        kept(trained[0], "lead", "sha256:" + 64 * "0")
    with pytest.raises(Refused, match="no report of a training of `case`"):
        kept(trained[0], "case")


def test_the_model_card_says_how_well_it_does_and_what_it_is_not_for(figures):
    card = model_card(figures)
    assert figures.sentence in card and "Not for: grading people" in card and figures.versions["rule book"] in card
    assert all(f"| {words} | {figures.judged.gains[name]} |" in card for name, words in LAYERS.items())


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-0.0031, 0.0207), (-7.0, -2.0), (0.0, 0.0), (1e-9, 3e-9), (0, 123456)])
def test_ticks_are_few_and_span_what_is_drawn(low, high):
    ticks = ticks_of(low, high)
    assert 2 <= len(ticks) <= 7 and ticks[0] <= low and ticks[-1] >= high and ticks == sorted(set(ticks))


def test_an_interval_is_drawn_where_its_ends_are():
    rows = [Whisker(name="a", value=0.5, low=-1.0, high=1.0), Whisker(name="b", value=-0.5, low=-1.0, high=-0.25)]
    drawn = whiskers(rows, label="x", axis="y")
    first, second = [line for line in drawn.lines if line.kind in ("open", "against")]
    zero = next(line.x1 for line in drawn.lines if line.kind == "zero")
    assert first.x1 == second.x1 < second.x2 < zero < first.x2
    assert drawn.dots[0].x == pytest.approx((zero + first.x2) / 2, abs=0.1)
    assert re.match(r"a: 0.5 \[-1, 1\]", drawn.dots[0].told)
