"""A lead with a field that the rule book does not know: refused for programs, decided on and told where the workspace says so."""
import pytest

from serving.runtime.batch import BatchOptions, route
from tests.serving import small_company
from tests.serving.api.conftest import Api
from tests.serving.small_company import lead

CARELESS = {"utm_campaign": "spring", "Lead Score (new)": 7, "emplyees": {"deep": [1]}}


@pytest.fixture
def lenient(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    with (folder / "rightful.toml").open("a") as settings:
        settings.write('\n[intake]\nunknown_fields = "warn"\n')
    return Api(folder)


def test_by_default_it_is_refused_with_each_field_named(api):
    answer = api.post("/v1/recommendations", {"item": lead(**CARELESS)})
    assert answer.status_code == 422 and all(name in answer.text for name in CARELESS)
    assert "unknown_fields" not in api.get("/readyz").json()


def test_where_it_may_pass_the_decision_is_that_of_the_item_without_it_and_says_so(lenient):
    plain, careless = lenient.recommend(lead("L-1")), lenient.recommend(lead("L-1", **CARELESS))
    assert careless["owner"] == plain["owner"] and careless["item"] == plain["item"]
    assert [said.split("`")[1] for said in careless["warnings"] if said.startswith("unknown_field: ")] == [*CARELESS]
    assert all(replayed.identical for replayed in lenient.replays())


def test_what_the_book_knows_is_read_as_strictly_as_ever(lenient):
    answer = lenient.post("/v1/recommendations", {"item": lead(employees="many", utm_campaign="spring")})
    assert answer.status_code == 422 and "employees" in answer.text and "utm_campaign" not in answer.text


def test_readyz_counts_what_was_left_out_by_field(lenient):
    for number in range(3):
        lenient.assign(lead(f"L-{number}", utm_campaign="spring"), key=f"k-{number}")
    lenient.recommend(lead("L-9", score_new=1))
    lenient.assign(lead("L-0", utm_campaign="spring"), key="k-0")              # answered from what was kept
    assert lenient.get("/readyz").json() == {"status": "ok", "reasons": [], "unknown_fields": {"utm_campaign": 3, "score_new": 1}}


def test_an_action_on_such_a_decision_reads_the_item_that_was_decided_on(lenient):
    proposed = lenient.recommend(lead("L-1", utm_campaign="spring"))
    assert lenient.act(proposed, "accept").status_code == 200
    assert all(replayed.identical for replayed in lenient.replays())


@pytest.mark.parametrize("assign", [False, True])
def test_a_file_with_a_new_column_is_routed(lenient, assign):
    text = "item_id,kind,received_at,country,consent,utm_campaign\nL-1,lead,2026-11-20T10:00:00Z,US,granted,spring\n"
    [row] = route(lenient.live, text, file="items.csv", wish=BatchOptions(assign=assign), track=lambda rows, _total: rows)
    assert row["outcome"] == ("assigned" if assign else "recommended")


def test_a_word_that_the_setting_does_not_know_is_refused(tmp_path):
    from rules.errors import SettingsError

    folder = small_company.build(tmp_path / "ws")
    (folder / "rightful.toml").write_text('[intake]\nunknown_fields = "ignore"\n')
    with pytest.raises(SettingsError, match="`refuse` or `warn`"):
        Api(folder)
