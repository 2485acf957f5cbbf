"""Accept, reject, override and review over HTTP: what each changes, and what each refuses."""
import pytest

from serving.api.shapes.actions import ActionDocument
from serving.api.shapes.decisions import DecisionDocument
from tests.serving import small_company
from tests.serving.api.test_operations import touch
from tests.serving.small_company import lead


def kinds(api, decision_id):
    return [event.kind for event in api.live.store.happened(decision_id)]


def refused(answer, status, *words):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    for word in words:
        assert word in answer.text
    return answer.json()


def other_than(document):
    """An eligible owner who was not chosen."""
    return next(each["owner_id"] for each in document["candidates"] if each["owner_id"] != document["owner"]["owner_id"])


def override(api, document, owner=None, reason="knows_customer", **more):
    return api.act(document, "override", {"owner_id": owner or other_than(document), "reason": reason}, **more)


# accept

def test_accepting_an_assignment_is_kept_with_who_said_so(api):
    document = api.assign(key="k").json()
    answer = api.act(document, "accept", X_Actor="ann@example.com")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    ActionDocument.model_validate(told)
    assert (told["action"], told["actor"]) == ("accepted", {"name": "ann@example.com", "verified": False})
    assert kinds(api, document["decision_id"]) == ["assigned", "accepted"]
    assert api.open_items(document["owner"]["owner_id"]) == 1


def test_accepting_a_recommendation_reserves_then(api):
    document = api.recommend()
    owner = document["owner"]["owner_id"]
    assert api.open_items(owner) == 0
    assert api.act(document, "accept").status_code == 200
    assert api.open_items(owner) == 1
    assert kinds(api, document["decision_id"]) == ["assigned", "accepted"]
    assert api.live.store.standing(document["decision_id"]).state == "accepted"


def test_a_recommendation_accepted_later_is_the_assignment_it_would_have_been(model_api):
    recommended, assigned = model_api.recommend(), model_api.assign(key="k").json()
    model_api.act(recommended, "accept")
    [later] = [event for event in model_api.live.store.happened(recommended["decision_id"]) if event.kind == "assigned"]
    [at_once] = [event for event in model_api.live.store.happened(assigned["decision_id"]) if event.kind == "assigned"]
    for name in ("item", "owner_id", "team", "assigned_by", "expected", "value"):
        assert getattr(later, name) == getattr(at_once, name), name
    assert later.propensity == pytest.approx(at_once.propensity, rel=1e-4)      # a moment apart
    assert later.exposure == pytest.approx(at_once.exposure, rel=1e-4)


def test_a_turn_taken_by_accepting_is_charged_to_whoever_took_it(api):
    first = api.recommend(lead("L-1"))
    api.act(first, "accept")
    assert api.recommend(lead("L-2"))["owner"]["owner_id"] != first["owner"]["owner_id"]


def test_a_recommendation_whose_owner_is_full_by_now_is_refused(api):
    one, two = (api.recommend(lead(name, country="FR")) for name in ("L-1", "L-2"))
    assert api.act(one, "accept").status_code == 200
    problem = refused(api.act(two, "accept"), 409, "eve", "capacity", "1 of at most 1")
    assert problem["type"].endswith("not-eligible")
    assert api.open_items("eve") == 1
    assert kinds(api, two["decision_id"]) == []


def test_a_place_lost_to_another_process_refuses_too(api):
    document = api.recommend(lead(country="FR"))
    from sqlalchemy import insert

    from serving.store import tables
    api.live.store.write(lambda writing: writing.connection.execute(insert(tables.capacity).values(owner_id="eve", open=1)))
    refused(api.act(document, "accept"), 409, "eve", "full")
    assert kinds(api, document["decision_id"]) == []


def test_a_recommendation_whose_owner_is_away_by_now_is_refused(api):
    document = api.recommend()
    owner = document["owner"]["owner_id"]
    touch(api.folder / "absences.csv", f"owner_id,from,to,reason\n{owner},2026-01-01,2199-01-01,leave\n")
    api.live.refresh()
    refused(api.act(document, "accept"), 409, owner, "absence")


def test_a_recommendation_whose_owner_compliance_forbids_by_now_is_refused(api):
    document = api.recommend(lead(country="DE"))
    owner = document["owner"]["owner_id"]
    owners = (api.folder / "owners.csv").read_text()
    touch(api.folder / "owners.csv", owners.replace(",EU,", ",US,"))
    api.live.refresh()
    refused(api.act(document, "accept"), 409, owner, "eu-residency")


# reject

def test_rejecting_frees_the_place(api):
    document = api.assign(lead(country="FR"), key="k").json()
    assert api.open_items("eve") == 1
    answer = api.act(document, "reject", {"reason": "no_capacity", "note": "on the road"})
    assert (answer.status_code, answer.json()["reason"], answer.json()["note"]) == (200, "no_capacity", "on the road")
    assert api.open_items("eve") == 0
    assert api.assign(lead("L-2", country="FR"), key="k2").json()["outcome"] == "assigned"


def test_a_rejected_recommendation_cannot_be_accepted(api):
    document = api.recommend()
    assert api.act(document, "reject", {"reason": "duplicate"}).status_code == 200
    assert kinds(api, document["decision_id"]) == []
    refused(api.act(document, "accept"), 409, "was rejected")


@pytest.mark.parametrize(("body", "words"), [
    ({}, ["reason"]), ({"reason": "no_capcity"}, ["no_capcity", "no_capacity"]), ({"reason": None}, ["reason"]),
    ({"reason": 5}, ["reason"]), ({"reason": "other", "notes": "x"}, ["notes", "note"]),
    ({"reason": "other", "note": 7}, ["note"]), ({"reason": "other", "note": "x" * 2001}, ["2000"]),
])
def test_a_rejection_without_a_reason_of_the_list_is_refused(api, body, words):
    document = api.assign(key="k").json()
    refused(api.act(document, "reject", body), 422, *words)
    assert kinds(api, document["decision_id"]) == ["assigned"]


# override

def test_an_override_is_a_decision_of_its_own_and_moves_the_place(api):
    first = api.assign(key="k").json()
    owner = other_than(first)
    answer = override(api, first, owner, X_Actor="olga")
    assert answer.status_code == 200, answer.text
    second = answer.json()
    DecisionDocument.model_validate(second)
    assert (second["outcome"], second["mode"], second["decided_by"]) == ("assigned", "assign", "person")
    assert second["owner"]["owner_id"] == owner
    assert second["override"] == {"of": first["decision_id"], "instead_of": first["owner"]["owner_id"],
                                  "reason": "knows_customer"}
    assert answer.headers["location"] == f"/v1/decisions/{second['decision_id']}"
    read = api.get(answer.headers["location"])
    assert (read.content, read.headers["etag"]) == (answer.content, answer.headers["etag"])
    assert (api.open_items(first["owner"]["owner_id"]), api.open_items(owner)) == (0, 1)
    assert kinds(api, first["decision_id"]) == ["assigned", "reassigned"]
    [assigned] = api.live.store.happened(second["decision_id"])
    assert (assigned.assigned_by, assigned.propensity, assigned.team) == ("manual", None, "sales")
    [action] = api.live.store.actions(first["decision_id"])
    assert (action.kind, action.actor, action.new_decision_id) == ("overridden", "olga", second["decision_id"])


def test_where_nothing_ranks_an_override_says_so_in_words(api):
    first = api.assign(key="k").json()
    second = override(api, first, reason="language").json()
    chosen = second["owner"]["owner_id"]
    assert second["why_not_model"] == "no_bundle"
    assert second["explanation"]["sentences"] == [
        f"{chosen} was chosen by a person instead of {first['owner']['owner_id']}: they speak the customer's language",
        "4 were eligible in sales and not ranked: no model is in use for this kind of item"]
    assert [each["owner_id"] for each in second["candidates"]][0] == chosen
    assert second["candidates"][0]["propensity"] == 1.0


def test_where_a_model_ranks_the_person_s_choice_is_held_against_rank_one(model_api):
    first = model_api.assign(key="k").json()
    ranked = [each["owner_id"] for each in first["candidates"]]
    last = next(owner for owner in reversed(ranked) if owner != first["owner"]["owner_id"])   # exploration may draw any rank
    second = override(model_api, first, last).json()
    explanation = second["explanation"]
    first_by_rank = second["candidates"][0]["owner_id"]
    assert (explanation["chosen"], explanation["versus"]) == (last, first_by_rank)
    assert second["why_not_model"] == "override"
    assert second["exploration"] is None
    assert explanation["difference"] < 0
    assert abs(sum(term["effect"] for term in explanation["terms"]) - explanation["difference"]) <= 1e-9 * 1000
    assert explanation["sentences"][0].startswith(f"{last} was chosen by a person instead of")
    assert "The model ranks" in explanation["sentences"][1]
    assert {each["owner_id"]: each["propensity"] for each in second["candidates"]}[last] == 1.0
    assert sum(each["propensity"] for each in second["candidates"]) == 1.0
    assert {check["id"]: check["verdict"] for check in second["fairness"]["checks"]}["D8"] == "pass"
    versus = model_api.get(f"/v1/decisions/{second['decision_id']}/explanation", versus=ranked[1]).json()
    assert versus["relation"] == "eligible"
    assert versus["terms"]


def test_overriding_to_rank_one_is_held_against_rank_two(model_api):
    first = model_api.assign(key="k").json()
    best, second_best = (each["owner_id"] for each in first["candidates"][:2])
    if first["owner"]["owner_id"] == best:
        first = override(model_api, first, second_best).json()
    again = override(model_api, first, best).json()
    assert (again["explanation"]["chosen"], again["decided_by"]) == (best, "person")
    assert again["explanation"]["versus"] != best


def test_a_recommendation_is_overridden_and_can_no_longer_be_accepted(api):
    first = api.recommend()
    second = override(api, first).json()
    assert kinds(api, first["decision_id"]) == []
    assert api.open_items(second["owner"]["owner_id"]) == 1
    refused(api.act(first, "accept"), 409, "was overridden", second["decision_id"])


def test_what_the_owner_rejected_a_person_gives_to_another(api):
    first = api.assign(key="k").json()
    api.act(first, "reject", {"reason": "conflict_of_interest"})
    second = override(api, first).json()
    assert second["outcome"] == "assigned"
    assert kinds(api, first["decision_id"]) == ["assigned", "rejected"]


def test_an_override_of_an_override_is_another_decision(api):
    first = api.assign(key="k").json()
    second = override(api, first).json()
    third = override(api, second, first["owner"]["owner_id"], reason="correction").json()
    assert third["override"]["of"] == second["decision_id"]
    assert api.open_items(first["owner"]["owner_id"]) == 1
    assert api.open_items(second["owner"]["owner_id"]) == 0


def test_an_override_goes_to_nobody_whom_a_rule_excludes(api):
    german = api.assign(lead(country="DE"), key="k").json()
    before = api.live.store.head()
    problem = refused(override(api, german, "dan"), 409, "dan", "eu-residency")
    assert problem["type"].endswith("not-eligible")
    assert problem["problems"][0]["field"] == "owner_id"
    assert "ann" in problem["problems"][0]["expected"]
    refused(override(api, german, "eve"), 409, "eve", "outside_team", "sales")
    refused(override(api, german, "zoe"), 422, "zoe", "owner")
    assert api.live.store.head() == before


def test_an_override_goes_to_nobody_who_is_full_or_away(api):
    for number in range(3):
        document = api.assign(lead(f"F-{number}"), key=f"f{number}", exclude=["bob", "cleo", "dan"]).json()
        assert document["owner"]["owner_id"] == "ann"
    other = api.assign(lead("L-9"), key="k").json()
    refused(override(api, other, "ann"), 409, "capacity", "3 of at most 3")
    touch(api.folder / "absences.csv", "owner_id,from,to,reason\nbob,2026-01-01,2199-01-01,leave\n")
    api.live.refresh()
    target = "bob" if other["owner"]["owner_id"] != "bob" else None
    if target:
        refused(override(api, other, "bob"), 409, "absence")


def test_an_item_that_compliance_took_is_given_to_nobody(api):
    queued = api.assign(lead(consent="denied"), key="k").json()
    refused(override(api, queued, "ann"), 409, "no-consent", "nurture")


def test_who_was_asked_to_be_left_out_stays_out(api):
    document = api.assign(key="k", exclude=["cleo"]).json()
    refused(override(api, document, "cleo"), 409, "excluded")


def test_an_override_to_the_present_owner_is_refused(api):
    assigned, recommended = api.assign(key="k").json(), api.recommend(lead("L-2"))
    refused(override(api, assigned, assigned["owner"]["owner_id"]), 409, "has the item already")
    refused(override(api, recommended, recommended["owner"]["owner_id"]), 409, "accept the decision")


def test_when_nobody_was_free_a_person_may_choose_once_somebody_is(api):
    held = api.assign(lead("L-1", country="FR"), key="k1").json()
    queued = api.assign(lead("L-2", country="FR"), key="k2").json()
    assert queued["outcome"] == "queued"
    refused(override(api, queued, "eve"), 409, "capacity")
    api.act(held, "reject", {"reason": "other"})
    assert override(api, queued, "eve").json()["outcome"] == "assigned"
    assert api.open_items("eve") == 1


@pytest.mark.parametrize(("body", "words"), [
    ({"owner_id": "bob"}, ["reason"]), ({"reason": "workload"}, ["owner_id"]),
    ({"owner_id": "bob", "reason": "workloud"}, ["workloud", "workload"]),
    ({"owner_id": 5, "reason": "workload"}, ["owner_id"]), ({"owner_id": "", "reason": "workload"}, ["owner_id"]),
    ({"owner_id": "bob", "reason": "workload", "owner": "x"}, ["owner", "owner_id"]),
])
def test_an_override_that_does_not_fit_is_refused(api, body, words):
    refused(api.act(api.assign(key="k").json(), "override", body), 422, *words)


def test_a_stale_if_match_is_refused_and_a_fresh_one_is_not(api):
    document = api.assign(key="k").json()
    read = api.get(f"/v1/decisions/{document['decision_id']}").headers["etag"]
    accepted = api.act(document, "accept")
    assert accepted.headers["etag"] != read
    problem = refused(override(api, document, If_Match=read), 412, accepted.headers["etag"].strip('"'))
    assert problem["type"].endswith("stale")
    refused(override(api, document, If_Match='W/' + accepted.headers["etag"]), 412)
    fresh = api.get(f"/v1/decisions/{document['decision_id']}").headers["etag"]
    assert fresh == accepted.headers["etag"]
    assert override(api, document, If_Match=f'"else", {fresh}').status_code == 200


def test_any_state_matches_a_star(api):
    assert override(api, api.assign(key="k").json(), If_Match="*").status_code == 200


# review

def test_reviews_are_recorded_and_change_nothing_else(api):
    document = api.assign(key="k").json()
    before = api.live.store.head().last_seq
    answer = api.act(document, "review", {"verdict": "challenge", "note": "why not cleo?", "seconds": 12.5}, key=None,
                     X_Actor="rita")
    assert answer.status_code == 200, answer.text
    ActionDocument.model_validate(answer.json())
    api.act(document, "review", {"verdict": "approve"}, key=None)
    challenged, approved = api.live.store.actions(document["decision_id"])
    assert (challenged.verdict, challenged.note, challenged.seconds, challenged.actor) == (
        "challenge", "why not cleo?", 12.5, "rita")
    assert (approved.verdict, approved.actor) == ("approve", "anonymous")
    assert api.live.store.head().last_seq == before
    assert api.live.store.standing(document["decision_id"]).state == "assigned"


@pytest.mark.parametrize("body", [{}, {"verdict": "aprove"}, {"verdict": "approve", "seconds": -1},
                                  {"verdict": "approve", "seconds": True}, {"verdict": "approve", "seconds": "3"},
                                  {"verdict": "approve", "seconds": 1e9}, {"verdict": ["approve"]}])
def test_a_review_that_does_not_fit_is_refused(api, body):
    document = api.recommend()
    refused(api.act(document, "review", body), 422)
    assert api.live.store.actions(document["decision_id"]) == ()


# what excludes what

REJECT, REVIEW = {"reason": "other"}, {"verdict": "approve"}


@pytest.mark.parametrize(("first", "then", "said"), [
    ("accept", "accept", "accepted already"), ("accept", "reject", "accepted already"),
    ("reject", "accept", "was rejected"), ("reject", "reject", "was rejected"),
    ("override", "accept", "was overridden"), ("override", "reject", "was overridden"),
    ("override", "override", "was overridden"), ("closed", "accept", "is closed"), ("closed", "reject", "is closed"),
    ("closed", "override", "is closed"), ("reassigned", "override", "was handed on"),
])
def test_what_cannot_follow_is_a_clear_conflict(api, first, then, said):
    document = api.assign(key="k").json()

    def do(what):
        if what in ("closed", "reassigned"):
            return api.tell({"event_id": what, "kind": what, "decision_id": document["decision_id"],
                             "occurred_at": document["decided_at"]})
        body = {"accept": {}, "reject": REJECT, "override": {"owner_id": other_than(document), "reason": "other"}}[what]
        return api.act(document, what, body)

    do(first)
    before = api.live.store.head()
    refused(do(then), 409, said)
    assert api.live.store.head() == before


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_where_nobody_was_proposed_there_is_nothing_to_take_or_leave(api, verb):
    queued = api.recommend(lead(country="JP"))
    refused(api.act(queued, verb, REJECT if verb == "reject" else {}), 409, "queue")


@pytest.mark.parametrize(("verb", "body"), [("accept", {}), ("reject", REJECT), ("review", REVIEW),
                                            ("override", {"owner_id": "bob", "reason": "other"})])
def test_a_decision_that_is_not_there_is_not_found(api, verb, body):
    refused(api.act("nowhere", verb, body), 404, "nowhere")


@pytest.mark.parametrize("verb", ["accept", "reject", "override", "review"])
def test_bodies_that_cannot_be_read_are_refused(api, verb):
    path = f"/v1/decisions/{api.recommend()['decision_id']}/{verb}"
    for content, media, status in ((b"", "application/json", 400), (b"[]", "application/json", 422),
                                   (b"{}", "text/plain", 415), (b'{"a":NaN}', "application/json", 400)):
        answer = api.call("POST", path, content=content, headers={"content-type": media, "idempotency-key": "k"})
        assert answer.status_code == status, answer.text


# the log

def test_every_decision_replays_with_overrides_and_events_in_the_log(model_api):
    api = model_api
    for number in range(6):
        document = api.assign(lead(f"L-{number}", country=("US", "DE")[number % 2]), key=str(number)).json()
        if number % 3 == 0:
            override(api, document)
        elif number % 3 == 1:
            api.act(document, "accept")
            api.tell({"event_id": f"o{number}", "kind": "outcome", "outcome": "converted",
                      "item_id": f"L-{number}", "occurred_at": document["decided_at"]})
        else:
            api.act(document, "reject", REJECT)
        api.act(api.recommend(lead(f"R-{number}")), "accept")
    api.post("/v1/mode", {"ranking": "rotation"})
    override(api, api.assign(lead("L-9"), key="9").json())
    override(api, api.assign(lead("L-10", country="FR"), key="10", exclude=["eve"]).json(), "eve")
    found = api.replays()
    assert len(found) == 2 * len(list(api.live.store.decision_ids())) >= 2 * 15
    assert [each for each in found if not each.identical] == []


def test_the_state_after_actions_is_what_a_restart_folds(model_api):
    from serving.live import Live

    document = model_api.assign(key="k").json()
    override(model_api, document)
    model_api.act(model_api.recommend(lead("L-2")), "accept")
    fresh = Live(model_api.live.workspace)
    fresh.keep_warm()
    warm = model_api.live.in_force.folded
    model_api.open_items("ann")
    assert warm.state.seq == fresh.in_force.folded.state.seq
    for owner in small_company.OWNERS.splitlines()[1:]:
        name = owner.partition(",")[0]
        number = fresh.in_force.folded.state.owners.number(name)
        if number:
            assert (warm.state.load.open_items[warm.state.owners.number(name)]
                    == fresh.in_force.folded.state.load.open_items[number])
