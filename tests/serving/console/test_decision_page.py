"""One decision: the funnel, the slate, contrasts, what excluded whom, checks, versions, replay."""
import re

import pytest
from sqlalchemy import update

from serving.console.decisions.decision_view import show
from serving.console.decisions.eligible_now import eligible_now
from serving.store import tables
from tests.serving import small_company


@pytest.fixture
def decided(console):
    """A German lead: dan's data lies in the US, so the rule on residency takes him out."""
    return console, console.decide("L-1", country="DE")


def document(console, decision_id):
    return console.get(f"/v1/decisions/{decision_id}").json()


def test_the_page_says_who_why_and_what_reasons_are(decided):
    console, name = decided
    page = console.see(f"/console/decisions/{name}")
    assert "L-1 → " in page.text
    assert "Reasons describe this model, not causes in the world." in page.text
    assert "ranks first of 3" in page.text
    assert page.count("h1") == 1


def test_the_funnel_goes_from_everyone_to_one(decided):
    console, name = decided
    shown = show(name, store=console.live.store, replayer=console.app.state.replayer)
    assert [(step.label, step.left, step.out) for step in shown.funnel] == [
        ("everyone in the directory", 5, 0), ("in sales", 4, 1), ("pass eu-residency", 3, 1), ("chosen", 1, 2)]
    drawn = re.findall(r'class="(?:left|last)" x="([\d.]+)" width="([\d.]+)"', console.get(f"/console/decisions/{name}").text)
    widths = [float(width) for _x, width in drawn]
    assert len(widths) == 4 and widths == sorted(widths, reverse=True)
    assert [float(x) for x, _width in drawn] == pytest.approx([50 - width / 2 for width in widths])


def test_the_slate_shows_every_candidate_with_terms_that_add_up(decided):
    console, name = decided
    shown = show(name, store=console.live.store, replayer=console.app.state.replayer)
    assert [each.row.rank for each in shown.slate] == [1, 2, 3]
    assert sum(each.chosen for each in shown.slate) == 1
    for each in shown.slate:
        odds = each.row.log_odds
        assert odds.item + odds.base + sum(amount for _label, amount in each.terms) == pytest.approx(odds.total, abs=1e-9)
    page = console.get(f"/console/decisions/{name}").text
    drawn = re.findall(r'class="(for|against)" x="([\d.]+)" y="1" width="([\d.]+)"', page)
    assert drawn
    for side, x, width in drawn:
        assert float(x) >= 50 if side == "for" else float(x) + float(width) == pytest.approx(50, abs=0.02)


def test_the_runner_up_and_the_margin_stand_beside_the_review(decided):
    console, name = decided
    shown = show(name, store=console.live.store, replayer=console.app.state.replayer)
    first, second = document(console, name)["candidates"][:2]
    assert shown.margin == pytest.approx(first["score"] - second["score"])
    text = console.see(f"/console/decisions/{name}").text
    assert text.index("runner-up") < text.index("margin") < text.index("Your verdict")


def test_an_eligible_owner_is_compared_term_by_term(decided):
    console, name = decided
    told = console.get(f"/v1/decisions/{name}/explanation", versus="cleo").json()
    shown = show(name, store=console.live.store, replayer=console.app.state.replayer, versus="cleo")
    assert shown.contrast.answer.relation == "eligible"
    assert sum(term.effect for term in shown.contrast.terms) == pytest.approx(told["difference"])
    assert "Difference in score" in console.see(f"/console/decisions/{name}", versus="cleo").text


def test_an_excluded_owner_is_answered_with_the_rule_and_its_facts(decided):
    console, name = decided
    page = console.see(f"/console/decisions/{name}", versus="dan")
    assert "Excluded by the rule eu-residency" in page.text
    assert "Dan dan was excluded" in page.text
    assert "EU" in page.text


def test_an_owner_outside_the_team_is_told_so(decided):
    console, name = decided
    assert "is not in the team that was sought" in console.see(f"/console/decisions/{name}", versus="eve").text


def test_everyone_in_the_directory_can_be_compared_with(decided):
    console, name = decided
    chosen = document(console, name)["owner"]["owner_id"]
    form = next(form for form in console.see(f"/console/decisions/{name}").forms if "versus" in form.choices)
    assert {*form.choices["versus"], chosen} == {"ann", "bob", "cleo", "dan", "eve"}


def test_an_unknown_owner_or_decision_is_a_page_that_says_so(decided):
    console, name = decided
    assert "no owner `nobody`" in console.see(f"/console/decisions/{name}", status=404, versus="nobody").text
    assert "there is no decision `none`" in console.see("/console/decisions/none", status=404).text


def test_excluded_owners_stand_under_their_rule(decided):
    console, name = decided
    shown = show(name, store=console.live.store, replayer=console.app.state.replayer)
    [out] = shown.rules_out
    assert (out.out.rule, out.more, [person.name for person, _own in out.owners]) == ("eu-residency", 0, ["Dan"])


def test_every_check_stands_there_with_number_limit_and_question(decided):
    console, name = decided
    shown = show(name, store=console.live.store, replayer=console.app.state.replayer)
    assert [check.id for check, _asks in shown.checks] == [check["id"] for check in document(console, name)["fairness"]["checks"]]
    assert all(asks and check.limit is not None for check, asks in shown.checks)


def test_the_item_stands_there_with_its_raw_text_and_source(console):
    name = console.decide("L-9", country="Deutschland", industry="software")
    shown = show(name, store=console.live.store, replayer=console.app.state.replayer)
    by_name = {each.name: each for each in shown.attributes}
    assert (by_name["country"].value, by_name["country"].fact["raw"], by_name["country"].changed) == ("DE", "Deutschland", True)
    assert (by_name["industry"].changed, by_name["industry"].fact["source"]) == (False, "record")
    assert by_name["employees"].value == "ENT (1,200)"


def test_replaying_an_untouched_decision_says_identical(decided):
    console, name = decided
    assert "Identical" not in console.see(f"/console/decisions/{name}").text
    assert "✓ Identical" in console.see(f"/console/decisions/{name}", replay="1").text


def test_replaying_an_altered_decision_says_what_is_wrong(decided):
    console, name = decided
    kept = console.live.store.decision(name)
    altered = kept.canonical.replace(b'"mode":"recommend"', b'"mode":"assign"')
    console.live.store.write(lambda writing: writing.connection.execute(
        update(tables.decisions).where(tables.decisions.c.decision_id == name).values(document=altered)))
    page = console.see(f"/console/decisions/{name}", replay="1")
    assert "do not fit their commitment" in page.text
    assert "Identical" not in page.text


def test_names_stand_in_place_of_ids_in_the_reasons(decided):
    console, name = decided
    shown = show(name, store=console.live.store, replayer=console.app.state.replayer)
    chosen = document(console, name)["owner"]["owner_id"]
    assert shown.because[0].startswith(f"{chosen.title()} ranks first")


def test_two_owners_of_one_name_keep_their_ids(console):
    owners = console.folder / "owners.csv"
    owners.write_text(owners.read_text().replace("bob,Bob", "bob,Ann"))
    console.live.refresh()
    shown = show(console.decide("L-7"), store=console.live.store, replayer=console.app.state.replayer)
    assert "Ann (ann)" in shown.because[0] or "Ann (bob)" in shown.because[0]


@pytest.mark.parametrize(("attributes", "said"), [
    ({"country": "GB"}, "no territory"), ({"consent": "denied"}, "contact is forbidden"), ({"country": "FR"}, "the only one")])
def test_a_decision_without_a_slate_is_shown_too(console, attributes, said):
    page = console.see(f"/console/decisions/{console.decide('L-5', **attributes)}")
    assert said in page.text


def test_a_decision_in_turn_says_that_nobody_was_scored(plain_console):
    page = plain_console.see(f"/console/decisions/{plain_console.decide('L-5')}")
    assert "next in turn" in page.text
    assert "Not scored: the model did not rank this slate" in page.text
    assert "Nothing was drawn" in page.text


def test_a_page_whose_bundle_is_gone_still_shows_what_was_logged(console):
    name = console.decide("L-6")
    console.app.state.replayer.bundle.cache_clear()
    for bundle in console.live.workspace.bundles.iterdir():
        bundle.rename(bundle.with_name(f"{'0' * 64}"))
    assert "ranks first of" in console.see(f"/console/decisions/{name}").text
    assert "cannot be read" in console.see(f"/console/decisions/{name}", status=503, versus="cleo").text


def test_a_held_item_names_who_has_it_links_the_decision_that_holds_and_offers_everybody_else(console):
    first = console.decide("L-1", mode="assign", country="DE")
    held = console.assign(small_company.lead("L-1", country="DE"), key="again").json()
    page = console.see(f"/console/decisions/{held['decision_id']}")
    assert "The item had an owner already, by an earlier decision;" in page.text
    assert f'href="/console/decisions/{first}"' in console.get(f"/console/decisions/{held['decision_id']}").text
    assert "held already, no owner is sought" in page.text
    offered = {owner.owner_id for owner in eligible_now(console.live, held["decision_id"]).owners}
    assert len(offered) == 2 and held["owner"]["owner_id"] not in offered
