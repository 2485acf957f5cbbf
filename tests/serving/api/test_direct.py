"""A direct route answers what the framework would have answered, in the same words, and nothing else is answered directly."""
import asyncio
import json

import httpx
import pytest
from fastapi import FastAPI

from rules.errors import BundleError, StoreError
from serving.runtime.idempotent import KeyRunning
from tests.serving.api.test_recommendations import BAD_BODIES, BAD_ITEMS, MEDIA

PATH = "/v1/recommendations"
BAD = {**{case: content for case, (content, _, _) in BAD_BODIES.items()},
       **{case: json.dumps({"item": item}).encode() for case, (item, _, _) in BAD_ITEMS.items()},
       "assigning without a key": b'{"item": {}, "mode": "assign"}'}


def through_the_framework(api, content: bytes, headers: dict) -> httpx.Response:
    """The same exchange through every layer of the framework."""
    async def layers(scope, receive, send):
        await FastAPI.__call__(api.app, scope, receive, send)

    async def exchange() -> httpx.Response:
        transport = httpx.ASGITransport(app=layers, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post(PATH, content=content, headers=headers)

    return asyncio.run(exchange())


def told(answer: httpx.Response) -> tuple:
    return answer.status_code, dict(answer.headers), answer.content


@pytest.mark.parametrize("case", BAD)
def test_a_refusal_is_the_framework_s_refusal(api, case):
    answer = api.call("POST", PATH, content=BAD[case], headers=MEDIA)
    assert 400 <= answer.status_code < 500
    assert told(answer) == told(through_the_framework(api, BAD[case], MEDIA))


@pytest.mark.parametrize("headers", [{"content-type": "text/plain"}, {}, {**MEDIA, "idempotency-key": "x" * 256}])
def test_a_header_is_refused_as_by_the_framework(api, headers):
    answer = api.call("POST", PATH, content=b'{"item": {}}', headers=headers)
    assert 400 <= answer.status_code < 500
    assert told(answer) == told(through_the_framework(api, b'{"item": {}}', headers))


@pytest.mark.parametrize(("error", "status"), [
    (StoreError("the disk is full"), 503), (BundleError("the bundle is gone"), 409), (KeyRunning("still running"), 409),
    (ZeroDivisionError("of nobody"), 500)])
def test_an_error_inside_is_the_framework_s_problem(api, monkeypatch, error, status):
    def fail(_asked):
        raise error

    monkeypatch.setattr(api.app.state.decider, "submit", fail)
    answer = api.post(PATH, {"item": {}})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert told(answer) == told(through_the_framework(api, b'{"item": {}}', MEDIA))


def test_an_error_of_nobody_reaches_the_server_s_log(api, monkeypatch):
    monkeypatch.setattr(api.app.state.decider, "submit", lambda _asked: 1 / 0)

    async def exchange() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api.app), base_url="http://127.0.0.1") as client:
            await client.post(PATH, json={"item": {}})

    with pytest.raises(ZeroDivisionError):
        asyncio.run(exchange())


def test_an_answer_replayed_through_the_framework_is_the_same(api):
    first = api.assign(key="k")
    again = through_the_framework(api, first.request.content, {**MEDIA, "idempotency-key": "k"})
    assert (again.status_code, again.content) == (200, first.content)
    assert set(again.headers) - set(first.headers) == {"idempotency-replayed"}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", PATH, 405), ("DELETE", PATH, 405), ("POST", f"{PATH}/", 307)])
def test_another_method_or_path_is_left_to_the_framework(api, method, path, status):
    assert api.call(method, path).status_code == status


def test_a_direct_route_is_documented(api):
    described = api.get("/openapi.json").json()["paths"][PATH]["post"]
    assert set(described["responses"]) >= {"200", "400", "409", "413", "415", "422", "503"}
    assert described["requestBody"]["required"] is True
