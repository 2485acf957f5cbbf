"""The availability section of a book: what items weigh, and every slip told with its place."""
import pytest

from rules.loading import load_book, require_book

BOOK = """rulebook: 1
attributes:
  kind: {{enum: [lead, case]}}
teams:
  sales: {{kind: team}}
stages:
  - stage: all
    rules: [{{id: all, to: sales}}]
availability: {{weights: {weights}}}
"""


def test_what_an_item_of_each_kind_weighs_is_read():
    book = require_book({"rulebook.yaml": BOOK.format(weights="{lead: 2, case: 0.5}")})
    assert book.availability.weights == {"lead": 2.0, "case": 0.5}
    assert require_book({"rulebook.yaml": BOOK.format(weights="{}")}).availability.weights == {}


@pytest.mark.parametrize(("weights", "kind", "given", "nearest"), [
    ("{leed: 2}", "unknown_value", "leed", "lead"),
    ("{lead: -1}", "wrong_type", "-1", None),
    ("{lead: heavy}", "wrong_type", "heavy", None),
    ("[lead]", "wrong_type", None, None),
])
def test_a_weight_that_makes_no_sense_is_told_with_its_line(weights, kind, given, nearest):
    loaded = load_book({"rulebook.yaml": BOOK.format(weights=weights)})
    [found] = [finding for finding in loaded.findings if finding.severity == "error"]
    assert loaded.book is None and (found.kind, found.line, found.nearest) == (kind, 9, nearest)
    assert given is None or found.given == given
