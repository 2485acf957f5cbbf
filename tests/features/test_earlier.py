"""Earlier items: the newest of one e-mail, of one domain and company, of one account, and never one given away."""
from datetime import timedelta

import pytest

from features.view import view
from rules.routing.continuity import EarlierItem
from tests.features.histories import DAY, START, directory, event, folded, given, item

MONTH = timedelta(days=30)
NOW = START + 40 * DAY


def asked(state, like, *, at=NOW, within=MONTH):
    return view(state, directory=directory(), at=at).earlier(like, within)


def lead(name, **values):
    return item(name, **{"email": "jo@acme.de", "domain": "acme.de", "company": "ACME GmbH"} | values)


def test_the_newest_item_of_one_email_and_company_is_found_with_its_owner():
    state = folded(given("a1", START + 20 * DAY, owner="ann", of=lead("L-1")),
                   given("a2", START + 30 * DAY, owner="bob", of=lead("L-2", email="x@acme.de", company="Acme AG")))
    assert asked(state, lead("L-9")) == (
        EarlierItem(item_id="L-1", owner_id="ann", assigned_at=START + 20 * DAY, by="email"),
        EarlierItem(item_id="L-2", owner_id="bob", assigned_at=START + 30 * DAY, by="company"))


def test_outside_the_window_and_of_another_kind_nothing_is_a_duplicate():
    state = folded(given("a1", NOW - MONTH - timedelta(microseconds=1), of=lead("L-1")),
                   given("a2", NOW - DAY, of=lead("C-1", kind="case")))
    assert asked(state, lead("L-9")) == ()
    assert [found.item_id for found in asked(state, lead("L-9"), within=MONTH + DAY)] == ["L-1", "L-1"]
    assert asked(folded(given("a1", NOW - MONTH, of=lead("L-1"))), lead("L-9"))


def test_one_domain_with_another_company_or_none_is_no_duplicate():
    state = folded(given("a1", NOW - DAY, of=lead("L-1", email="x@acme.de")))
    assert asked(state, lead("L-9", company="Acme Retail")) == asked(state, lead("L-9", company=None)) == ()
    assert [found.by for found in asked(state, lead("L-9", company="acme"))] == ["company"]


def test_a_free_mail_host_makes_no_company_the_same():
    state = folded(given("a1", NOW - DAY, of=lead("L-1", email="x@gmail.com", domain="gmail.com")))
    assert asked(state, lead("L-9", email="y@gmail.com", domain="gmail.com")) == ()


@pytest.mark.parametrize(("before", "now", "found"), [
    ("e.k@gmail.com", "ek+form@googlemail.com", ["email"]), ("zo\u00e9@nord.example", "zoe\u0301@nord.example", ["email"]),
    ("kim@straße.example", "kim@xn--strae-oqa.example", ["email"]), ("kim@straße.example", "kim@strasse.example", []),
    ("none@none.com", "none@none.com", []), ("noreply@nord.example", "noreply@nord.example", []),
])
def test_one_mailbox_is_one_in_every_spelling_and_a_placeholder_is_none(before, now, found):
    state = folded(given("a1", NOW - DAY, of=item("L-1", email=before)))
    assert [earlier.by for earlier in asked(state, item("L-9", email=now))] == found


def test_a_page_that_anybody_can_have_makes_no_company_the_same():
    pages = ("nord.jimdofree.com", "facebook.com", "nord.onmicrosoft.com")
    for page in pages:
        state = folded(given("a1", NOW - DAY, of=lead("L-1", email=None, domain=page)))
        assert asked(state, lead("L-9", email=None, domain=page)) == ()


def test_an_item_given_away_counts_no_more_and_a_closed_one_does():
    given_away = given("a1", NOW - 3 * DAY, owner="ann", of=lead("L-1"))
    kept = given("a2", NOW - 2 * DAY, owner="bob", of=lead("L-2"))
    assert asked(folded(given_away, event("rejected", "a1", NOW - DAY)), lead("L-9")) == ()
    assert asked(folded(given_away, event("reassigned", "a1", NOW - DAY)), lead("L-9")) == ()
    state = folded(given_away, kept, event("closed", "a2", NOW - DAY))
    assert {found.owner_id for found in asked(state, lead("L-9"))} == {"bob"}


def test_the_item_itself_is_not_its_duplicate():
    assert asked(folded(given("a1", NOW - DAY, of=lead("L-1"))), lead("L-1")) == ()


def test_the_accounts_last_item_is_found_whatever_its_kind_and_age():
    state = folded(given("a1", START, owner="ann", of=item("R-1", kind="case", account="acme")),
                   given("a2", START + DAY, owner="bob", of=item("R-2", account="acme")))
    assert asked(state, item("L-9", account="acme"), within=None) == (
        EarlierItem(item_id="R-2", owner_id="bob", assigned_at=START + DAY, by="account"),)
    assert asked(state, item("L-9", account="other"), within=None) == ()
