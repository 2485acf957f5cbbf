from datetime import timedelta

import pytest

from features.events import ENDS
from rules.errors import DirectoryError, HistoryError, Refused
from rules.progress import counting
from serving.imports.files import import_file, import_history
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from serving.store import tables
from tests.serving import small_company
from tests.serving.small_company import NOON, lead

HEADER = "item_id,kind,received_at,owner_id,assigned_at,first_response_at,ended_at,end,outcome,outcome_at,country,consent\n"


@pytest.fixture
def workspace(tmp_path):
    made = Workspace.at(small_company.build(tmp_path / "ws"))
    yield made
    made.close()


def written(workspace, text, name="past.csv"):
    path = workspace.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def row(item="H-1", day=1, owner="ann", **cells):
    filled = {"first_response_at": f"2026-03-{day:02}T10:00:00Z", "ended_at": f"2026-03-{day + 2:02}T09:00:00Z",
              "end": "resolved", "outcome": "converted", "outcome_at": "", "country": "US", "consent": "granted", **cells}
    received = f"2026-03-{day:02}T08:00:00Z"
    return ",".join((item, "lead", received, owner, f"2026-03-{day:02}T09:00:00Z", *filled.values())) + "\n"


def kinds(workspace):
    return [(event.kind, event.item_id) for event in workspace.store.events()]


def test_a_row_becomes_events_in_the_order_they_became_known(workspace):
    report = import_history(workspace, written(workspace, HEADER + row("H-1", 1) + row("H-2", 2)))
    assert kinds(workspace) == [("assigned", "H-1"), ("responded", "H-1"), ("assigned", "H-2"), ("responded", "H-2"),
                                ("outcome", "H-1"), ("closed", "H-1"), ("outcome", "H-2"), ("closed", "H-2")]
    assert (report.rows, report.kept, report.known_before) == (2, 8, 0)
    assigned = next(workspace.store.events())
    assert (assigned.team, assigned.expected, assigned.item.value("country")) == ("sales", None, "US")


@pytest.mark.parametrize(("end", "kind"), [("resolved", "closed"), ("reassigned", "reassigned"), ("rejected", "rejected"),
                                           ("", "closed")])
def test_each_end_becomes_its_event(workspace, end, kind):
    import_history(workspace, written(workspace, HEADER + row(end=end, outcome="")))
    assert kinds(workspace)[-1] == (kind, "H-1")


def test_an_open_assignment_stays_open(workspace):
    import_history(workspace, written(workspace, HEADER + row(end="open", ended_at="", outcome="")))
    assert kinds(workspace) == [("assigned", "H-1"), ("responded", "H-1")]


def test_open_items_of_owners_whom_compliance_excludes_are_counted_and_listed(workspace):
    rows = [row("H-1", 1, "dan", end="", ended_at="", outcome="", country="DE"), row("H-2", 1, "dan", country="DE"),
            row("H-3", 1, "dan", end="open", ended_at="", outcome="", country="US"),
            row("H-4", 1, "dan", end="open", ended_at="", outcome="", country="DE"),
            row("H-4", 2, "ann", end="open", ended_at="", outcome="", country="DE")]
    path = written(workspace, HEADER + "".join(rows))
    for dry_run in (True, False):
        [told] = [one for one in import_history(workspace, path, dry_run=dry_run).warnings if one.code == "excluded_owners"]
        assert "excludes: 1," in told.message and "line 2: compliance excludes dan" in told.message
    [event] = workspace.store.flagged()
    assert event.item_id == "H-1" and "eu-residency" in event.note


def test_an_outcome_is_known_when_it_was_seen(workspace):
    import_history(workspace, written(workspace, HEADER + row(outcome_at="2026-06-01T00:00:00Z")))
    assert kinds(workspace)[-1] == ("outcome", "H-1")


def test_importing_again_adds_nothing(workspace):
    path = written(workspace, HEADER + row())
    import_history(workspace, path)
    again = import_history(workspace, path)
    assert (again.kept, again.known_before) == (0, 4)
    assert workspace.store.head().last_seq == 4


def test_a_second_file_about_the_same_time_is_merged_in(workspace):
    import_history(workspace, written(workspace, HEADER + row("H-2", 2)))
    import_history(workspace, written(workspace, HEADER + row("H-1", 1)))
    known = [event.known_at for event in workspace.store.events()]
    assert known == sorted(known)
    assert [event.seq for event in workspace.store.events()] == list(range(1, 9))


def test_history_from_before_is_refused_once_something_was_decided(workspace):
    Decider(Live(workspace)).decide(DecideCommand(item=lead(), mode="assign", at=NOON))
    with pytest.raises(Refused, match="before the first decision"):
        import_history(workspace, written(workspace, HEADER + row()))
    assert workspace.store.head().last_seq == 1


@pytest.mark.parametrize(("bad", "words"), [
    (row(owner="anne"), ["past.csv:3", "`anne`", "did you mean `ann`"]),
    (row(end="won"), ["past.csv:3", "`won`", "resolved"]),
    (row(ended_at="2026-03-03T09:00:00"), ["past.csv:3", "ended_at", "offset"]),
    (row(ended_at="", end="", outcome_at=""), ["past.csv:3", "outcome without a time"]),
    (row(ended_at="", outcome=""), ["past.csv:3", "end without a time"]),
    (row("H-0", 5), ["past.csv:3", "stand on line 2 already"]),
])
def test_a_row_that_cannot_be_read_stops_the_import_unless_it_may_be_left_out(workspace, bad, words):
    path = written(workspace, HEADER + row("H-0", 5) + bad)
    with pytest.raises(HistoryError) as refused:
        import_history(workspace, path)
    for word in words:
        assert word in str(refused.value)
    assert workspace.store.head().last_seq == 0
    report = import_file(workspace, path, what="history", skip_bad=True)
    assert report.bad_lines == (3,)
    assert {item for _, item in kinds(workspace)} == {"H-0"}


@pytest.mark.parametrize("above", ["", "# from the old CRM\n"])
def test_a_missing_column_is_never_left_out(workspace, above):
    path = written(workspace, above + "item_id,kind\nH-1,lead\n")
    for skip_bad in (False, True):
        with pytest.raises(HistoryError, match="assigned_at"):
            import_file(workspace, path, what="history", skip_bad=skip_bad)


def test_a_dry_run_tells_everything_and_changes_nothing(workspace):
    text = (HEADER.replace("consent\n", "consent,Lead Source\n") + row("H-1", 1).replace("\n", ",web\n")
            + row("H-2", 2, country="JP").replace("\n", ",web\n") + row("H-3", 3, end="won").replace("\n", ",web\n"))
    report = import_file(workspace, written(workspace, text), what="history", dry_run=True)
    assert report.unmapped == ("Lead Source",)
    assert report.bad_lines == (4,)
    assert report.missing_share["industry"] == 1.0
    assert report.missing_share["country"] == 0.0
    assert (report.unreached, report.unreached_examples) == ({"no_territory": 1}, ("H-2",))
    assert (report.rows, report.kept) == (3, 0)
    assert workspace.store.head().last_seq == 0


def test_a_mapping_renames_columns(workspace):
    text = (HEADER + row()).replace("item_id,", "Lead ID,", 1)
    (workspace.folder / "columns.yaml").write_text("Lead ID: item_id\n")
    import_file(workspace, written(workspace, text), what="history", mapping=workspace.folder / "columns.yaml")
    assert workspace.store.head().last_seq == 4


def test_a_renamed_table_keeps_the_lines_on_which_its_rows_start(workspace):
    header = (HEADER.rstrip("\n") + ',"its\nnote"\n').replace("item_id,", "Lead ID,", 1)
    text = "# exported by hand\n" + header + row("H-0").rstrip("\n") + ',"a\nb"\n\n' + row(owner="nobody")
    (workspace.folder / "columns.yaml").write_text("Lead ID: item_id\n")
    report = import_file(workspace, written(workspace, text), what="history", mapping=workspace.folder / "columns.yaml",
                         skip_bad=True)
    assert report.bad_lines == (7,)
    assert {item for _, item in kinds(workspace)} == {"H-0"}


def test_a_mapping_of_an_unknown_column_names_the_nearest(workspace):
    (workspace.folder / "columns.yaml").write_text("itemid: item_id\n")
    with pytest.raises(HistoryError, match="`itemid`.*did you mean `item_id`"):
        import_file(workspace, written(workspace, HEADER + row()), what="history", mapping=workspace.folder / "columns.yaml")


@pytest.mark.parametrize("text", ["- a\n", "a: [b\n", "just words\n", "a:\n  b: c\n"])
def test_a_mapping_that_is_none_is_refused(workspace, text):
    (workspace.folder / "columns.yaml").write_text(text)
    with pytest.raises(HistoryError, match="columns.yaml"):
        import_file(workspace, written(workspace, HEADER + row()), what="history", mapping=workspace.folder / "columns.yaml")


def test_owners_are_checked_as_a_whole_before_anything_is_replaced(workspace):
    before = workspace.owners_path.read_text()
    with pytest.raises(DirectoryError):
        import_file(workspace, written(workspace, before.replace("Europe/Berlin", "Berlin")), what="owners")
    assert workspace.owners_path.read_text() == before
    report = import_file(workspace, written(workspace, before + "fay,Fay,person,UTC,en,US,,1\n"), what="owners")
    assert report.kept == 6
    assert "fay" in Live(workspace).in_force.directory.owners
    assert workspace.store.active("directory") == Live(workspace).in_force.directory.digest


def test_a_country_of_an_account_that_nobody_can_tell_is_told_with_the_nearest(workspace):
    path = written(workspace, "account_id,name,country\nacme,ACME,Philipines\nbeta,Beta,Germany\nkia,Kia,Korea\n")
    misspelt, ambiguous = import_file(workspace, path, what="accounts").repairs
    assert "`Philipines` is no country we can tell" in misspelt.message and "did you mean `Philippines`" in misspelt.message
    assert "`Korea` is no country we can tell" in ambiguous.message and "did you mean" not in ambiguous.message


def test_a_time_without_an_offset_is_refused_with_what_a_mapping_could_do(workspace):
    with pytest.raises(HistoryError, match="`time_zone` in a mapping"):
        import_history(workspace, written(workspace, HEADER + row(ended_at="2026-03-03T09:00:00")))


def test_accounts_are_imported_beside_the_owners(workspace):
    import_file(workspace, written(workspace, "account_id,name,domain\nacme,ACME,acme.de\n"), what="accounts")
    assert "acme" in Live(workspace).in_force.directory.accounts


def test_items_are_written_under_our_columns(workspace):
    (workspace.folder / "columns.yaml").write_text("ID: item_id\n")
    text = "ID,kind,received_at,country,odd\nL-1,lead,2026-11-18T12:00:00Z,US,x\n"
    import_file(workspace, written(workspace, text), what="items", mapping=workspace.folder / "columns.yaml")
    assert (workspace.folder / "items.csv").read_text() == (
        "item_id,kind,received_at,country\nL-1,lead,2026-11-18T12:00:00Z,US\n")


@pytest.mark.parametrize(("content", "word"), [(None, "cannot be read"), (b"caf\xe9", "not UTF-8"), (b"", "header")])
def test_a_file_that_is_no_table_is_refused(workspace, content, word):
    path = workspace.folder / "past.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises((HistoryError, Refused), match=word):
        import_history(workspace, path)


def test_items_are_written_safe_for_a_spreadsheet_and_read_back_as_they_were(workspace):
    text = 'item_id,kind,received_at\n@1,lead,2026-03-01T08:00:00Z\n"=""00123""",lead,2026-03-01T08:00:00Z\n'
    report = import_file(workspace, written(workspace, text), what="items")
    assert [(one.code, "`00123` (3)" in one.message) for one in report.repairs] == [("unwrapped", True)]
    assert (workspace.folder / "items.csv").read_text().splitlines()[1].startswith("'@1,")
    again = import_file(workspace, workspace.folder / "items.csv", what="items")
    assert (again.kept, again.repairs, again.fates) == (2, (), {"items": 2})
    assert (workspace.folder / "items.csv").read_text().splitlines()[1].startswith("'@1,")


@pytest.mark.parametrize(("owner", "item"), [("7.03E+09", "H-1"), ("ann", "1.23457E+14")])
def test_a_history_whose_ids_a_spreadsheet_rounded_is_refused_by_its_row(workspace, owner, item):
    path = written(workspace, HEADER + row("H-2") + row(item, 1, owner))
    with pytest.raises(HistoryError, match="past.csv:3: a spreadsheet rounded the id"):
        import_history(workspace, path)
    report = import_file(workspace, path, what="history", skip_bad=True)
    assert (report.bad_lines, report.fates) == ((3,), {"assignments": 1, "cannot be used, told by line": 1})


def test_imported_items_count_against_capacity(workspace):
    path = written(workspace, HEADER + row("H-1", 1, "eve", end="open", ended_at="", outcome="", country="FR"))
    import_history(workspace, path)
    document = Decider(Live(workspace)).decide(DecideCommand(item=lead(country="FR"), at=NOON + timedelta(days=1))).document
    assert document.eligibility.excluded[0].rule == "capacity"


def owners_of(workspace, item):
    """Who had an item, and how each assignment ended."""
    events = [event for event in workspace.store.events() if event.item_id == item]
    ends = {event.assignment_id: event.kind for event in reversed(events) if event.kind in ENDS}
    return [(event.owner_id, ends.get(event.assignment_id)) for event in events if event.kind == "assigned"]


def still_open(item, day, owner):
    return row(item, day, owner=owner, end="open", ended_at="", outcome="", outcome_at="")


def places(workspace):
    with workspace.store.reading() as connection:
        return {owner: count for owner, count in connection.execute(tables.capacity.select()) if count}


def test_a_file_that_leaves_an_item_open_with_two_people_leaves_it_with_the_later_one(workspace):
    import_history(workspace, written(workspace, HEADER + still_open("H-1", 3, "bob") + still_open("H-1", 2, "ann")))
    assert owners_of(workspace, "H-1") == [("ann", "reassigned"), ("bob", None)]
    assert places(workspace) == {"bob": 1}


def test_importing_again_with_another_owner_hands_the_item_over(workspace):
    import_history(workspace, written(workspace, HEADER + still_open("H-1", 2, "ann") + still_open("H-2", 9, "ann")))
    for _ in range(2):
        import_history(workspace, written(workspace, HEADER + still_open("H-1", 2, "bob") + still_open("H-2", 9, "ann")))
        assert owners_of(workspace, "H-1") == [("ann", "reassigned"), ("bob", None)]
        assert places(workspace) == {"ann": 1, "bob": 1}


def test_an_import_after_decisions_hands_over_what_was_decided_here_and_what_was_imported(workspace):
    import_history(workspace, written(workspace, HEADER + still_open("H-1", 2, "ann")))
    decider = Decider(Live(workspace))
    given = decider.decide(DecideCommand(item=lead("L-1"), mode="assign", at=NOON - timedelta(hours=2))).document
    decider.decide(DecideCommand(item=lead("L-2", country="FR"), mode="assign", at=NOON))
    to = next(owner for owner in ("cleo", "dan") if owner != given.owner_id)
    moved_at = (NOON - timedelta(hours=1)).isoformat()
    told = still_open("H-1", 3, "bob") + f"L-1,lead,{moved_at},{to},{moved_at},,,open,,,US,granted\n"
    before = places(workspace)
    import_history(workspace, written(workspace, HEADER + told))
    assert owners_of(workspace, "H-1") == [("ann", "reassigned"), ("bob", None)]
    assert sum(places(workspace).values()) == sum(before.values()) == 3
    assert owners_of(workspace, "L-1") == [(given.owner_id, "reassigned"), (to, None)]
    known = [event.known_at for event in workspace.store.events()]
    assert known == sorted(known) and known[-1] > NOON
    again = Decider(Live(workspace)).decide(DecideCommand(item=lead("H-1"), mode="assign")).document
    assert (again.outcome, again.owner_id) == ("held", "bob")


def test_every_stage_of_a_long_import_is_told(workspace, monkeypatch):
    monkeypatch.setitem(counting.__kwdefaults__, "seconds", 0.0)
    said: list[str] = []
    text = HEADER + "".join(row(f"H-{number}", 1 + number % 20, end="open", ended_at="", outcome="") for number in range(200))
    import_file(workspace, written(workspace, text), what="history", say=said.append)
    for words in ("understanding rows: 128 of 200", "asking the rules: 64 of 200", "making events: 192 of 200", "keeping"):
        assert any(line.startswith(words) for line in said), words


def test_who_is_over_capacity_after_a_history_is_told_before_and_after_it_is_kept(workspace):
    open_rows = "".join(row(f"H-{number}", 1 + number, end="open", ended_at="", outcome="") for number in range(5))
    path = written(workspace, HEADER + open_rows + row("H-9", 3))
    for dry_run in (True, False):
        report = import_file(workspace, path, what="history", dry_run=dry_run)
        assert [(one.owner_id, one.open_items, one.max_open) for one in report.over_capacity] == [("ann", 5, 3)]
