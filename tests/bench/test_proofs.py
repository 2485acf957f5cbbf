"""The books that proofs are timed on are what they claim to be."""
import sys
from collections import Counter

from bench.proofs import AT, book_apart, book_in_layers, book_of_zips, lines, proofs
from rules.analysis.check import check
from rules.loading import load_book


def test_books_of_both_shapes_load_without_findings():
    for files in (book_apart(60), book_in_layers(60)):
        loaded = load_book(files)
        assert loaded.findings == () and loaded.book.rule_count == 61 and len(loaded.book.attributes) == 11


def test_rules_that_stand_apart_are_proved_to():
    apart, layers, zips = proofs((60,))
    assert apart.settled == ("gap", "shadowed", "overlap") and set(apart.found) <= {"fallback_only"}
    assert layers.found["overlap"] and layers.pieces_per_rule > apart.pieces_per_rule
    assert zips.settled == apart.settled and set(zips.found) == {"fallback_only"}
    assert len(lines([apart, layers])) == 3


def test_a_table_four_times_as_long_is_checked_in_not_much_more_than_four_times_the_steps():
    def calls(rows: int) -> int:
        files, counted, said = book_of_zips(rows), Counter[str](), []

        def count(_frame, event: str, _argument) -> None:
            counted[event] += 1

        sys.setprofile(count)
        try:
            report = check(files, at=AT, progress=said.append)
        finally:
            sys.setprofile(None)
        assert all(report.proved.values()) and any("shadowed" in line for line in said)
        return counted["call"] + counted["c_call"]

    calls(50)
    assert calls(4000) < 5 * calls(1000)                       # a thousand by a thousand would be sixteen times
