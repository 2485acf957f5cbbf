import weakref
from datetime import UTC, datetime

import pytest

from features.plan import Objective
from rules.directory.files import load_directory
from rules.exports.history import HistoryRow
from rules.intake.item import read_item
from rules.loading import require_book
from rules.model import Moment
from rules.routing import territory
from rules.routing.territory import find_route
from serving.admission.assignment_log import observed_rows
from serving.imports import exports, files
from serving.imports.files import import_file
from serving.imports.history_events import assignment_id_of, team_of
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.small_company import lead

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOOK = require_book({"rulebook.yaml": small_company.RULEBOOK})


def team(memberships, owner="ann", **attributes):
    directory = load_directory({"owners.csv": small_company.OWNERS,
                                "memberships.csv": "owner_id,team,role,from,to\n" + memberships})
    item = read_item(lead(**attributes), book=BOOK, directory=directory, at=AT)
    return team_of(find_route(BOOK, item, directory, Moment(at=AT)).route, owner, AT, directory=directory)


@pytest.mark.parametrize(("memberships", "country", "expected"), [
    ("ann,sales,,,\n", "US", "sales"),
    ("ann,solo,,,\nann,sales,,,\n", "US", "sales"),             # of several teams the one the rules send to
    ("ann,solo,,,\nann,sales,,,\n", "FR", "solo"),
    ("ann,solo,,,\n", "US", "solo"),                            # moved there by hand
    ("ann,sales,,2026-04-01,\n", "US", None),                   # not on any team yet
    ("ann,sales,,,2026-03-01\nann,solo,,2026-03-02,\n", "US", "solo"),
    ("", "US", None),
])
def test_an_imported_assignment_belongs_to_the_team_its_owner_had_it_in(memberships, country, expected):
    assert team(memberships, country=country) == expected


@pytest.mark.parametrize(("cells", "untold"), [
    ({}, True), ({"end": "open"}, False), ({"outcome": "lost", "outcome_at": "2026-03-04T09:00:00Z"}, False),
    ({"end": "resolved", "ended_at": "2026-03-04T09:00:00Z"}, False), ({"ended_at": "2026-03-04T09:00:00Z"}, False),
])
def test_a_row_that_says_nothing_of_how_it_went_on_is_kept_as_untold(tmp_path, cells, untold):
    workspace = Workspace.at(small_company.build(tmp_path / "ws"))
    row = {"item_id": "H-1", "kind": "lead", "received_at": AT.isoformat(), "owner_id": "ann", "assigned_at": AT.isoformat(),
           "end": "", "outcome": "", "outcome_at": "", "ended_at": "", **cells}
    (tmp_path / "past.csv").write_text(",".join(row) + "\n" + ",".join(row.values()), encoding="utf-8")
    import_file(workspace, tmp_path / "past.csv", what="history")
    assert [event.untold for event in workspace.store.events() if event.kind == "assigned"] == [untold]


def test_an_assignment_is_named_by_item_owner_and_time():
    named = {assignment_id_of(item, owner, at) for item in ("L-1", "L-2") for owner in ("ann", "bob")
             for at in (AT, AT.replace(hour=10))}
    assert len(named) == 8
    assert assignment_id_of("L-1", "ann", AT) == assignment_id_of("L-1", "ann", AT)


def past_of(tmp_path, rows):
    """A workspace that imported rows, each a mapping of what differs from the usual one."""
    workspace = Workspace.at(small_company.build(tmp_path / "ws"))
    usual = {"item_id": "H-1", "kind": "lead", "received_at": AT.isoformat(), "owner_id": "ann", "assigned_at": AT.isoformat(),
             "end": "", "outcome": "", "outcome_at": "", "ended_at": ""}
    lines = [",".join(usual), *(",".join({**usual, **row}.values()) for row in rows)]
    (tmp_path / "past.csv").write_text("\n".join(lines), encoding="utf-8")
    import_file(workspace, tmp_path / "past.csv", what="history")
    return workspace


def test_the_rules_are_asked_once_about_each_row(tmp_path, monkeypatch):
    asked, compiled = [], territory.compiled
    monkeypatch.setattr(territory, "compiled", lambda book: asked.append(1) or compiled(book))
    past_of(tmp_path, [{"item_id": f"H-{number}", "end": "resolved", "ended_at": AT.replace(hour=15).isoformat()}
                       for number in range(7)])
    assert len(asked) == 7


def test_a_history_is_kept_in_the_order_it_became_known_and_by_line_at_one_moment(tmp_path):
    noon = AT.replace(hour=12)
    workspace = past_of(tmp_path, [
        {"item_id": "B", "assigned_at": noon.isoformat(), "end": "open"},
        {"item_id": "A", "end": "resolved", "outcome": "won", "ended_at": noon.isoformat()},
        {"item_id": "C", "assigned_at": noon.isoformat(), "end": "open"}])
    assert [(event.seq, event.item_id, event.kind) for event in workspace.store.events()] == [
        (1, "A", "assigned"), (2, "B", "assigned"), (3, "A", "outcome"), (4, "A", "closed"), (5, "C", "assigned")]


class Counted(datetime):
    """A moment that counts how often it is compared."""

    compared = 0

    def __gt__(self, other):
        type(self).compared += 1
        return super().__gt__(other)


def test_what_a_history_will_be_learnt_as_takes_no_more_steps_a_row_where_there_are_more_rows():
    item = read_item(lead(), book=BOOK, directory=load_directory({"owners.csv": small_company.OWNERS}), at=AT)
    rows = [HistoryRow(line=number, item=item, owner_id="ann", assigned_at=Counted(2026, 3, 2, 9, number % 60, tzinfo=UTC))
            for number in range(600)]
    observed_rows(rows, Objective(kind="lead", positive=("won",)))
    assert Counted.compared < 10 * len(rows)


class Text(str):
    """A text of which it can be told whether anybody holds it still."""


def test_a_long_file_is_not_held_while_its_rows_are_understood(tmp_path, monkeypatch):
    read, held = files.read_text, []
    monkeypatch.setattr(files, "read_text", lambda path, **how: held.append(weakref.ref(text := Text(read(path, **how)))) or text)
    alive, understood = [], exports.history_report
    monkeypatch.setattr(exports, "history_report", lambda *read, **more: alive.append(held[0]()) or understood(*read, **more))
    past_of(tmp_path, [{"end": "open"}])
    assert alive == [None]
