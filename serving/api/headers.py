"""What request headers say: the idempotency key, who acts, and which state of a decision they read."""
from typing import Any

from fastapi import Request

from rules.errors import Problem
from serving.actions.commands import ANONYMOUS
from serving.api.problem import BadRequest

LONGEST_KEY = 255
_LONGEST_ACTOR = 100

KEY_HEADER = {"name": "Idempotency-Key", "in": "header", "required": False,
              "description": "under one key the same body is answered once, for seven days",
              "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY}}
KEY_NEEDED = {**KEY_HEADER, "required": True}
ACTOR_HEADER = {"name": "X-Actor", "in": "header", "required": False, "schema": {"type": "string"},
                "description": "who does it, kept as unverified"}
IF_MATCH_HEADER = {"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"},
                   "description": "the ETag under which the decision was read; 412 when it has moved on since"}


def takes(schema: dict[str, Any], *headers: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI tells of a request: the headers it may have, and the JSON object that its body is."""
    return {"parameters": list(headers), "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def key_of(request: Request, *, needed: bool) -> str | None:
    """The idempotency key, refused where it is needed and missing, or no key."""
    key = request.headers.get("idempotency-key")
    if key is None and needed:
        raise BadRequest(400, [Problem(message="the header `Idempotency-Key` is missing", column_name="Idempotency-Key",
                                       expected="a key of your own, one per request, so that a retry cannot do it twice")])
    if key is not None and not (1 <= len(key) <= LONGEST_KEY and key.isprintable()):
        raise BadRequest(400, [Problem(message="the header `Idempotency-Key` is no key", column_name="Idempotency-Key",
                                       given=key, expected=f"1 to {LONGEST_KEY} printable characters")])
    return key


def actor_of(request: Request) -> str:
    """Who acts, as they say themselves."""
    said = "".join(letter for letter in request.headers.get("x-actor", "") if letter.isprintable()).strip()
    return said[:_LONGEST_ACTOR] or ANONYMOUS
