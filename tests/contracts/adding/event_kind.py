"""A kind of event that ends an assignment: reported, folded, its place freed, told to people, no more to be acted on."""
from pathlib import Path

from rightful.cli.reference_pages import described_api, events_page
from tests.serving import small_company
from tests.serving.api.conftest import Api

CHANGES = {
    "features/events.py": [
        ('EventKind = Literal["assigned", ', '"withdrawn", '),
        ("EVENTS: Mapping[EventKind, KindOfEvent] = {\n", '''\
    "withdrawn": KindOfEvent(told="withdrawn from", over="was withdrawn by the customer", meaning="the customer left"),
''')],
    "features/state.py": [
        ('self._handlers = {"assigned": self._assigned, ', '"withdrawn": self._withdrawn, '),
        ("    # what each kind of event changes\n", '''
    def _withdrawn(self, event: Event, occurred_us: int, known_us: int) -> None:
        assignment = self._assignments[event.assignment_id]
        self._handle(assignment, occurred_us)
        self._end(assignment, "withdrawn")
''')]}


def check(folder: Path) -> None:
    """Eve has one place: it is taken, withdrawn from her, and free for the next."""
    api = Api(small_company.build(folder))

    def french(item_id: str) -> dict:
        return api.assign(small_company.lead(item_id, country="FR"), key=item_id).json()

    first = french("L-1")
    name = first["decision_id"]
    assert (first["owner"]["owner_id"], french("L-2")["outcome"]) == ("eve", "queued")
    told = {"event_id": "e", "kind": "withdrawn", "occurred_at": first["decided_at"], "decision_id": name}
    assert api.tell(told)[0]["status"] == "stored"
    assert api.live.store.standing(name).state == "withdrawn"
    assert french("L-3")["owner"]["owner_id"] == "eve"
    [refused] = api.tell(told | {"event_id": "f", "outcome": "won"})
    assert refused["problem"]["expected"] == "it with outcome or closed or corrected alone"
    assert "was withdrawn by the customer" in api.act(name, "accept").text
    page = api.get(f"/console/decisions/{name}").text
    assert "withdrawn from" in page and "It was withdrawn by the customer." in page
    schema = described_api()["paths"]["/v1/events"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "withdrawn" in schema["properties"]["events"]["items"]["properties"]["kind"]["enum"]
    assert "| `withdrawn` | yes | the customer left |" in events_page()
