"""Stages, decision tables, compliance and fallback as they are read."""
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest

from rules.book.schema import Nearest, Requirement, Target
from rules.loading import load_book, require_book
from tests.rules.book.books import altered, errors, example_files, small


def with_table(text):
    files = small("{id: r, when: {kind: case}, to: sales}")
    files["rulebook.yaml"] = files["rulebook.yaml"].replace(
        "  - stage: fallback", "  - {stage: table, table: tables/t.csv}\n  - stage: fallback", 1)
    return files | {"tables/t.csv": text}


def test_a_decision_table_holds_rules():
    files = with_table(
        "id,country,size,score,to,else,sla,says,because,expires\n"
        "t-1,DACH;FR,ENT,,sales,,hot,ENT to Sales Team,,\n"
        "t-2,US,missing;SMB,>=10,service,,,,pilot,2030-06-30\n"
        't-3,,,,"{nearest: shops, max_km: 60, open: now}",rest,,,,\n')
    stage = require_book(files).stages[1]
    assert [rule.id for rule in stage.rules] == ["t-2", "t-1", "t-3"]          # the exception stands first
    exception, first, nearest = stage.rules
    assert {cell.attribute: cell.values for cell in first.when} == {"country": {"DE", "AT", "CH", "FR"}, "size": {"ENT"}}
    assert (first.sla, first.says) == ("hot", "ENT to Sales Team")
    assert (exception.because, exception.expires) == ("pilot", date(2030, 6, 30))
    assert next(cell for cell in exception.when if cell.attribute == "size").missing
    assert nearest.target == Target(team="shops", nearest=Nearest(max_km=60.0, open_now=True), otherwise="rest")
    assert nearest.when == ()


@pytest.mark.parametrize(("row", "kind", "column"), [
    ("t-1,DE;UKK,,sales,", "unknown_value", 8), ("t-1,DE,,saless,", "unknown_team", 9),
    ("t-1,DE,huge,sales,", "unknown_value", 8),
    ("r,DE,,sales,", "duplicate_rule", 1), ("t-1,DE,,{nearest: shops},", "missing_else", 9), (",DE,,sales,", "wrong_type", 1),
    ("t-1,null,,sales,", "wrong_type", 5), ("t-1,DE,,sales,rest", "wrong_type", 15), ("t-1,DE,,,", "wrong_type", 1),
])
def test_a_fault_in_a_decision_table_has_its_column(row, kind, column):
    finding, = errors(with_table(f"id,country,size,to,else\n{row}\n"))
    assert (finding.kind, finding.file, finding.line, finding.column) == (kind, "tables/t.csv", 2, column)


def test_a_decision_table_with_a_strange_column_names_the_nearest():
    finding, = errors(with_table("id,contry,to\nt-1,DE,sales\n"))
    assert (finding.kind, finding.given, finding.nearest) == ("unknown_attribute", "contry", "country")


def test_named_accounts_have_dates_and_one_aim():
    rows = require_book(example_files()).stages[0].named
    assert [(row.account_id, row.include_children, row.team, row.owner_id) for row in rows] == [
        ("a-acme", True, "ent-sdr-east", None), ("a-globex", False, None, "o-kim"), ("a-globex-de", False, "smb-pool", None)]
    assert (rows[1].span.starts, rows[1].span.ends) == (date(2026, 1, 1), date(2026, 12, 31))


def test_rows_of_one_account_may_follow_each_other():
    files = altered("a-globex-de,false,smb-pool,,,2026-06-01,", "a-globex,false,smb-pool,,,2027-01-01,",
                    "tables/named_accounts.csv")
    assert errors(files) == []


def test_compliance_is_read_as_written():
    rules = {rule.id: rule for rule in require_book(example_files()).compliance}
    assert list(rules) == ["sanctions", "no-consent", "eu-residency", "licence", "call-window", "conflict"]
    assert (rules["sanctions"].takes, rules["sanctions"].send_to, rules["sanctions"].cites) == ("item", "manual-review", "...")
    assert rules["no-consent"].takes == "contact"
    assert rules["eu-residency"].require[0].any_of == {"EU"}
    assert rules["licence"].require[0].contains == "required_certification"
    assert (rules["call-window"].require[0].window, rules["call-window"].if_missing_skip) == ((480, 1260), True)
    assert rules["conflict"].forbid == (Requirement(subject="owner.conflicts", contains="account", text="contains item.account"),)
    assert len(rules["eu-residency"].when[0].values) == 30


@pytest.mark.parametrize(("rule", "kind"), [
    ("{id: c, when: {kind: lead}}", "wrong_type"), ("{id: c, forbid: everything, send_to: rest}", "unknown_value"),
    ("{id: c, forbid: item, send_to: sales}", "wrong_type"), ("{id: c, forbid: item}", "wrong_type"),
    ("{id: c, require: {owner.data_region: [EU]}, send_to: rest}", "wrong_type"), ("{id: c, require: {}}", "wrong_type"),
    ("{id: c, require: {region: [EU]}}", "unknown_key"), ("{id: c, require: {owner.data_region: []}}", "wrong_type"),
    ("{id: c, forbid: {item.local_time: 08:00-21:00}}", "wrong_type"), ("{id: c, require: {owner.email: [x]}}", "person_in_rule"),
    ("{id: c, require: {owner.x: {contain: item.kind}}}", "unknown_key"), ("{require: {owner.x: [EU]}}", "wrong_type"),
    ("{id: c, require: {owner.x: [EU]}, if_missing: pass}", "unknown_value"),
    ("{id: c, forbid: item, send_to: rest, require: {owner.x: [EU]}}", "wrong_type"),
])
def test_a_compliance_rule_that_cannot_be_is_refused(rule, kind):
    assert kind in [found.kind for found in errors(small("{id: r, to: sales}", more=f"compliance:\n  - {rule}\n"))]


def test_service_levels_and_availability_are_read():
    book = require_book(example_files())
    hot = book.slas["hot"]
    assert (hot.respond_within, hot.clock) == (timedelta(minutes=15), "business")
    assert [(step.after, step.do) for step in hot.escalate] == [
        (timedelta(minutes=10), "notify_manager"), (timedelta(minutes=15), "reoffer")]
    assert (book.availability.working_hours, book.availability.wait, book.availability.then) == (
        "prefer", timedelta(minutes=10), "queue")
    assert book.effective_from == datetime(2026, 11, 1, tzinfo=UTC)


def last_stage(*rules):
    files = small("{id: r, when: {kind: lead}, to: sales}")
    files["rulebook.yaml"] = files["rulebook.yaml"].replace("{id: all, to: rest, reason: no_territory}", ", ".join(rules))
    return files


@pytest.mark.parametrize(("rules", "example"), [
    (["{id: a, when: {kind: lead}, to: rest}"], {"kind": "case"}),
    (["{id: a, when: {country: DE}, to: rest}"], {"kind": "lead", "country": "missing"}),
    (["{id: a, when: {size: [SMB, MID, ENT]}, to: rest}"], {"kind": "lead", "size": "missing"}),
    (["{id: a, when: {score: '>=0'}, to: rest}", "{id: b, when: {score: missing}, to: rest}"], {"kind": "lead", "score": "-0.5"}),
    (["{id: a, to: rest, because: test, expires: 2030-01-01}"], {"kind": "lead"}),
])
def test_a_last_stage_that_leaves_an_item_out_is_no_fallback(rules, example):
    finding, = errors(last_stage(*rules))
    assert (finding.kind, finding.stage, finding.example) == ("missing_fallback", "fallback", example)


@pytest.mark.parametrize("rules", [
    ["{id: a, to: rest}"],
    ["{id: a, when: {kind: lead}, to: rest}", "{id: b, when: {kind: case}, to: sales}"],
    ["{id: a, when: {size: [SMB, MID, ENT, missing]}, to: rest}"],
    ["{id: a, when: {score: '<5'}, to: rest}", "{id: b, when: {score: ['>=5', missing]}, to: rest}"],
    ["{id: a, when: {urgent: true, kind: lead}, to: rest}", "{id: b, when: {urgent: [false, missing]}, to: rest}",
     "{id: c, when: {kind: case}, to: rest}"],
    # a derived value that its source contradicts is no gap: a score of 0.1 is never hot
    ["{id: a, when: {score: ['<0.3', '>1', missing]}, to: rest}", "{id: b, when: {heat: hot}, to: rest}"],
])
def test_a_last_stage_that_covers_everything_in_parts_is_a_fallback(rules):
    assert load_book(last_stage(*rules)).findings == ()


def test_a_book_whose_last_stage_is_a_table_of_accounts_has_no_fallback():
    files = example_files()
    text = files["rulebook.yaml"]
    start = text.index("  - stage: fallback")
    files["rulebook.yaml"] = text[:start] + text[text.index("availability:"):]
    finding, = errors(files)
    assert (finding.kind, finding.stage, finding.example["kind"]) == ("missing_fallback", "territory", "renewal")


def of_pigeons(pigeons: int, holes: int):
    """A last stage that takes an item where two pigeons share a hole or one has none: everything, when holes are too few."""
    names = [f"p{number}" for number in range(pigeons)]
    spots = [f"h{number}" for number in range(holes)]
    declared = "".join(f"  {name}: {{enum: [{', '.join(spots)}]}}\n" for name in names)
    asked = [f"{name}: missing" for name in names] + [
        f"{first}: {spot}, {second}: {spot}" for first, second in combinations(names, 2) for spot in spots]
    files = last_stage(*(f"{{id: r{number}, when: {{{cells}}}, to: rest}}" for number, cells in enumerate(asked)))
    files["rulebook.yaml"] = files["rulebook.yaml"].replace("groups:", f"{declared}groups:", 1)
    return files


@pytest.mark.parametrize(("holes", "kinds"), [(3, []), (4, ["missing_fallback"])])
def test_a_last_stage_that_covers_everything_only_together_is_worked_out(holes, kinds):
    assert [found.kind for found in load_book(of_pigeons(4, holes)).findings] == kinds


def test_a_last_stage_of_too_many_cases_is_not_proved():
    loaded = load_book(of_pigeons(10, 9))
    assert [found.kind for found in loaded.findings] == ["not_proved"] and loaded.book is not None
