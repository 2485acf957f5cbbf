"""Mappings: the shipped ones keep their promises, one's own change only what they say, every fault is named."""
from random import Random

import pytest

from rules.errors import HistoryError, Refused
from rules.exports.history import HISTORY_COLUMNS
from rules.exports.mapping import WHATS
from rules.exports.mapping_file import NEEDED, is_flat, read_mapping_file, shipped
from rules.exports.shipped import PROFILES, shipped_text
from rules.intake.reader import IDENTITY

RECORDS = [(profile, record) for profile in PROFILES for record in shipped(profile).records.values()]


def read(text):
    return read_mapping_file(text, file="m.yaml")


@pytest.mark.parametrize(("profile", "record"), RECORDS, ids=lambda one: getattr(one, "name", one))
def test_a_shipped_record_makes_what_it_serves_for(profile, record):
    assert record.serves and set(record.serves) <= set(WHATS) and record.known_by
    for what in record.serves:
        assert set(NEEDED[what]) <= set(record.columns)


@pytest.mark.parametrize(("profile", "record"), RECORDS, ids=lambda one: getattr(one, "name", one))
def test_nothing_known_late_is_ever_a_property_of_an_item(profile, record):
    late = {name.casefold() for name in record.late}
    for column in record.columns.values():
        if "history" in record.serves and column.name not in {*HISTORY_COLUMNS, *IDENTITY} and not column.name.startswith("_"):
            assert not late & {name.casefold() for name in column.sources}, column.name


@pytest.mark.parametrize("profile", PROFILES)
def test_a_shipped_mapping_can_be_copied_as_it_is(profile):
    assert read(shipped_text(profile)) == shipped(profile)
    assert not is_flat(shipped_text(profile))


def test_no_shipped_mapping_invents_a_time_zone():
    assert all(shipped(profile).time_zone is None for profile in PROFILES)


def test_what_extends_a_profile_changes_only_what_it_says():
    made = read("mapping: 1\nextends: hubspot\nrecords: {deal: {columns: {tier: Tier, value: Worth}}}\n")
    base = shipped("hubspot")
    assert made.records["contact"] == base.records["contact"] and made.missing == base.missing
    deal, before = made.records["deal"], base.records["deal"]
    assert deal.columns["value"].sources == ("Worth",) and deal.columns["tier"].sources == ("Tier",)
    assert {name: column for name, column in deal.columns.items() if name not in ("value", "tier")} == {
        name: column for name, column in before.columns.items() if name != "value"}
    assert (deal.late, deal.known_by, deal.serves) == (before.late, before.known_by, before.serves)


def test_a_stated_time_zone_is_that_of_plain_days_too():
    assert read("mapping: 1\nextends: salesforce\ntime_zone: Europe/Berlin\n").day_zone is None
    assert str(shipped("salesforce").day_zone) == "UTC"


@pytest.mark.parametrize("text", ["Lead ID: item_id\nOwner: owner_id\n", "a: b\n"])
def test_the_short_form_is_told_from_the_long_one(text):
    assert is_flat(text)
    assert not is_flat("mapping: 1\n" + text)


@pytest.mark.parametrize(("text", "place", "words"), [
    ("mapping: 2\nextends: hubspot\n", "1:10", "cannot be `2`"), ("extends: hubspot\n", "1:1", "needs `mapping`"),
    ("mapping: 1\nextends: hubspot\nextends: generic\n", "3:1", "stands twice"),
    ("mapping: 1\nextends: hubspot\nby_name: maybe\n", "3:10", "must be true or false"),
    ("mapping: 1\nextends: hubspot\nrecords: {deal: {leave_out: {column: x}}}\n", "3:29", "must be a list"),
    ("mapping: 1\nextends: hubspot\nrecords: {deal: {leave_out: [{column: x}]}}\n", "3:30", "needs `because`"),
    ("mapping: 1\nextends: hubspot\nrecords: {deal: {serves: histroy}}\n", "3:26", "did you mean `history`"),
    ("mapping: 1\nrecords: {a: {serves: items}}\n", "2:14", "needs `columns`"), ("mapping: [\n", "", "not readable as YAML"),
    ("mapping: 1\nextends: hubspot\nmissing: null\n", "3:10", "refused"), ("", "", "the file is empty"),
])
def test_a_fault_is_named_with_its_place(text, place, words):
    with pytest.raises(HistoryError) as refused:
        read(text)
    assert f"m.yaml:{place}" in str(refused.value) and words in str(refused.value)


def test_an_unknown_profile_is_refused_with_the_nearest():
    with pytest.raises(Refused, match="did you mean `salesforce`"):
        shipped_text("salesforse")


@pytest.mark.parametrize("seed", range(8))
def test_a_mutated_mapping_is_read_or_refused_and_never_breaks(seed):
    random = Random(seed)
    for _round in range(12):
        lines = shipped_text(random.choice(PROFILES)).splitlines(keepends=True)
        for _damage in range(random.randint(1, 6)):
            at = random.randrange(len(lines))
            letters = list(lines[at])
            letters[random.randrange(len(letters))] = random.choice("{}[]:,&*!\t\0 '\"#-|aZ0\n")
            lines[at] = "".join(letters)
        try:
            assert read("".join(lines)).records
        except HistoryError as refused:
            assert all(problem.message and problem.file == "m.yaml" for problem in refused.problems)
