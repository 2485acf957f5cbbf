import asyncio
from pathlib import Path

import httpx
import pytest

from serving.api.app import create_app
from serving.workspace import Workspace
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
