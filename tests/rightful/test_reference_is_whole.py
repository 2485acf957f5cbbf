"""No column, route, setting, command, event kind, document field or public name is without a line, no line without a name."""
import json

import pytest
from typer.main import get_command

import rightful
from features.events import EVENTS
from rightful.cli import reference_pages as pages
from rightful.cli.main import app
from serving.runtime.settings import SETTINGS
from tests.rightful.test_front_door import commands
from tests.serving import small_company
from tests.serving.api.conftest import Api

#: Parts of a document whose keys are names of the company or the catalogue, described as a whole.
OPEN = ("item.attributes", "candidates[].features", "candidates[].contributions", "candidates[].price_terms", "timings_us",
        "eligibility.excluded[].evidence", "spread.cost")


@pytest.mark.parametrize("file", pages.FILES)
def test_each_column_of_a_file_has_its_line(file):
    assert list(pages.meanings()[file]) == list(pages.FILES[file][0])


def test_each_kind_of_event_has_its_line():
    assert all(about.meaning and f"| `{kind}` |" in pages.events_page() for kind, about in EVENTS.items())


def test_each_setting_has_its_line():
    assert all(setting.meaning and f"| `{setting.name}` " in pages.settings_page() for setting in SETTINGS)


def test_each_command_has_its_part():
    told = {line for line in pages.commands_page(get_command(app)).splitlines() if line.startswith("## ")}
    assert {f"## rightful {' '.join(path)}" for path, _ in commands()} == told


def test_each_public_name_and_method_has_its_part():
    told = pages.python_page()
    assert all(f"## rightful.{name}\n" in told for name in rightful.__all__)
    assert all(f"## OpenWorkspace.{name}\n" in told for name in ("recommend", "assign", "train", "promote", "replay"))


def test_each_field_of_the_documents_schema_has_its_line():
    shapes = pages.described_api()["components"]["schemas"]
    declared = set(fields_of(shapes, shapes["DecisionDocument"], ""))
    told = set(pages.meanings()["document"])
    assert declared - told == set()
    free = {path for path in declared if path in ("account", "sla", "next", "item", "exploration", "versions")}
    assert {path for path in told - declared if path.split(".")[0] not in free} == set()


def test_each_field_of_real_decisions_has_its_line(tmp_path):
    found: set[str] = set()
    with rightful.open(small_company.with_model(tmp_path / "ws")) as company:
        for item in (small_company.lead(), small_company.lead(country="FR"), small_company.lead(consent="denied")):
            found |= set(keys_of(company.recommend(item, at=small_company.NOON).to_dict(), ""))
    assert found - set(pages.meanings()["document"]) == set()


def fields_of(shapes, shape, above):
    """Every path of a JSON schema, references followed."""
    for name, field in shape.get("properties", {}).items():
        path = f"{above}{name}"
        yield path
        for inner, more in parts_of(field):
            target = shapes[inner.rsplit("/", 1)[1]]
            yield from fields_of(shapes, target, f"{path}{more}.")


def parts_of(field):
    """The shapes that a field refers to, `[]` where it lists them."""
    if "$ref" in field:
        yield field["$ref"], ""
    for either in field.get("anyOf", ()):
        yield from parts_of(either)
    if isinstance(field.get("items"), dict):
        yield from ((inner, "[]" + more) for inner, more in parts_of(field["items"]))


def keys_of(tree, above):
    """Every path of a document."""
    for name, value in tree.items() if isinstance(tree, dict) else ():
        path = f"{above}{name}"
        yield path
        if path not in OPEN:
            for inner in value if isinstance(value, list) else [value]:
                yield from keys_of(inner, f"{path}{'[]' if isinstance(value, list) else ''}.")


def test_each_route_has_an_example_and_each_example_a_route():
    assert set(pages.meanings()["http"]) == set(pages.routes())


@pytest.fixture
def api(tmp_path):
    made = Api(small_company.build(tmp_path / "ws"))
    yield made
    made.live.store.close()


@pytest.mark.parametrize("route", pages.meanings()["http"])
def test_each_example_is_answered(api, route):
    example = pages.meanings()["http"][route]
    method, path = route.split()
    known = {"DECISION_ID": given_to_somebody_else(api), "DIGEST": book_for(api, route)}
    words = {**known, "rulebook: 1\\nversion: 2026.2\\n...": json.dumps(changed_book())[1:-1]}

    def filled(text: str) -> str:
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    address = path.format(decision_id=known["DECISION_ID"], owner_id="ann", digest=known["DIGEST"])
    headers = {name: filled(value) for name, value in example.get("headers", {}).items()}
    more = {"json": json.loads(filled(example["body"]))} if "body" in example else {}
    query = f"?{example['query']}" if "query" in example else ""
    answer = api.call(method, address + query, headers=headers, **more)
    assert answer.status_code < 300, answer.text
    assert "refused" not in {result.get("status") for result in answer.json().get("results", ())}


def given_to_somebody_else(api) -> str:
    """An assigned decision whose owner is not the one that the examples hand it to."""
    for number in range(20):
        document = api.post("/v1/recommendations", {"item": small_company.lead(f"G-{number}"), "mode": "assign"},
                            Idempotency_Key=f"G-{number}").json()
        if document["owner"]["owner_id"] != "bob":
            return document["decision_id"]
    raise AssertionError("bob got everything")


def changed_book() -> str:
    return small_company.RULEBOOK.replace("version: 2026.1", "version: 2026.2")


def book_for(api, route: str) -> str:
    """The book in force, or, for what is done with one book, a draft."""
    etag = api.get("/v1/rulebook").headers["etag"]
    if "{digest}" not in route:
        return etag.strip('"')
    return api.post("/v1/rulebooks", {"files": {"rulebook.yaml": changed_book()}}, If_Match=etag, X_Actor="ann").json()["digest"]
