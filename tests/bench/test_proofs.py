"""The books that proofs are timed on are what they claim to be."""
from bench.proofs import book_apart, book_in_layers, lines, proofs
from rules.loading import load_book


def test_books_of_both_shapes_load_without_findings():
    for files in (book_apart(60), book_in_layers(60)):
        loaded = load_book(files)
        assert loaded.findings == () and loaded.book.rule_count == 61 and len(loaded.book.attributes) == 11


def test_rules_that_stand_apart_are_proved_to():
    apart, layers = proofs((60,))
    assert apart.settled == ("gap", "shadowed", "overlap") and set(apart.found) <= {"fallback_only"}
    assert layers.found["overlap"] and layers.pieces_per_rule > apart.pieces_per_rule
    assert len(lines([apart, layers])) == 3
