"""Which version may meet the champion on a coin, and what it showed there when it is to be promoted."""
from dataclasses import replace

import numpy as np
import pytest

from rules.errors import Refused
from tests.training.judge.test_benefit import a_past
from training import promotion
from training.judge.decided_items import DecidedItems
from training.promotion import COIN, SCREEN, SHADOW, Condition, challenge, lost, promote

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


OTHER = "sha256:" + "0" * 64


@pytest.fixture
def met(copied, trained, monkeypatch):
    """A workspace whose one version met another champion on some items; the promotion asks for them."""
    copied.store.set_champion("lead", OTHER, "test")

    def on(*args, challenger=trained[1].bundle_hash, **past):
        items = tuple(replace(item, coin=replace(item.coin, challenger=challenger), propensity=np.array(
            [np.mean([item.coin.champion_pick == owner, item.coin.challenger_pick == owner]) for owner in item.owners]))
            for item in a_past(*args, **past)[0].items)
        monkeypatch.setattr(promotion, "read_items", lambda *_: DecidedItems(items=items))
        return copied
    return on


def told(promotion_done):
    return {one.name: one.verdict for one in promotion_done.conditions}


def test_what_won_by_the_coin_passes_with_its_figure(met):
    verdicts = told(promote(met(1, items=3_000, held=0.0, coin=0.5), "latest", actor="test"))
    assert verdicts[COIN].startswith("pass, +") and verdicts[COIN].endswith("] per item")
    assert verdicts[SHADOW].startswith("pass, ranked 3000 items beside the champion, another first on ")
    assert verdicts[SCREEN].startswith("pass, +")


def test_what_lost_by_the_coin_is_not_promoted(met):
    workspace = met(1, items=3_000, held=0.0, coin=0.5, model="worst")
    with pytest.raises(Refused, match=r"not promoted\. coin: worse, -.* points \[-.* per item, with 95 % interval"):
        promote(workspace, "latest", actor="test")
    assert workspace.store.champion("lead") == OTHER


def test_too_few_items_on_which_they_met_tell_nothing(met):
    verdicts = told(promote(met(1, items=100, held=0.0, coin=0.5), "latest", actor="test"))
    assert verdicts[COIN].startswith("cannot tell, ") and "expected at least 50 on each side" in verdicts[COIN]
    assert verdicts[SHADOW].startswith("cannot tell, expected 200 items, ranked 100 items")


def test_items_on_which_another_version_met_the_champion_tell_nothing_of_this_one(met):
    verdicts = told(promote(met(1, items=600, held=0.0, coin=0.5, challenger="sha256:" + "1" * 64), "latest", actor="test"))
    assert {verdicts[name] for name in (SHADOW, SCREEN, COIN)} == {
        "not run, it ranked none of the champion's 600 items; let it meet the champion with `rightful challenge`"}


@pytest.mark.parametrize(("screen", "coin", "forbidden"), [
    ("worse, -1.00", "not run, none", SCREEN), ("worse, -1.00", "cannot tell, +1.00", SCREEN),
    ("worse, -1.00", "pass, +1.00", None), ("pass, +1.00", "worse, -1.00", COIN), ("cannot tell, few", "cannot tell, few", None)])
def test_a_screen_forbids_only_where_no_coin_tells(screen, coin, forbidden):
    found = lost((Condition(name=SCREEN, verdict=screen), Condition(name=COIN, verdict=coin)))
    assert (found and found.name) == forbidden
