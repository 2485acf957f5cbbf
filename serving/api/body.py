"""From bytes to a checked request: size, UTF-8, JSON without NaN, repeated names or deep nesting, and its exact fields."""
import json
from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from fastapi import Request
from pydantic import BaseModel, ValidationError

from rules.errors import Problem, nearest_name
from serving.api.problem import BadRequest

MOST_BYTES = 256 * 1024
MOST_DEPTH = 16
M = TypeVar("M", bound=BaseModel)


async def read_bytes(request: Request) -> bytes:
    """The body, refused as soon as it is seen to be too large."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise BadRequest(415, [Problem(message="the body's media type is not JSON", given=media or "no Content-Type",
                                       expected="`Content-Type: application/json`")])
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > MOST_BYTES:
        raise _too_large(int(stated))
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > MOST_BYTES:
            raise _too_large(len(parts))
    return bytes(parts)


def read_object(content: bytes) -> dict[str, object]:
    """The JSON object in a body."""
    try:
        tree = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise _bad(_json_fault(content, error), expected="one JSON object in UTF-8") from None
    if not isinstance(tree, dict):
        raise BadRequest(422, [Problem(message="the body is not an object", given=type(tree).__name__,
                                       expected='an object such as `{"item": {...}}`')])
    if content.count(b"{") + content.count(b"[") >= MOST_DEPTH and _depth(tree) > MOST_DEPTH:
        raise _bad(f"the body is nested more than {MOST_DEPTH} deep", expected="attributes that are plain values")
    if not _keeps_every_name(content, tree):
        _refuse_repeats(content)
    return tree


def read_model(content: bytes, shape: type[M]) -> M:
    """The body as a shape of the API; every unknown, missing or ill-typed field is told at once."""
    tree = read_object(content)
    try:
        return shape.model_validate(tree)
    except ValidationError as error:
        raise BadRequest(422, [field_problem(fault, shape) for fault in error.errors()]) from None


def _too_large(size: int) -> BadRequest:
    return BadRequest(413, [Problem(message="the body is too large", given=f"{size} bytes",
                                    expected=f"at most {MOST_BYTES} bytes")])


def _bad(message: str, *, expected: str) -> BadRequest:
    return BadRequest(400, [Problem(message=message, expected=expected)])


def _json_fault(content: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as fault:
        return f"the body is not UTF-8: byte 0x{content[fault.start]:02x} at position {fault.start}"
    return f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"


def _depth(tree: object) -> int:
    deepest, level = 0, [tree]
    while level and deepest <= MOST_DEPTH:
        deepest += 1
        level = [inner for outer in level if isinstance(outer, dict | list)
                 for inner in (outer.values() if isinstance(outer, dict) else outer)]
    return deepest


def _keeps_every_name(content: bytes, tree: object) -> bool:
    """Whether no name can stand twice, seen without reading the content again.

    The parser keeps the last of those with the same name; each one dropped leaves a colon that the tree does not account
    for. Only an escaped colon could hide that.
    """
    return b"\\u" not in content and content.count(b":") == orjson.dumps(tree).count(b":")


def _refuse_repeats(content: bytes) -> None:
    repeated: list[str] = []
    json.loads(content, object_pairs_hook=lambda pairs: _note_repeats(pairs, repeated))
    if repeated:
        raise BadRequest(422, [Problem(message=f"the name `{name}` stands twice in one object", column_name=name,
                                       expected="each name once") for name in dict.fromkeys(repeated)])


def _note_repeats(pairs: list[tuple[str, object]], repeated: list[str]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            repeated.append(name)
        names.add(name)


def field_problem(fault: Mapping[str, Any], shape: type[BaseModel]) -> Problem:
    """One fault that pydantic found, in our words."""
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return Problem(message=f"unknown field `{place}`", column_name=place,
                       nearest=nearest_name(place, shape.model_fields))
    if fault["type"] == "missing":
        return Problem(message=f"the field `{place}` is missing", column_name=place)
    described = shape.model_fields.get(str(fault["loc"][0]))
    return Problem(message=f"`{place}` does not fit", column_name=place, given=fault["input"],
                   expected=described.description if described and described.description else str(fault["msg"]))
