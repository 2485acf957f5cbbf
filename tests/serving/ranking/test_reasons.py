"""Reason codes: every code has words of its own."""
from serving.ranking.reasons import OVERRIDE, REJECT


def test_every_code_says_something_else():
    for codes in (REJECT, OVERRIDE):
        assert len(set(codes.values())) == len(codes)
        assert all(words and words[0].islower() and not words.endswith(".") for words in codes.values())
