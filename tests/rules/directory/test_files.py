"""Directory files: what they become, and for every fault its place, what was given and what was expected."""
from datetime import UTC, date, datetime

import pytest

from rules.digests import digest_of_files
from rules.directory.files import load_directory, read_directory_files
from rules.errors import DirectoryError
from tests.rules.example import DIRECTORY_FILES, OWNERS, directory, the_directory

HEAD = "owner_id,kind"


def problems_of(**replaced: str):
    with pytest.raises(DirectoryError) as caught:
        directory(**replaced)
    return caught.value.problems


def only_problem(**replaced: str):
    (problem,) = problems_of(**replaced)
    return problem


def owner(columns: str, cells: str):
    files = {"owners.csv": f"{HEAD},{columns}\nann,person,{cells}\n"}
    return load_directory(files).owners["ann"]


def owner_problem(columns: str, cells: str):
    with pytest.raises(DirectoryError) as caught:
        owner(columns, cells)
    (problem,) = caught.value.problems
    return problem


def test_owners_carry_every_column_typed():
    cleo = the_directory().owners["cleo"]
    assert (cleo.kind, cleo.time_zone, cleo.holidays, cleo.languages) == ("person", "Europe/Berlin", "DE-BY", ("de",))
    assert (cleo.max_open, cleo.max_per_day, cleo.weight) == (None, 1, 1.0)
    assert cleo.attributes == {"seniority": "7"}
    assert the_directory().owners["sf"].certifications == {"gas": date(2026, 12, 31)}
    assert the_directory().owners["oak"].certifications == {"gas": None, "hvac": None}
    assert the_directory().owner_columns == ("conflicts", "seniority")


def test_lists_are_separated_by_semicolons_and_the_first_language_is_the_native_one():
    found = owner("languages,skills,service_postals", '"Deutsch; EN;de",a;b,941*;94501')
    assert found.languages == ("de", "en")
    assert found.skills == {"a", "b"}
    assert found.service_postals == ("941*", "94501")


def test_members_keep_every_row_whatever_its_dates_in_file_order():
    east = the_directory().members["east"]
    assert [member.owner_id for member in east] == ["ann", "ben", "cleo"]
    assert east[1].span.starts == date(2026, 1, 1) and east[2].span.ends == date(2026, 11, 20)


def test_accounts_form_a_tree_with_normalised_domain_and_country():
    accounts = the_directory().accounts
    assert (accounts["acme-de"].domain, accounts["acme-de"].country) == ("acme.de", "DE")
    assert the_directory().ancestors("acme-de") == ("acme-de", "acme")


def test_an_account_may_have_several_domains_and_a_bad_one_is_told_by_itself():
    found = directory(accounts="account_id,domain\na,nord.example;www.sued.example\nb,\"ost.example, ost.example\"\n").accounts
    assert (found["a"].domain, found["a"].domains) == ("nord.example", ("nord.example", "sued.example"))
    assert found["b"].domains == ("ost.example",)
    problem = only_problem(accounts="account_id,domain\na,nord.example;nowhere\n")
    assert (problem.line, problem.column_name, problem.given) == (2, "domain", "nowhere")


def test_a_workspace_names_hosts_that_are_nobodys_own():
    found = load_directory({"owners.csv": f"{HEAD}\nann,person\n", "shared_hosts.csv": "host,note\nWWW.Hub.example,coworking\n"})
    assert found.shared_hosts == {"hub.example"}
    with pytest.raises(DirectoryError) as caught:
        load_directory({"owners.csv": f"{HEAD}\nann,person\n", "shared_hosts.csv": "host\nnowhere\n"})
    assert [(one.file, one.line, one.given) for one in caught.value.problems] == [("shared_hosts.csv", 2, "nowhere")]


def test_a_cycle_of_accounts_is_left_to_the_check_and_never_hangs():
    looped = directory(accounts="account_id,parent_id\na,b\nb,a\n")
    assert looped.ancestors("a") == ("a", "b")


def test_a_span_of_days_covers_its_last_day_and_an_instant_is_out_at_its_end():
    found = owner("active_from,active_to,time_zone", "2026-05-01,2026-05-02,Europe/Berlin")
    assert found.active.covers(datetime(2026, 5, 2, 21, 59, tzinfo=UTC), found.time_zone)
    assert not found.active.covers(datetime(2026, 5, 2, 22, 0, tzinfo=UTC), found.time_zone)
    timed = owner("active_to", "2026-05-02T10:00:00+02:00")
    assert timed.active.ends == datetime(2026, 5, 2, 8, tzinfo=UTC)


def test_only_the_owners_file_is_needed(tmp_path):
    (tmp_path / "owners.csv").write_text("\ufeff# who can own something\nowner_id,kind\r\nann,person\r\n")
    assert set(load_directory(read_directory_files(tmp_path)).owners) == {"ann"}


def test_the_digest_names_the_content():
    assert the_directory().digest == digest_of_files(DIRECTORY_FILES)
    assert the_directory().digest.startswith("sha256:") and len(the_directory().digest) == 71
    assert directory(owners=OWNERS + "zoe,Zoe,person\n").digest != the_directory().digest


@pytest.mark.parametrize(("columns", "cells", "column", "given", "expected"), [
    ("time_zone", "Europe/Berln", "time_zone", "Europe/Berln", "an IANA name"),
    ("working_hours", "9 to 5", "working_hours", "9 to 5", "Mon-Fri 09:00-17:30"),
    ("working_hours", "Mon-Fri 09:00-25:00", "working_hours", "Mon-Fri 09:00-25:00", "24:00"),
    ("working_hours", "Mon-Fry 09:00-17:00", "working_hours", "Mon-Fry 09:00-17:00", "Mon-Fri"),
    ("holidays", "DE-XX", "holidays", "DE-XX", "DE-BY"),
    ("languages", "elvish", "languages", "elvish", "codes or names such as"),
    ("certifications", "gas:31.12.2026", "certifications", "gas:31.12.2026", "gas:2027-05-31"),
    ("latitude,longitude", "91,0", "latitude", "91", "degrees from -90 to 90"),
    ("latitude,longitude", "48,", "longitude", None, "latitude and longitude"),
    ("max_open", "2.5", "max_open", "2.5", "a whole number"),
    ("max_open", "-1", "max_open", "-1", "a whole number"),
    ("weight", "1_0", "weight", "1_0", "a number of 0 or more"),
    ("weight", "١٢", "weight", "١٢", "a number of 0 or more"),
    ("weight", "nan", "weight", "nan", "a number of 0 or more"),
    ("radius_km", "-5", "radius_km", "-5", "kilometres"),
    ("active_from", "01.05.2026", "active_from", "01.05.2026", "a day such as"),
    ("active_to", "2026-02-30", "active_to", "2026-02-30", "a day such as"),
    ("active_from", "2026-05-01T10:00:00", "active_from", "2026-05-01T10:00:00", "offset"),
    ("active_from,active_to", "2026-05-02,2026-05-01", "active_to", "2026-05-01", "or later"),
])
def test_a_cell_that_cannot_be_read_is_named_with_line_column_given_and_expected(columns, cells, column, given, expected):
    problem = owner_problem(columns, cells)
    assert (problem.file, problem.line, problem.column_name, problem.given) == ("owners.csv", 2, column, given)
    assert expected in problem.expected


def test_a_misspelt_time_zone_or_kind_names_the_nearest():
    assert owner_problem("time_zone", "Europe/Berln").nearest == "Europe/Berlin"
    problem = only_problem(owners="owner_id,kind\nann,persn\n", memberships="owner_id,team\n", absences="owner_id,from\n")
    assert (problem.given, problem.nearest) == ("persn", "person")


def test_a_misspelt_column_is_not_taken_for_an_attribute():
    problem = only_problem(owners="owner_id,kind,max_opne\nann,person,3\n", memberships="owner_id,team\n",
                           absences="owner_id,from\n")
    assert (problem.line, problem.given, problem.nearest) == (1, "max_opne", "max_open")


def test_every_problem_of_every_file_is_reported_at_once():
    found = problems_of(
        memberships="owner_id,team,from\nann,east,soon\nbenn,east,\n,east,\nann,,\n",
        absences="owner_id,from,to\neve,,\nghost,2026-01-01,\n",
        accounts="account_id,parent_id,domain\na,acmee,\na,,\nb,,not a domain\n",
    )
    assert [(p.file, p.line, p.column_name) for p in found] == [
        ("memberships.csv", 2, "from"), ("memberships.csv", 3, "owner_id"), ("memberships.csv", 4, "owner_id"),
        ("memberships.csv", 5, "team"), ("absences.csv", 2, "from"), ("absences.csv", 3, "owner_id"),
        ("accounts.csv", 3, "account_id"), ("accounts.csv", 4, "domain"), ("accounts.csv", 2, "parent_id"),
    ]
    assert found[1].nearest == "ben"


def test_an_owner_twice_is_refused():
    problem = only_problem(owners="owner_id,kind\nann,person\nann,person\n", memberships="owner_id,team\n",
                           absences="owner_id,from\n")
    assert (problem.line, problem.given) == (3, "ann")


@pytest.mark.parametrize(("text", "message"), [
    ("", "no header"),
    ("owner_id\nann\n", "required column is absent"),
    ("owner_id,kind,kind\n", "two columns have one name"),
    ("owner_id,kind,\nann,person,x\n", "a column has no name"),
    ("owner_id,kind\nann,person,extra\n", "too many cells"),
    ('owner_id,kind\n"ann,person\n', "2: a quoted cell has no end"),
    ('owner_id,kind\n"ann,person\nbob\n', "not readable as CSV from line 2"),
])
def test_a_broken_table_is_refused_with_its_fault(text, message):
    with pytest.raises(DirectoryError, match=message):
        load_directory({"owners.csv": text})


def test_short_rows_of_every_file_are_read_and_told():
    found = directory(owners="owner_id,kind,name\nann,person\n", memberships="owner_id,team,role\nann,east\n",
                      absences="owner_id,from,to\nann,2026-01-01\n", accounts="# ours\naccount_id,name,city\nacme\n")
    assert [(one.file, one.line, one.given) for one in found.doubts] == [
        ("owners.csv", 2, 2), ("memberships.csv", 2, 2), ("absences.csv", 2, 2), ("accounts.csv", 3, 1)]
    assert (found.owners["ann"].name, found.accounts["acme"].city) == ("", None)


def test_a_note_between_the_rows_is_refused_with_where_it_may_stand():
    problems = problems_of(owners="owner_id,kind\nann,person\n# from Berlin\nbob,person\n", memberships="owner_id,team\n",
                           absences="owner_id\n")
    assert {one.line for one in problems} == {3} and "a note stands above the header" in str(problems[-1])


def test_a_membership_column_that_does_not_exist_names_the_nearest():
    problem = only_problem(memberships="owner_id,team,form\nann,east,\n")
    assert (problem.message, problem.given, problem.nearest) == ("unknown column", "form", "from")


def test_a_file_that_is_not_utf8_or_not_there_is_named(tmp_path):
    with pytest.raises(DirectoryError, match=r"owners.csv: the file cannot be read"):
        read_directory_files(tmp_path)
    (tmp_path / "owners.csv").write_bytes("owner_id,kind\nann,person\nj\xf6rg,person\n".encode("latin-1"))
    with pytest.raises(DirectoryError, match=r"owners.csv:3: the file is not UTF-8 text; given `byte 0xf6`"):
        read_directory_files(tmp_path)
