"""Items: raw spellings become facts with raw text, source and trust; what cannot be used is a warning or a problem."""
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.errors import ItemError
from rules.intake.item import item_from_json, item_to_json, read_item
from rules.loading import require_book
from rules.model import Directory, Fact
from tests.rules.book.books import small
from tests.rules.example import MONDAY, item, the_book, the_directory


def problems_of(raw: dict, *, complete: bool = False):
    with pytest.raises(ItemError) as caught:
        read_item(raw, book=the_book(), directory=the_directory(), at=MONDAY, complete=complete)
    return caught.value.problems


def test_raw_spellings_are_normalised_and_kept():
    lead = item(country="Deutschland", language="German", employees="1200", postal_code=" 80331 ", channel="INBOUND")
    assert lead.facts["country"] == Fact(value="DE", raw="Deutschland")
    assert (lead.value("language"), lead.value("channel"), lead.value("postal_code")) == ("de", "inbound", "80331")
    assert (lead.value("employees"), lead.number("employees")) == ("ENT", 1200.0)


@pytest.mark.parametrize(("text", "code"), [
    ("DE", "DE"), ("de", "DE"), ("DEU", "DE"), ("USA", "US"), ("U.S.", "US"), ("united states of america", "US"), ("UK", "GB"),
    ("Österreich", "AT"), ("Osterreich", "AT"), ("Côte d’Ivoire", "CI"), ("日本", "JP"), ("NA", "NA"), ("Namibia", "NA"),
    ("South Korea", "KR"), ("Niger", "NE"), ("Guinea", "GN"), ("Korea", None), ("Congo", None), ("Germoney", None),
    ("EU", None), ("ZZ", None),
])
def test_a_country_is_found_by_exact_name_or_is_missing(text, code):
    lead = item(country=text)
    assert lead.value("country") == code
    assert bool(lead.warnings) == (code is None)
    assert lead.facts["country"].raw == text


@pytest.mark.parametrize(("state", "country", "code"), [
    ("NY", "US", "NY"), ("US-NY", "US", "NY"), ("new york", "US", "NY"), ("Bayern", "Germany", "BY"), ("ZZ", "US", None),
    ("NY", None, None), ("US-NY", None, "NY"), ("US-NY", "DE", None), ("Québec", "CA", "QC"),
])
def test_a_state_counts_inside_a_known_country_only(state, country, code):
    assert item(country=country, state=state).value("state") == code


SEVERAL = require_book(small("{id: r, to: sales}"))


def listed(given):
    record = {"item_id": "i-1", "kind": "lead", "received_at": "2026-11-23T10:00:00Z", "products": given}
    return read_item(record, book=SEVERAL, directory=Directory(owners={}), at=MONDAY)


@pytest.mark.parametrize(("given", "kept"), [
    (["edge", "cloud"], "cloud; edge"), ("edge;cloud", "cloud; edge"), (" Edge ; CLOUD;cloud;", "cloud; edge"),
    (["care"], "care"), ("care", "care"), ([], None), ("", None), (";", None), ("missing", None), (None, None),
])
def test_a_list_is_the_same_in_any_order_and_however_often_a_member_stands_there(given, kept):
    lead = listed(given)
    assert (lead.value("products"), lead.warnings) == (kept, ())
    assert item_from_json(json.loads(json.dumps(item_to_json(lead)))) == lead


def test_an_unknown_member_of_a_list_is_left_out_with_a_word_and_makes_the_rest_weak_evidence():
    lead = listed(["cloud", "sky", "sky"])
    assert lead.facts["products"] == Fact(value="cloud", raw=["cloud", "sky", "sky"], trust="low")
    assert lead.warnings == ("products: unknown value `sky` in the list, taken as missing",)
    assert listed("sky").value("products") is None


@pytest.mark.parametrize("given", [5.5, True, {"cloud": True}, [["cloud"]], [True], ["cloud", None], ["cloud"] * 1001])
def test_a_list_holds_words_and_nothing_else(given):
    with pytest.raises(ItemError):
        listed(given)


def test_derived_attributes_follow_their_source():
    lead = item(country="US", state="NY", churn_score=0.3)
    assert lead.facts["us_region"] == Fact(value="EAST", raw="NY", source="derived", trust="derived")
    assert (lead.value("churn_band"), lead.number("churn_band")) == ("mid", 0.3)
    assert item(country="US", state="TX").value("us_region") is None


def test_a_derived_name_may_be_given_where_its_source_is_absent():
    assert item(us_region="EAST", churn_band="low", employees="ENT").value("us_region") == "EAST"
    assert item(churn_band="low").value("churn_band") == "low"
    lead = item(country="US", state="CA", us_region="EAST")
    assert lead.value("us_region") == "WEST" and "us_region" in lead.warnings[0]


def test_a_number_in_a_hole_between_bands_is_missing_and_kept():
    lead = item(employees=0)
    assert (lead.value("employees"), lead.number("employees")) == (None, 0.0)
    assert lead.warnings == ("employees: `0` lies in no band, taken as missing",)


def test_an_unknown_word_becomes_missing_with_a_warning():
    lead = item(channel="carrier pigeon")
    assert lead.value("channel") is None
    assert lead.warnings == ("channel: unknown value `carrier pigeon`, taken as missing",)


def test_absent_null_empty_and_the_word_missing_are_the_same():
    for absent in (None, "", "  ", "missing"):
        raw = {"kind": "lead", "country": absent, "employees": absent, "do_not_contact": absent}
        assert read_item(raw, book=the_book(), directory=the_directory(), at=MONDAY).facts == {}


def test_facts_stand_in_the_books_order_then_the_standard_ones():
    lead = item(value=5, company="X", consent="granted", country="US", employees=3)
    assert list(lead.facts) == ["country", "employees", "consent", "value", "company"]


@pytest.mark.parametrize(("name", "given", "expected"), [
    ("employees", False, "a number or one of SMB, MID, ENT"), ("employees", "many", "a number or one of"),
    ("employees", float("nan"), "a number"), ("employees", float("inf"), "a number"), ("employees", 10**400, "a number"),
    ("churn_score", "1_000", "a number"), ("churn_score", "infinity", "a number"), ("value", True, "a number"),
    ("value", [1], "a number"), ("country", 5.5, "country as text"), ("country", {"code": "DE"}, "country as text"),
    ("country", True, "country as text"), ("do_not_contact", 1, "true or false"), ("do_not_contact", "yes", "true or false"),
    ("notes", 1.5, "text"), ("notes", "a\0b", "text"), ("notes", "\ud800", "text"), ("latitude", "north", "degrees"),
    ("email", 5.0, "e-mail"), ("received_at", "2026-11-21T10:00:00", "offset"), ("received_at", "2026-11-21", "offset"),
    ("received_at", 1795000000, "offset"), ("item_id", True, "a text"), ("item_id", "x" * 201, "200 characters"),
    ("notes", "x" * 10_001, "10000 characters"), ("kind", "leed", "lead"), ("kind", None, "lead"), ("kind", True, "lead"),
    ("kind", "missing", "lead"), ("received_at", "0001-01-01T00:00:00+23:59", "offset"),
])
def test_a_wrong_type_is_refused_with_what_was_expected(name, given, expected):
    (problem,) = problems_of({"item_id": "1", "kind": "lead"} | {name: given})
    assert problem.column_name == name
    assert expected in problem.expected
    str(problem).encode("utf-8")


def test_every_problem_is_reported_at_once_and_a_misspelt_attribute_names_the_nearest():
    found = problems_of({"kind": "leed", "contry": "DE", "employees": False, "received_at": "today"}, complete=True)
    assert [problem.column_name for problem in found] == ["item_id", "kind", "received_at", "contry", "employees"]
    assert (found[1].nearest, found[3].nearest) == ("lead", "country")


def test_a_hostile_record_of_unknown_names_is_refused_quickly():
    found = problems_of({"kind": "lead"} | {f"country{number}": 1 for number in range(5000)})
    assert len(found) == 5000 and found[0].nearest == "country" and found[-1].nearest is None


def test_an_item_without_time_is_received_now_unless_it_must_be_complete():
    assert item().received_at == MONDAY
    found = problems_of({"kind": "lead"}, complete=True)
    assert [problem.column_name for problem in found] == ["item_id", "received_at"]


def test_times_are_read_with_their_offset_into_utc():
    lead = item(received_at="2026-11-21T10:00:00.5+02:00")
    assert lead.received_at == datetime(2026, 11, 21, 8, 0, 0, 500000, tzinfo=UTC)


def test_the_account_is_matched_by_id_then_by_exact_domain():
    assert item(account="acme").account.evidence == ("id",)
    assert item(account="acme", email="a@acme.com").account.evidence == ("id", "domain")
    by_mail = item(email="Jane.Doe@mail.Acme.de")
    assert (by_mail.account.account_id, by_mail.account.evidence) == ("acme-de", ("domain",))
    assert by_mail.facts["account"] == Fact(value="acme-de", raw="Jane.Doe@mail.Acme.de", source="email", trust="derived")
    assert item(domain="https://www.globex.com/about?x=1").account.account_id == "globex"


def test_where_id_and_domain_disagree_the_id_wins_and_says_so():
    account = item(account="acme", email="a@globex.com").account
    assert (account.account_id, account.evidence, account.runner_up) == ("acme", ("id", "domain_disagrees"), "globex")


def test_an_unknown_or_ambiguous_account_is_missing_with_a_warning():
    unknown = item(account="nobody")
    assert unknown.account is None and unknown.value("account") is None and "unknown account `nobody`" in unknown.warnings[0]
    twins = item(email="a@twin.io")
    assert twins.account is None and "several" in twins.warnings[0]


def test_an_address_that_anybody_can_have_names_no_company():
    free = item(email="someone@gmail.com")
    assert free.account is None and free.value("domain") is None and free.value("email") == "someone@gmail.com"
    assert item(email="not an address").value("email") is None


def test_a_missing_country_comes_from_the_account_or_with_low_trust_from_the_phone():
    assert item(account="acme-de").facts["country"] == Fact(value="DE", raw="acme-de", source="account", trust="derived")
    assert item(phone="+49 89 12345678").facts["country"].trust == "low"
    assert item(country="FR", phone="+49 89 12345678").value("country") == "FR"
    assert item(phone="089 12345678").value("country") is None


def test_a_phone_never_stands_in_for_a_country_that_was_stated_and_not_understood():
    for stated in ("Korea", "Congo", "Atlantis"):
        assert item(country=stated, phone="+49 89 12345678").facts["country"] == Fact(value=None, raw=stated)


def test_a_us_postal_code_gives_state_and_point():
    lead = item(country="US", postal_code="94105-1234")
    assert (lead.value("postal_code"), lead.value("state"), lead.value("us_region")) == ("94105", "CA", "WEST")
    assert lead.number("latitude") == pytest.approx(37.79, abs=0.1)
    assert lead.facts["latitude"].source == "derived"
    assert item(country="DE", postal_code="94105").value("state") is None


JSON_VALUES = st.one_of(st.none(), st.booleans(), st.integers(-10**6, 10**6), st.floats(), st.text(max_size=20),
                        st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2))
NAMES = ("item_id", "received_at", "country", "state", "us_region", "postal_code", "employees", "churn_score", "churn_band",
         "account", "language", "channel", "consent", "do_not_contact", "notes", "value", "email", "domain", "phone",
         "latitude", "other")


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), JSON_VALUES, max_size=8))
def test_any_json_is_read_without_loss_or_refused_with_problems(attributes):
    try:
        read = read_item({"kind": "lead"} | attributes, book=the_book(), directory=the_directory(), at=MONDAY)
    except ItemError as refused:
        assert refused.problems and all(problem.message for problem in refused.problems)
        return
    stored = json.dumps(item_to_json(read), allow_nan=False)
    assert item_from_json(json.loads(stored)) == read


def test_an_item_survives_its_json():
    lead = item(received_at="2026-11-21T10:00:00.123456Z", account="acme", email="a@globex.com", country="Korea", value=2.5)
    assert item_from_json(json.loads(json.dumps(item_to_json(lead)))) == lead


@pytest.mark.parametrize(("more", "text", "language", "source"), [
    ({"notes": {"de": "Guten Tag"}}, "Guten Tag", "de", "derived"), ({"notes": {"de-AT": " Servus "}}, "Servus", "de", "derived"),
    ({"notes": {"de": "Guten Tag"}, "language": "en"}, "Guten Tag", "en", "record"), ({"notes": "ann@de"}, "ann@de", None, None),
])
def test_a_text_that_says_its_language_says_the_items_where_that_is_open(more, text, language, source):
    read = item(**more)
    assert (read.value("notes"), read.value("language")) == (text, language)
    assert source is None or read.facts["language"].source == source
    assert read.facts["notes"].raw == more["notes"] and item_from_json(item_to_json(read)) == read


@pytest.mark.parametrize("given", [{"de": "Tag", "en": "Day"}, {}, {"xx": "Day"}, {"de": {"en": "Day"}}, {"de": 1.5}, {1: "Day"}])
def test_what_is_no_one_text_of_one_language_is_refused(given):
    with pytest.raises(ItemError) as refused:
        item(notes=given)
    assert refused.value.problems[0].column_name == "notes" and "language" in refused.value.problems[0].expected
