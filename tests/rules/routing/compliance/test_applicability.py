"""Whether a compliance rule binds: what hangs on an unknown country counts as met."""
from datetime import UTC, datetime

import pytest

from rules.loading import require_book
from rules.model import Fact, Moment, WorkItem
from rules.routing.compliance.applicability import binds
from tests.rules.book.books import small

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RULE = "compliance:\n  - {id: bay, forbid: {owner.skills: [x]}, when: {postal_code: 'US:941*'}MORE}\n"


@pytest.mark.parametrize(("country", "trust", "code", "bound", "bound_if_left_open"), [
    ("US", "given", "94105", True, True), ("DE", "given", "94105", False, False), ("US", "given", "10115", False, False),
    (None, "given", "94105", True, False), (None, "given", "10115", False, False), ("DE", "low", "94105", True, False),
])
def test_a_code_of_an_unknown_country_binds_unless_the_rule_leaves_it_open(country, trust, code, bound, bound_if_left_open):
    facts = {"country": Fact(value=country, trust=trust), "postal_code": Fact(value=code)}
    item = WorkItem(item_id="i", kind="lead", received_at=NOW, facts=facts)
    for more, expected in (("", bound), (", if_missing: skip", bound_if_left_open)):
        book = require_book(small("{id: r, to: sales}", more=RULE.replace("MORE", more)))
        [rule] = book.compliance
        assert binds(rule, item, Moment(at=NOW), book) is expected
