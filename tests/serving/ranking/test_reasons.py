"""Reason codes: every code has words of its own, and those that mean a misroute or a duplicate are codes that exist."""
from serving.ranking.reasons import DUPLICATES, MISROUTES, OVERRIDE, REJECT


def test_every_code_says_something_else():
    for codes in (REJECT, OVERRIDE):
        assert len(set(codes.values())) == len(codes)
        assert all(words and words[0].islower() and not words.endswith(".") for words in codes.values())


def test_misroutes_and_duplicates_can_be_told_when_rejecting_and_when_overriding():
    for group in (MISROUTES, DUPLICATES):
        assert group <= REJECT.keys() | OVERRIDE.keys()
        assert group & REJECT.keys() and group & OVERRIDE.keys()
    assert not MISROUTES & DUPLICATES
