import asyncio
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from serving.api.app import create_app
from serving.api.shapes.events import EventResults
from serving.api.shapes.owners import OwnerLoad
from serving.runtime.workspace import Workspace
from serving.store import capacity
from tests.serving import small_company


class Api:
    """The application called in-process; every call is one HTTP exchange."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.app = create_app(Workspace.at(folder))
        self.live = self.app.state.live

    def call(self, method: str, path: str, **given: object) -> httpx.Response:
        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **given)

        return asyncio.run(exchange())

    def get(self, path: str, **params: object) -> httpx.Response:
        return self.call("GET", path, params=params)

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return self.call("POST", path, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})

    def recommend(self, item: dict | None = None, **more: object) -> dict:
        answer = self.post("/v1/recommendations", {"item": item or small_company.lead(), **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def assign(self, item: dict | None = None, *, key: str, **more: object) -> httpx.Response:
        return self.post("/v1/recommendations", {"item": item or small_company.lead(), "mode": "assign", **more},
                         Idempotency_Key=key)

    def act(self, decision: str | dict, verb: str, body: dict | None = None, *, key: str | None = "", **headers: str):
        """Do something with a decision; a fresh key unless one is given, None for no key."""
        decision_id = decision if isinstance(decision, str) else decision["decision_id"]
        if key is not None:
            headers["Idempotency_Key"] = key or uuid4().hex
        return self.post(f"/v1/decisions/{decision_id}/{verb}", body or {}, **headers)

    def tell(self, *events: object, **headers: str) -> list[dict]:
        """Report events; their results."""
        answer = self.post("/v1/events", {"events": list(events)}, **headers)
        assert answer.status_code == 200, answer.text
        EventResults.model_validate(answer.json())
        return answer.json()["results"]

    def open_items(self, owner_id: str) -> int:
        """How many open items an owner has: by the fold, which must be what the database counts."""
        answer = self.get(f"/v1/owners/{owner_id}/load")
        OwnerLoad.model_validate(answer.json())
        with self.live.store.reading() as connection:
            assert answer.json()["open_items"] == (capacity.open_items(connection, owner_id) or 0)
        return answer.json()["open_items"]

    def replays(self) -> list:
        """Every decision made again, from its log and from the events."""
        replayer, store = self.app.state.replayer, self.live.store
        return [*replayer.from_log(store.decision_ids()), *replayer.from_events(store.decision_ids())]


@pytest.fixture
def api(tmp_path):
    made = Api(small_company.build(tmp_path / "ws"))
    yield made
    made.live.workspace.close()


@pytest.fixture
def model_api(tmp_path):
    made = Api(small_company.with_model(tmp_path / "ws"))
    yield made
    made.live.workspace.close()
