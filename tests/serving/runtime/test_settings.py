import tomllib
from datetime import timedelta

import pytest

from features.plan import Objective
from rules.errors import SettingsError
from serving.decision.request import Policy
from serving.runtime.settings import SETTINGS, Settings, load_settings, parse_settings


def test_no_file_means_all_defaults(tmp_path):
    assert load_settings(tmp_path / "rightful.toml") == Settings()


def test_an_empty_file_means_all_defaults():
    assert parse_settings("") == Settings()


def test_every_setting_can_be_given():
    settings = parse_settings("""
        [objectives.lead]
        learn = "agreement"
        positive = ["converted", "won"]
        horizon = "90d"
        value = "worth"
        [objectives.case]
        horizon = "closed"
        [exploration]
        share = 0
        [features]
        effects_by = ["industry"]
        protected = ["grade"]
        [mode]
        ranking = "rotation"
        [ranking]
        min_slate = 3
        stale_after = "36h"
        [store]
        url = "sqlite:///elsewhere.db"
        [mlflow]
        tracking_uri = "sqlite:///mlflow.db"
    """)
    lead = settings.objectives["lead"]
    assert (lead.kind, lead.learn, lead.positive, lead.horizon, lead.value) == (
        "lead", "agreement", ("converted", "won"), timedelta(days=90), "worth")
    assert settings.objectives["case"].horizon is None
    assert settings.policy == Policy(
        exploration_share=0.0, ranking="rotation", min_slate=3, stale_after=timedelta(hours=36), protected=("grade",),
        objectives=tuple(settings.objectives.values()))
    assert settings.effects_by == ("industry",)
    assert (settings.store_url, settings.tracking_uri) == ("sqlite:///elsewhere.db", "sqlite:///mlflow.db")


def test_every_setting_has_a_meaning_and_a_default_that_it_takes():
    for setting in SETTINGS:
        assert setting.meaning and setting.expected
        default = getattr(setting.of(**({"kind": "lead"} if setting.of is Objective else {})), setting.attribute)
        assert setting.read(tomllib.loads(f"default = {setting.default}")["default"]) == default


@pytest.mark.parametrize(("text", "words"), [
    ("[exploration]\nshar = 0.1", ["rightful.toml:2", "`exploration.shar`", "did you mean `share`"]),
    ("[exploraton]\nshare = 0.1", ["rightful.toml:1", "`exploraton`", "did you mean `exploration`"]),
    ("[exploration]\nshare = true", ["`exploration.share`", "given `True`", "a number from 0 to 0.5"]),
    ("[exploration]\nshare = nan", ["`exploration.share`", "a number from 0 to 0.5"]),
    ("[exploration]\nshare = 0.6", ["given `0.6`"]),
    ("[mode]\nranking = 'off'", ["`mode.ranking`", "`model` or `rotation`"]),
    ("[objectives.lead]\nhorizon = '2 months'", ["`objectives.lead.horizon`", "`60d`", "`closed`"]),
    ("[objectives.lead]\nhorizon = '0d'", ["`objectives.lead.horizon`"]),
    ("[objectives.lead]\npositive = 'won'", ["`objectives.lead.positive`", "a list of names"]),
    ("objectives = 3", ["`objectives` is not a section"]),
    ("mode = 'rotation'", ["`mode` is not a section"]),
    ("[ranking]\nmin_slate = 2.5", ["a whole number from 1 to 1000"]),
    ("[ranking]\nmin_slate = 0", ["a whole number from 1 to 1000"]),
    ("[ranking]\nstale_after = 36.0", ["given `36.0`", "a duration above zero such as `30m`, `36h` or `60d`"]),
    ("[features]\nprotected = ['']", ["a list of names"]),
    ("[rulebook]\ntwo_people = 1", ["`true` or `false`"]),
    ("[store]\nurl = 3", ["`store.url`", "expected text"]),
    ("[import]\ncut = 0", ["`import.cut`", "2026-11-21T10:00:00Z", "or nothing"]),
    ("[import]\nuntil = 2026-11-21T10:00:00Z", ["`import.until`", "or nothing"]),
    ("[mode", ["is not TOML"]),
])
def test_a_wrong_setting_is_refused_with_place_and_remedy(text, words):
    with pytest.raises(SettingsError) as refused:
        parse_settings(text)
    for word in words:
        assert word in str(refused.value)
    assert "pydantic" not in str(refused.value) and "validation error" not in str(refused.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(SettingsError) as refused:
        parse_settings("[mode]\nranking = 'x'\n[exploration]\nshare = 2\nlimit = 1")
    assert len(refused.value.problems) == 3


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "rightful.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "rightful.toml")


def test_the_table_covers_the_settings_that_the_house_documents():
    documented = tomllib.loads("""
        [objectives.lead]
        learn = "outcome"
        positive = ["converted"]
        horizon = "60d"
        value = "value"
        [exploration]
        share = 0.05
        [features]
        effects_by = []
        protected = []
        [mode]
        ranking = "model"
    """)
    names = {setting.name for setting in SETTINGS}
    for section, body in documented.items():
        keys = [f"objectives.KIND.{key}" for key in body["lead"]] if section == "objectives" else [
            f"{section}.{key}" for key in body]
        assert set(keys) <= names
