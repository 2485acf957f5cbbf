"""Damaged rule books, tables and directories: a clear refusal or a correct load, never a crash, never a silent difference.

A refusal is clear when it is the project's own error, names a file that is there and a line inside it, and says what is
wrong. A load is correct when it comes out the same twice and decides as an independent reading of the very text says; for
a directory, when its values are the cells that the standard library reads. `make test` tries 500, `make test-long` 20,000.
"""
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest

from rules.analysis.check import check, run_tests
from rules.book.findings import ERRORS, WARNINGS
from rules.book.reading import read_book_files
from rules.directory.files import load_directory, read_directory_files
from rules.errors import DirectoryError, ItemError, RightfulError, RuleBookError
from rules.intake.item import read_item
from rules.loading import load_book, require_book
from rules.routing.eligibility import route_and_filter
from rules.workload import EMPTY_DESK
from tests.contracts.mutations import damaged
from tests.contracts.naive_reader import NaiveBook, NotJudged, number_of, records_of
from tests.strength import slice_of, sliced

EXAMPLE = Path(__file__).parents[1] / "cases" / "books" / "example"
AT = datetime(2026, 12, 2, 12, tzinfo=UTC)
DIRECTORY = ("owners.csv", "memberships.csv", "absences.csv", "accounts.csv")
#: Every so many mutants are also checked as `rules check` does, and written to disk byte by byte.
CHECKED = 25
LEAD = {"kind": "lead", "channel": "inbound", "consent": "granted"}
PROBES = [
    LEAD | {"country": "US", "state": "NY", "employees": 4000.0}, LEAD | {"country": "US", "state": "CA", "employees": 4000.0},
    LEAD | {"country": "US", "state": "TX", "employees": 1000.0}, LEAD | {"country": "CA", "employees": 999.0},
    LEAD | {"country": "DE", "employees": 250.0}, LEAD | {"country": "NO", "employees": 249.0}, LEAD | {"country": "KP"},
    LEAD | {"country": "BR", "employees": 1.0}, LEAD | {"country": "MX", "employees": 0.0}, LEAD | {"country": "US"},
    LEAD | {"country": "FR", "channel": "partner_registered"}, LEAD | {"country": "FR", "consent": "denied"},
    {"kind": "lead", "country": "FR", "channel": "outbound"}, {"kind": "lead", "country": "SY", "channel": "partner_registered"},
    LEAD | {"country": "US", "account": "a-acme"}, LEAD | {"country": "CA", "account": "a-acme-ca"},
    LEAD | {"country": "US", "account": "a-globex"}, LEAD | {"country": "DE", "account": "a-globex-de"},
    {"kind": "quote_request", "country": "US", "state": "CA", "required_certification": "gas"}, {"kind": "case", "country": "DE"},
    {"kind": "churn_risk", "country": "US", "churn_score": 0.3}, {"kind": "churn_risk", "country": "US", "churn_score": 0.29},
    {"kind": "churn_risk", "country": "US"}, {"kind": "renewal", "country": "IN", "language": "de", "industry": "health"},
    {"kind": "onboarding", "country": "DE", "do_not_contact": True, "postal_code": "80331"}, {"kind": "renewal", "country": "US"},
]


@lru_cache
def example() -> dict[str, str]:
    return read_book_files(EXAMPLE) | read_directory_files(EXAMPLE)


def judge(seed: int, seen: Counter) -> None:
    """Damage the example, and hold what comes of it against the text."""
    files = damaged(example(), seed)
    book_files = {name: text for name, text in files.items() if name not in DIRECTORY}
    loaded, again = load_book(book_files), load_book(dict(book_files))
    assert loaded == again, seed
    check_findings(loaded.findings, book_files, seed)
    has_errors = any(finding.severity == "error" for finding in loaded.findings)
    assert (loaded.book is None) == has_errors, seed
    if loaded.book is None:
        with pytest.raises(RuleBookError):
            require_book(book_files)
    directory = load_people(files, seed)
    seen["book refused" if loaded.book is None else "book loaded"] += 1
    seen["directory refused" if directory is None else "directory loaded"] += 1
    if loaded.book is not None and directory is not None:
        changed = any(files[name] != example()[name] for name in files)
        seen["loaded and changed" if changed else "unchanged"] += 1
        compare(loaded.book, directory, files, seed, seen)
    if seed % CHECKED == 0:
        report = check(book_files, directory, at=AT)
        assert report.as_json()["rulebook"].startswith("sha256:") and (report.ok <= (loaded.book is not None)), seed
        check_findings(report.findings, files, seed)
        if loaded.book is not None and directory is not None:
            run_tests(loaded.book, directory, now=AT)
        seen["checked"] += 1


def check_findings(findings, files, seed) -> None:
    """Each is of a known kind, stands in a file that is there, on a line that is there, and says something."""
    for found in findings:
        assert found.kind in (*ERRORS, *WARNINGS) and found.message.strip(), (seed, found)
        assert found.file is None or found.file in files, (seed, found)
        if found.file is not None and found.line is not None:
            assert 1 <= found.line <= files[found.file].count("\n") + files[found.file].count("\r") + 1, (seed, found)
        str(found), found.as_json()


def load_people(files, seed):
    """The directory, whose values must be the cells; None where it is refused with places."""
    texts = {name: files[name] for name in DIRECTORY if name in files}
    try:
        directory = load_directory(texts)
    except DirectoryError as refusal:
        assert all(problem.file in texts and problem.message for problem in refusal.problems), seed
        return None
    assert directory == load_directory(dict(texts)), seed
    rows = {row["owner_id"]: row for row in records_of(texts["owners.csv"])}
    assert list(rows) == list(directory.owners), seed
    for owner_id, owner in directory.owners.items():
        row = rows[owner_id]
        told = {"kind": owner.kind, "name": owner.name, "time_zone": owner.time_zone, "data_region": owner.data_region or "",
                "conflicts": owner.attributes.get("conflicts", ""), "holidays": owner.holidays or ""}
        assert told == {name: row.get(name, "") or ("UTC" if name == "time_zone" else "") for name in told}, (seed, owner_id)
        for name in ("latitude", "longitude", "radius_km", "max_open"):
            assert getattr(owner, name) == (number_of(row[name]) if row.get(name) else None), (seed, owner_id, name)
        parts = [part.split(":") for part in row.get("certifications", "").split(";") if part.strip()]
        assert {name: str(last or "").replace("-", "") for name, last in owner.certifications.items()} == {
            part[0].strip(): "".join(part[1:]).strip().replace("-", "") for part in parts}, (seed, owner_id)
    members = [(member.owner_id, member.team) for rows_of_team in directory.members.values() for member in rows_of_team]
    assert sorted(members) == sorted((row["owner_id"], row["team"]) for row in records_of(texts["memberships.csv"])), seed
    accounts = {row["account_id"]: row.get("parent_id", "") for row in records_of(texts["accounts.csv"])}
    assert accounts == {account_id: account.parent_id or "" for account_id, account in directory.accounts.items()}, seed
    return directory


def compare(book, directory, files, seed, seen) -> None:
    """Every probe goes where an independent reading of the text sends it."""
    try:
        naive = NaiveBook(files, AT)
        if _types(naive).items() - _types(NaiveBook(example(), AT)).items():
            raise NotJudged("an attribute of another type")
        told = [None if naive.refuses(probe) else naive.route(probe) for probe in PROBES]
    except NotJudged as why:
        seen[f"not judged: {why}"] += 1
        return
    for probe, expected in zip(PROBES, told, strict=True):
        try:
            item = read_item(probe, book=book, directory=directory, at=AT)
        except ItemError:
            assert expected is None, (seed, probe, expected)
            continue
        route = route_and_filter(item, book=book, directory=directory, at=AT, workload=EMPTY_DESK,
                                 person_else=False).route             # where the text sends it, not who stands in for a person
        assert (route.stage, route.rule) == expected, (seed, probe)
    seen["judged"] += 1


def _types(naive: NaiveBook) -> dict[str, str]:
    asked = {name for probe in PROBES for name in probe}
    return {name: spec.get("type", "").strip() for name, spec in naive.attributes.items() if name in asked}


def judge_all(seeds) -> Counter:
    seen: Counter = Counter()
    for seed in seeds:
        try:
            judge(seed, seen)
        except RightfulError as error:
            raise AssertionError(f"seed {seed}: a refusal at the wrong place: {error}") from error
    return seen


@sliced
@pytest.mark.parametrize("part", range(slice_of(5, 2)))
def test_a_damaged_company_is_refused_clearly_or_decides_as_its_text_says(part):
    seen = judge_all(range(part * 100, part * 100 + 100))
    assert seen["judged"] >= 20 and seen["book refused"] >= 20, seen


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_twenty_thousand_damaged_companies(part):
    seen = judge_all(range(part * 2_000, part * 2_000 + 2_000))
    print(f"\n2,000 damaged companies: 0 crashes, 0 silent differences; {dict(sorted(seen.items()))}")
    assert seen["judged"] >= 0.9 * (seen["loaded and changed"] + seen["unchanged"]), seen


def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path):
    for name, text in example().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    for seed in range(40):
        name = sorted(example())[seed % len(example())]
        raw = (EXAMPLE / name).read_bytes()
        at = seed * 37 % len(raw)
        (tmp_path / name).write_bytes(raw[:at] + b"\xff\xfe" + raw[at:])
        with pytest.raises((RuleBookError, DirectoryError)) as refused:
            read_directory_files(tmp_path) if name in DIRECTORY else read_book_files(tmp_path)
        problem = refused.value.problems[0]
        assert (problem.file, problem.line) == (name, raw[:at].count(b"\n") + 1)
        (tmp_path / name).write_bytes(raw)
