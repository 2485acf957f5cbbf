"""The life of a rule book over HTTP: proposed from the one that was read, approved, activated, brought back."""
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from serving.api.shapes.problems import ProblemDocument
from serving.api.shapes.rulebooks import BookList, BookVersion, PublishedBook, RuleBookPart
from serving.rulebooks.lifecycle import Publisher
from serving.runtime.decide import DecideCommand
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.small_company import lead

US_TO_SOLO = small_company.RULEBOOK.replace("country: [DE, US]}, to: sales}", "country: DE}, to: sales}\n"
                                            "      - {id: us, when: {kind: lead, country: US}, to: solo}")


def propose(api, text, *, etag=None, **headers):
    etag = api.get("/v1/rulebook").headers["etag"] if etag is None else etag
    return api.post("/v1/rulebooks", {"files": {"rulebook.yaml": text}}, If_Match=etag, **headers)


def activate(api, digest, **headers):
    return api.post(f"/v1/rulebooks/{digest}/activate", {}, **headers)


def team(api):
    return api.recommend()["route"]["team"]


def test_a_draft_changes_nothing_until_it_is_activated_and_then_the_next_decision(api):
    assert team(api) == "sales"
    drafted = propose(api, US_TO_SOLO, X_Actor="ann")
    assert drafted.status_code == 201
    PublishedBook.model_validate(drafted.json())
    digest = drafted.json()["digest"]
    assert drafted.headers["location"] == f"/v1/rulebooks/{digest}"
    assert (drafted.json()["state"], team(api)) == ("checked", "sales")
    done = activate(api, digest, X_Actor="bob")
    assert (done.status_code, done.json()["came"]) == (200, "active")
    document = api.recommend()
    assert (document["route"]["team"], document["versions"]["rulebook"]) == ("solo", digest)
    told = api.get("/v1/rulebook")
    RuleBookPart.model_validate(told.json())
    assert told.headers["etag"] == f'"{digest}"'


def test_the_life_of_a_book_can_be_read(api):
    digest = propose(api, US_TO_SOLO, X_Actor="ann").json()["digest"]
    api.post(f"/v1/rulebooks/{digest}/approve", {"note": "read it"}, X_Actor="bob")
    activate(api, digest, X_Actor="cleo")
    life = api.get(f"/v1/rulebooks/{digest}").json()
    BookVersion.model_validate(life)
    assert [(step["step"], step["actor"]) for step in life["steps"]] == [
        ("proposed", "ann"), ("checked", "ann"), ("approved", "bob"), ("activated", "cleo")]
    assert life["steps"][3]["detail"]["conditions"] == {"check": "met", "simulated": "not run", "second_person": "met"}
    evidence = life["steps"][1]["evidence"]
    assert '"ok":true' in api.live.store.snapshot("evidence", evidence)["check.json"]
    listed = api.get("/v1/rulebooks").json()
    BookList.model_validate(listed)
    assert [version["state"] for version in listed["rulebooks"]] == ["active", "archived"]


def test_one_person_suffices_and_the_missing_second_one_is_recorded(api):
    digest = propose(api, US_TO_SOLO, X_Actor="ann").json()["digest"]
    api.post(f"/v1/rulebooks/{digest}/approve", {}, X_Actor="ann")
    done = activate(api, digest, X_Actor="ann").json()
    assert (done["came"], done["conditions"]["second_person"]) == ("active", "not run")


def test_a_draft_made_from_a_book_no_longer_in_force_is_refused(api):
    read = api.get("/v1/rulebook").headers["etag"]
    slow = propose(api, US_TO_SOLO.replace("2026.1", "slow"), etag=read).json()["digest"]
    activate(api, propose(api, US_TO_SOLO, etag=read).json()["digest"])
    late = propose(api, US_TO_SOLO.replace("2026.1", "late"), etag=read)
    assert late.status_code == 412
    ProblemDocument.model_validate(late.json())
    stale = activate(api, slow)
    assert stale.status_code == 409 and "was made from" in stale.json()["detail"]
    assert api.get("/v1/rulebook").json()["version"] == "2026.1"


def test_whoever_read_another_book_does_not_activate(api):
    read = api.get("/v1/rulebook").headers["etag"]
    first, second = (propose(api, US_TO_SOLO.replace("2026.1", name)).json()["digest"] for name in ("x", "y"))
    assert activate(api, first, If_Match=read).status_code == 200
    assert activate(api, second, If_Match=read).status_code == 412


def test_a_draft_without_the_book_it_was_made_from_is_refused(api):
    answer = api.post("/v1/rulebooks", {"files": {"rulebook.yaml": US_TO_SOLO}})
    assert answer.status_code == 428
    ProblemDocument.model_validate(answer.json())


def test_a_book_with_errors_is_kept_as_a_draft_and_refused_at_activation_with_every_finding(api):
    drafted = propose(api, US_TO_SOLO.replace("to: solo}", "to: nowhere}").replace("[lead, case]", "[lead, lead]")).json()
    assert drafted["state"] == "draft" and drafted["checked_ok"] is False
    refused = activate(api, drafted["digest"])
    assert refused.status_code == 409
    ProblemDocument.model_validate(refused.json())
    assert any("nowhere" in problem["message"] or problem["given"] == "nowhere" for problem in refused.json()["problems"])
    assert api.post(f"/v1/rulebooks/{drafted['digest']}/approve", {}).status_code == 409
    assert team(api) == "sales"


def test_a_book_whose_own_test_fails_is_refused(api):
    text = US_TO_SOLO + ("tests:\n  - {name: US leads, at: 2026-12-02T15:00:00Z, expect: {team: sales},"
                         " item: {kind: lead, country: US, consent: granted}}\n")
    drafted = propose(api, text).json()
    assert drafted["failing_tests"] == ["US leads"]
    refused = activate(api, drafted["digest"])
    assert refused.status_code == 409 and "US leads" in refused.json()["detail"]


def test_a_book_that_was_in_force_comes_back_in_one_request(api):
    first = api.get("/v1/rulebook").json()["digest"]
    activate(api, propose(api, US_TO_SOLO).json()["digest"])
    back = activate(api, first, X_Actor="olga")
    assert (back.status_code, back.json()["came"]) == (200, "active")
    assert back.json()["steps"][-1]["source"] == "rollback"
    assert team(api) == "sales"


def test_a_book_of_the_future_waits_for_its_moment_and_decides_from_then_on(api, turn):
    at = datetime.now(UTC) + timedelta(days=30)
    text = US_TO_SOLO.replace("2026-01-01T00:00:00Z", at.isoformat())
    digest = propose(api, text).json()["digest"]
    assert activate(api, digest).json()["came"] == "scheduled"
    assert team(api) == "sales"
    assert api.live.in_force_at(at - timedelta(microseconds=1)).book.digest != digest
    assert api.live.in_force_at(at).book.digest == digest
    turn(at - datetime.now(UTC))
    api.live.refresh()
    assert api.get(f"/v1/rulebooks/{digest}").json()["state"] == "active"
    assert api.get("/v1/rulebook").json()["digest"] == digest


def test_what_another_process_scheduled_is_followed(api):
    at = datetime.now(UTC) + timedelta(days=30)
    other = Workspace.at(api.folder)
    publisher = Publisher(other.store, Live(other).in_force.directory)
    active = other.store.active("rulebook")
    digest = publisher.propose({"rulebook.yaml": US_TO_SOLO.replace("2026-01-01T00:00:00Z", at.isoformat())},
                               actor="ann", based_on=active).version.digest
    publisher.activate(digest, actor="ann")
    assert api.live.in_force_at(at).book.digest == active
    api.live.refresh()
    assert api.live.in_force_at(at).book.digest == digest
    publisher.withdraw(digest, actor="ann")
    other.close()
    api.live.refresh()
    assert api.live.in_force_at(at).book.digest == active


def test_an_unknown_book_is_not_found(api):
    for answer in (activate(api, "sha256:none"), api.get("/v1/rulebooks/sha256:none"),
                   api.post("/v1/rulebooks/sha256:none/approve", {})):
        assert answer.status_code == 404
        ProblemDocument.model_validate(answer.json())


def test_files_outside_the_books_folder_are_refused(api):
    etag = api.get("/v1/rulebook").headers["etag"]
    for name in ("../rulebook.yaml", "/etc/x.csv", "tables/../../x.csv", "rulebook.py", "a//b.csv"):
        answer = api.post("/v1/rulebooks", {"files": {"rulebook.yaml": US_TO_SOLO, name: "x"}}, If_Match=etag)
        assert answer.status_code == 422, name


def test_two_people_are_needed_where_the_settings_say_so(api):
    live = api.live
    live.in_force = replace(live.in_force, settings=replace(live.in_force.settings, two_people=True))
    digest = propose(api, US_TO_SOLO, X_Actor="ann").json()["digest"]
    assert activate(api, digest, X_Actor="ann").status_code == 409
    assert api.post(f"/v1/rulebooks/{digest}/approve", {}, X_Actor="ann").status_code == 409
    assert activate(api, digest, X_Actor="ann").status_code == 409
    api.post(f"/v1/rulebooks/{digest}/approve", {}, X_Actor="bob")
    done = activate(api, digest, X_Actor="ann")
    assert (done.status_code, done.json()["conditions"]["second_person"]) == (200, "met")


def test_every_decision_from_the_scheduled_moment_on_is_made_by_the_new_book_and_none_before(api):
    before = api.get("/v1/rulebook").json()["digest"]
    at = datetime.now(UTC) + timedelta(seconds=2)
    digest = propose(api, US_TO_SOLO.replace("2026-01-01T00:00:00Z", at.isoformat())).json()["digest"]
    assert activate(api, digest).json()["came"] == "scheduled"
    made = []
    while len(made) < 20 or datetime.fromisoformat(made[-1][0]) < at + timedelta(milliseconds=300):
        document = api.app.state.decider.decide(DecideCommand(item=lead())).document
        made.append((document.decided_at, document.versions.rulebook, document.route.team))
    expected = [(digest, "solo") if datetime.fromisoformat(decided_at) >= at else (before, "sales") for decided_at, *_ in made]
    assert [tuple(rest) for _, *rest in made] == expected and len(set(expected)) == 2
    api.live.refresh()
    assert api.get(f"/v1/rulebooks/{digest}").json()["state"] == "active"
    assert all(replayed.identical for replayed in api.replays())


def test_a_rollback_in_another_process_is_followed(api):
    first = api.get("/v1/rulebook").json()["digest"]
    activate(api, propose(api, US_TO_SOLO).json()["digest"])
    other = Workspace.at(api.folder)
    Publisher(other.store, None).roll_back(actor="olga")
    other.close()
    assert team(api) == "solo"
    api.live.refresh()
    assert api.recommend()["versions"]["rulebook"] == first
