"""Sentences come from the dictionary only, and never claim what the two values do not bear out."""
from datetime import UTC, datetime

import pytest

from features.catalogue import catalogue
from rules.model import Fact, WorkItem
from serving.decision.sentences import (
    AGAINST,
    COUNTS,
    DICTIONARY,
    contrast_sentences,
    entry_of,
    label_of,
    rotation_sentence,
    term_sentence,
)
from serving.ranking.contrast import ContrastTerm, OwnerContrast
from serving.ranking.reasons import Reason
from tests.serving.conftest import PLAN

FEATURES = {feature.name: feature for feature in catalogue(PLAN)}
ITEM = WorkItem(item_id="L-1", kind="lead", received_at=datetime(2026, 11, 20, tzinfo=UTC),
                facts={"segment": Fact(value="ENT")})


def told(feature, chosen, versus, effect):
    term = ContrastTerm(feature=feature, chosen_value=chosen, versus_value=versus, effect=effect)
    contrast = OwnerContrast(chosen="ann", versus="bob", difference=effect, terms=(term,))
    return term_sentence(term, contrast, FEATURES[feature], ITEM)


@pytest.mark.parametrize("name", [name for name in FEATURES if name != "seniority"])
def test_every_feature_of_the_catalogue_but_a_companys_own_columns_has_an_entry(name):
    entry, _ = entry_of(name)
    assert entry is not None and entry.direction in (1, -1)
    sign = FEATURES[name].sign
    assert sign in (0, entry.direction), "the dictionary's better is the model's better"


def test_every_entry_stands_for_a_feature():
    used = {key for name in FEATURES for key in DICTIONARY if name == key or (key.endswith("_") and name.startswith(key))}
    assert used == set(DICTIONARY)


def test_a_comparison_is_told_with_its_numbers():
    assert told("reply_log_hours", 0.6931471805599453, 1.791759469228055, 12.0) == (
        "ann replies sooner: 1.0 h against 5.0 h for bob")
    assert told("load_ratio", 0.4, 0.8, 5.0) == "ann has more room: 40 % of capacity is taken, against 80 % for bob"
    assert told("effect_owner_x_segment", 0.30748469974796055, -0.10536051565782628, 3.0) == (
        "segment ENT suits ann better: +36 % odds on top of the general results, against -10 % odds for bob")


def test_a_term_that_speaks_for_the_other_says_so():
    assert told("load_ratio", 0.8, 0.4, -5.0) == (
        f"{AGAINST}bob has more room: 40 % of capacity is taken, against 80 % for ann")


@pytest.mark.parametrize(("chosen", "versus"), [(0.8, 0.4), (0.4, 0.4), (None, 0.4), (0.401, 0.404)])
def test_values_that_do_not_bear_a_comparison_out_are_only_said_to_count(chosen, versus):
    sentence = told("load_ratio", chosen, versus, 5.0)
    assert "more room" not in sentence and "counts for ann in this model" in sentence
    assert ("unknown" in sentence) == (chosen is None)


def test_a_companys_own_column_is_told_plainly_with_its_label():
    assert told("seniority", 3.0, 1.0, 2.0) == "Seniority counts for ann in this model: 3, against 1 for bob"


def test_at_most_four_sentences_largest_first_and_trifles_left_out():
    effects = [50.0, -40.0, 30.0, 20.0, 10.0, 0.1]
    names = ["effect_owner", "load_ratio", "reply_log_hours", "accept_rate", "distance_km", "ramp"]
    terms = tuple(ContrastTerm(feature=name, chosen_value=0.2, versus_value=0.1, effect=effect)
                  for name, effect in zip(names, effects, strict=True))
    contrast = OwnerContrast(chosen="ann", versus="bob", difference=sum(effects), terms=terms)
    said = contrast_sentences(["first"], contrast, FEATURES, ITEM)
    assert len(said) == 4 and said[0] == "first" and said[2].startswith(AGAINST)
    one_big = OwnerContrast(chosen="ann", versus="bob", difference=50.1, terms=(terms[0], terms[-1]))
    assert len(contrast_sentences([], one_big, FEATURES, ITEM)) == 1


def test_a_term_whose_values_read_the_same_is_not_told():
    terms = (ContrastTerm(feature="ramp", chosen_value=0.0201, versus_value=0.0203, effect=9.0),
             ContrastTerm(feature="load_ratio", chosen_value=0.2, versus_value=0.3, effect=5.0))
    contrast = OwnerContrast(chosen="ann", versus="bob", difference=14.0, terms=terms)
    assert contrast_sentences([], contrast, FEATURES, ITEM) == (
        "ann has more room: 20 % of capacity is taken, against 30 % for bob",)


def test_labels_of_effects_by_attribute_name_the_items_own_value():
    assert label_of(FEATURES["effect_owner_x_segment"], ITEM).endswith("(segment ENT)")
    assert label_of(FEATURES["effect_owner"], ITEM) == FEATURES["effect_owner"].label


def test_every_reason_to_abstain_has_its_words():
    said = {rotation_sentence("ann", "inside", 2, reason) for reason in Reason}
    assert len(said) == len(Reason) and "{label}" in COUNTS
