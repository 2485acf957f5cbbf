"""The models page: who ranks, since when and by whom, what the bundle is made of, and what cannot be shown."""
import subprocess
import sys

from serving.console.models.models_page import models
from serving.ranking.bundle import write_bundle
from tests.serving import small_company


def test_the_champion_is_shown_with_its_numbers(console):
    page = console.see("/console/models")
    bundle = console.live.in_force.bundles["lead"]
    for said in ("The model ranks.", "owner signal", bundle.hash[7:19], "by test", "sigmoid(+0.000 +1.000", "by industry 10",
                 "half-life", "none, a straight line", "one rate for all items", "counts as 500"):
        assert said in page.text, said


def test_coefficients_stand_in_the_order_of_their_reach(console):
    [lead] = models(console.live).objectives
    reaches = [abs(one.reach) for one in lead.coefficients]
    assert reaches == sorted(reaches, reverse=True)
    weights = console.live.in_force.bundles["lead"].linear.coef
    assert len(lead.coefficients) == (weights != 0).sum()
    assert len(lead.unused) == (weights == 0).sum()


def test_a_new_promotion_is_told_beside_the_old_one(console):
    promoted = write_bundle(console.live.workspace.bundles, small_company.bundle_parts(weight=0.5))
    console.live.store.set_champion("lead", promoted, "olga")
    console.live.refresh()
    [lead] = models(console.live).objectives
    assert (lead.bundle.hash, [change.actor for change in lead.held]) == (promoted, ["olga", "test"])
    assert "Promotions" in console.see("/console/models").text


def test_a_bundle_that_was_never_promoted_is_listed(console):
    idle = write_bundle(console.live.workspace.bundles, small_company.bundle_parts(weight=0.25))
    assert models(console.live).idle == (idle,)
    assert "Bundles never promoted" in console.see("/console/models").text


def test_a_champion_that_is_gone_is_told(console):
    console.live.store.set_champion("lead", "sha256:" + "0" * 64, "test")
    console.live.refresh()
    page = console.see("/console/models")
    assert "The champion cannot be shown" in page.text
    assert "the champion cannot be used" in page.text


def test_a_workspace_without_a_model_says_so(plain_console):
    assert "No model was promoted yet: owners take turns." in plain_console.see("/console/models").text


def test_the_console_never_loads_the_training_stack():
    code = ("import sys; import serving.api.app, serving.console.decisions.self_contained; "
            "print([name for name in ('mlflow', 'shap') if name in sys.modules])")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
