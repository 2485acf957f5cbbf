"""Urgency: a score from outside says how soon and never who."""
import pytest

from rules.loading import load_book, require_book
from tests.rules.what_next import book, faults, files, route

BY_SCORE = "{id: leads, when: {kind: lead}, to: sales, sla: {by: score_band, hot: hot, warm: warm, missing: warm, else: slow}}"


@pytest.mark.parametrize(("score", "sla"), [(95, "hot"), (80, "hot"), (79.9, "warm"), (10, "slow"), (None, "warm")])
def test_a_score_sets_the_service_level_and_leaves_the_team(score, sla):
    found = route(book(BY_SCORE), **({} if score is None else {"lead_score": score}))
    assert (found.team, found.rule, found.sla) == ("sales", "leads", sla)


def test_a_flag_may_set_it_too_and_whatever_is_not_named_is_else():
    by_flag = book("{id: leads, to: sales, sla: {by: paid, 'true': hot, else: slow}}")
    assert [route(by_flag, **given).sla for given in ({"paid": True}, {"paid": False}, {})] == ["hot", "slow", "slow"]


@pytest.mark.parametrize(("cells", "named"), [
    ("{lead_score: 80-100}", "lead_score"),
    ("{kind: lead, score_band: hot}", "score_band"),                         # derived from the score: the same
    ("{paid: 'true'}", "paid"),
])
def test_a_score_that_chooses_a_team_is_an_error(cells, named):
    assert faults(f"{{id: best, when: {cells}, to: sales}}") == [("wrong_type", named)]


def test_a_score_takes_no_item_by_compliance_and_judges_no_stage():
    text = files()["rulebook.yaml"].replace(
        "stages:\n", "compliance:\n  - {id: poor, forbid: item, when: {score_band: cold}, send_to: nurture}\nstages:\n", 1)
    assert [(found.kind, found.given, found.rules) for found in load_book({"rulebook.yaml": text}).findings] == [
        ("wrong_type", "score_band", ("poor",))]
    assert faults(lifecycle="[{id: l, when: {score_band: hot}, must: {lead_status: new}}]") == [("wrong_type", "score_band")]


@pytest.mark.parametrize(("sla", "fault"), [
    ("{by: score_band, hot: hot}", ("missing_else", None)),
    ("{hot: hot, else: slow}", ("wrong_type", None)),
    ("{by: score_bnd, hot: hot, else: slow}", ("unknown_attribute", "score_bnd")),
    ("{by: lead_score, else: slow}", ("wrong_type", "number")),              # a number has no list of values
    ("{by: score_band, boiling: hot, else: slow}", ("unknown_value", "boiling")),
    ("{by: score_band, hot: hott, else: slow}", ("unknown_value", "hott")),
    ("{by: score_band, hot: hot, else: slowly}", ("unknown_value", "slowly")),
])
def test_a_slip_in_a_service_level_by_value_is_told(sla, fault):
    assert faults(f"{{id: leads, to: sales, sla: {sla}}}") == [fault]


def test_a_use_that_nobody_knows_is_told():
    text = files()["rulebook.yaml"].replace("use: urgency}\n  score", "use: urgancy}\n  score")
    [found] = load_book({"rulebook.yaml": text}).findings
    assert (found.kind, found.given, found.nearest) == ("unknown_value", "urgancy", "urgency")


def test_two_rules_that_differ_by_service_level_alone_are_told_apart():
    other = BY_SCORE.replace("id: leads", "id: again").replace("else: slow", "else: warm")
    assert route(book(BY_SCORE, BY_SCORE.replace("id: leads", "id: same")), lead_score=95).rule == "leads"
    assert route(book(BY_SCORE, other), lead_score=95).reason == "overlap"


def test_a_decision_table_may_say_it_in_a_cell():
    text = files()["rulebook.yaml"].replace("    rules:\n      - {id: leads, when: {kind: lead}, to: sales}\n",
                                            "    table: t.csv\n", 1)
    table = 'id,kind,to,sla\nscored,lead,sales,"{by: score_band, hot: hot, else: slow}"\nothers,renewal,success,warm\n'
    the_book = require_book({"rulebook.yaml": text, "t.csv": table})
    assert [route(the_book, **given).sla for given in ({"lead_score": 90}, {"lead_score": 5}, {"kind": "renewal"})] == [
        "hot", "slow", "warm"]
