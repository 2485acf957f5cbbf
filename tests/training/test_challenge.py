"""Which version may meet the champion on a coin."""
import pytest

from rules.errors import Refused
from training.promotion import challenge, promote

pytestmark = pytest.mark.train


def test_where_nobody_ranks_there_is_nobody_to_meet(copied):
    with pytest.raises(Refused, match="there is no champion of `lead`"):
        challenge(copied, "latest", actor="test")


def test_the_champion_cannot_meet_itself(copied):
    promote(copied, "latest", actor="test")
    with pytest.raises(Refused, match="is the champion of `lead`"):
        challenge(copied, "latest", actor="test")


def test_a_version_meets_another_champion_until_it_is_ended(copied, trained):
    copied.store.set_champion("lead", "sha256:" + "0" * 64, "test")
    assert challenge(copied, "latest", actor="test") == trained[1].bundle_hash == copied.store.challenger("lead")
    assert challenge(copied, "none", actor="test") is None
    assert copied.store.challenger("lead") is None
    assert [change.actor for change in copied.store.changes("challenger:lead")] == ["test", "test"]
