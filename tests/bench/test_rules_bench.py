"""The bench of the rule book: its books are sound, every side gives the same answers, and what was stopped is told."""
import pytest

from bench.bounded import in_own_process
from bench.rules_book import FAMILIES, draw_book, draw_worst
from bench.rules_libraries import plain_filter, plain_lookup, rule_engine_filter, rule_engine_lookup, zen_filter, zen_lookup
from bench.rules_measured import BySize, Found, Loading, Stopped, Timed, timed
from bench.rules_owners import AT, draw_team
from bench.rules_printing import draw, lines, page
from bench.rules_side_by_side import WORST
from rules.book.indexing.index import compiled
from rules.loading import load_book
from rules.model import Directory, Moment
from rules.routing.eligibility import route_and_filter
from rules.routing.territory import find_route

NOBODY, NOW = Directory(owners={}), Moment(at=AT)


def routes(book, items):
    return [find_route(book, item, NOBODY, NOW).route.rule for item in items]


def test_a_drawn_book_is_sound_has_every_family_and_no_two_rules_of_it_meet():
    drawn = draw_book(2000, items=500)
    loaded = load_book(drawn.files)
    assert loaded.findings == () and loaded.rule_count == 2001
    assert {cells["kind"] for _, cells, _ in drawn.rules} == set(FAMILIES)
    assert all(len(compiled(loaded.book)[0].matching(item, AT.date())) <= 1 for item in drawn.items)
    assert routes(loaded.book, drawn.items).count("catch-all") == 50


def test_every_side_routes_as_rightful_does(tmp_path):
    drawn = draw_book(400, items=200)
    book = load_book(drawn.files).book
    (tmp_path / "t.csv").write_text(drawn.files["tables/territories.csv"])
    wanted = routes(book, drawn.items)
    for lookup in (plain_lookup(book), zen_lookup(tmp_path / "t.csv"), rule_engine_lookup(tmp_path / "t.csv")):
        assert [lookup(item) for item in drawn.items] == wanted


@pytest.mark.parametrize("name", WORST)
def test_a_worst_case_has_one_rule_for_each_of_its_items(name):
    drawn = draw_worst(name, 300, items=200)
    book = load_book(drawn.files).book
    found = routes(book, drawn.items)
    assert "catch-all" not in found and found == [plain_lookup(book)(item) for item in drawn.items]


def test_every_side_lets_the_same_owners_have_an_item():
    team = draw_team(300, items=40)
    for allowed in (plain_filter(team.people), zen_filter(team.people), rule_engine_filter(team.people)):
        for item in team.items:
            found = route_and_filter(item, book=team.book, directory=team.directory, at=AT, workload=team.workload).eligibility
            assert tuple(allowed(item)) == found.eligible and 0 < len(found.eligible) < 300


def test_each_question_is_asked_once_and_the_first_does_not_count():
    asked = []
    found, answers = timed(lambda question: asked.append(question) or question * 2, [1, 2, 3], seconds=9)
    assert (asked, answers, found.asked) == ([3, 1, 2, 3], [2, 4, 6], 3)


def test_a_side_that_takes_too_long_or_too_much_is_stopped_and_says_why():
    assert in_own_process(sum, [1, 2], seconds=60, gigabytes=8) == 3
    assert "not done after 1 s of processor time" in in_own_process(sum, range(10**12), seconds=1, gigabytes=8).why
    assert "needs more than 2 GB" in in_own_process(bytes, 4_000_000_000, seconds=60, gigabytes=2).why


def found_run(p50_at_a_million: float) -> Found:
    def row(size, p50, other):
        return BySize(size=size, sides={"rightful": Timed(asked=9, p50_us=p50, p99_us=p50), "plain loop": other,
                                        "zen-engine": other, "rule-engine": other},
                      loading=Loading(read_seconds=1, load_seconds=2, index_seconds=3, peak_gb=1.5, table_mb=60))

    known = Timed(asked=5, p50_us=800.0, p99_us=900.0)
    return Found(setting={"processors": "2", "python": "3.11", "zen-engine": "2", "rule-engine": "5", "at": "now", "load": 1},
                 lookups=[row(10_000, 10.0, known), row(1_000_000, p50_at_a_million, Stopped(why="not done after 9 s"))],
                 filters=[row(100, 5.0, known)], worst=[row(100_000, 5.0, known)])


def test_the_page_says_whether_growth_is_kept_and_what_was_stopped(tmp_path):
    kept, missed = found_run(99.0), found_run(101.0)
    assert "9.9x (promised: at most 10x) kept" in "\n".join(lines(kept))
    assert "10.1x (promised: at most 10x) NOT KEPT" in page(missed, "plot.svg")
    assert "stopped: zen-engine at 1,000,000: not done after 9 s" in page(missed, "plot.svg")
    for name in ("a.svg", "b.svg"):
        draw(kept, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
