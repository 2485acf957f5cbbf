"""The catalogue: complete, stable, free of what is protected."""
from dataclasses import replace

import pytest

from features.catalogue import Feature, catalogue, catalogue_digest, is_protected, numeric_owner_columns
from features.plan import EffectSettings, FeaturePlan
from rules.errors import Refused
from rules.model import Directory, Owner

PLAN = FeaturePlan(objective="lead", dimensions=("segment", "product_line"), owner_columns=("grade", "seniority"))
FALLING = {"reply_log_hours", "load_ratio", "today_ratio", "minutes_until_working", "distance_km"}
FREE = {"n_matured", "tenure_days", "ramp", "days_since_last_assignment", "grade", "seniority"}
PROTECTED = ("gender", "Sex", "age", "birth_date", "dateOfBirth", "DOB", "ethnic_group", "religion", "nationality",
             "disability_status", "pregnant", "maritalStatus", "pronouns", "sexual_orientation", "union_member", "photo",
             "part_time", "isPartTime", "parental-leave", "sick_days", "first_name", "name", "email", "health_score")
HARMLESS = ("grade", "seniority", "years_sold", "language_level", "percentage", "average_rating", "stage", "agency",
            "manager_level", "package", "message_count", "territory", "sessions", "quota")


def test_the_order_is_conversion_responsiveness_capacity_fit_standing_and_further_columns():
    assert [feature.name for feature in catalogue(PLAN)] == [
        "effect_owner", "effect_owner_x_segment", "effect_owner_x_product_line", "effect_team_x_segment",
        "effect_team_x_product_line", "effect_hier", "n_matured", "reply_log_hours", "accept_rate", "sla_kept_rate",
        "load_ratio", "today_ratio", "minutes_until_working", "native_language", "skill_match", "prior_relationship",
        "distance_km", "familiarity", "tenure_days", "ramp", "days_since_last_assignment", "grade", "seniority"]


def test_every_feature_has_a_label_unit_sign_family_and_sensitivity():
    for feature in catalogue(PLAN):
        assert feature.label and "_" not in feature.label and feature.unit, feature.name
        assert feature.family in {"historical conversion", "responsiveness", "capacity", "fit", "standing"}
        assert feature.sensitivity in {"behaviour", "presence", "profile"}
        assert feature.sign == (-1 if feature.name in FALLING else 0 if feature.name in FREE else 1), feature.name


def test_labels_tell_features_apart():
    labels = [feature.label for feature in catalogue(PLAN)]
    assert len(set(labels)) == len(labels)


def test_the_digest_is_stable_and_moves_with_every_field():
    features = catalogue(PLAN)
    digest = catalogue_digest(features)
    assert digest == catalogue_digest([Feature(**{name: getattr(one, name) for name in one.__slots__}) for one in features])
    assert digest.startswith("sha256:") and len(digest) == 71
    for field in Feature.__slots__:
        changed = replace(features[3], **{field: 7 if field == "sign" else "other"})
        assert catalogue_digest((*features[:3], changed, *features[4:])) != digest, field
    assert catalogue_digest(features[::-1]) != digest


def test_the_digest_of_a_fixed_plan_is_the_one_on_record():
    assert catalogue_digest(catalogue(FeaturePlan(objective="lead"))) == ON_RECORD, (
        "the catalogue changed: bundles trained before no longer apply; put the new digest here and say so in the changelog")


def test_strengths_are_no_part_of_the_catalogue():
    firm = replace(PLAN, effects=EffectSettings(k_owner=99.0))
    assert catalogue_digest(catalogue(firm)) == catalogue_digest(catalogue(PLAN))


@pytest.mark.parametrize("name", PROTECTED)
def test_a_protected_owner_column_can_never_enter(name):
    assert is_protected(name)
    with pytest.raises(Refused, match="protected"):
        catalogue(FeaturePlan(objective="lead", owner_columns=(name,)))


@pytest.mark.parametrize("name", ["customer_gender", "age_band", "nationality"])
def test_a_protected_item_attribute_can_never_enter_as_a_dimension(name):
    with pytest.raises(Refused, match="protected"):
        catalogue(FeaturePlan(objective="lead", dimensions=(name,)))


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_names_are_let_in(name):
    assert not is_protected(name)
    assert catalogue(FeaturePlan(objective="lead", owner_columns=(name,)))[-1].name == name


def test_what_is_private_about_a_person_may_be_said_of_an_item():
    names = ("product_name", "account_health", "product_family", "phone_channel")
    assert not any(is_protected(name, of_item=True) for name in names)
    features = catalogue(FeaturePlan(objective="lead", dimensions=names))
    assert not any(is_protected(feature.name) for feature in features)


def test_settings_protect_further_columns():
    assert is_protected("Quota", protected=("quota ",)) and not is_protected("quotas", protected=("quota",))


def test_no_feature_of_ours_is_protected():
    assert not any(is_protected(feature.name) for feature in catalogue(PLAN))


def test_a_name_that_stands_twice_is_refused():
    with pytest.raises(Refused, match="more than once"):
        catalogue(FeaturePlan(objective="lead", owner_columns=("load_ratio",)))


def test_only_columns_of_numbers_that_are_not_protected_are_offered():
    rows = [{"grade": "3", "age": "40", "skill": "x", "mixed": "1", "blank": "", "quota": "1.5"},
            {"grade": "", "age": "50", "skill": "y", "mixed": "two", "blank": "", "quota": "2e3"}]
    company = Directory(owners={str(number): Owner(owner_id=str(number), kind="person", attributes=row)
                                for number, row in enumerate(rows)}, owner_columns=tuple(rows[0]))
    assert numeric_owner_columns(company) == ("grade", "quota")
    assert numeric_owner_columns(company, protected=("quota",)) == ("grade",)


ON_RECORD = "sha256:a944f69cbcfb0ebb3e7af14cb006403b26bafc8fe61b6ae34ac9785d6fcfb808"
