"""A problem response (RFC 9457) with everything that was wrong."""
from collections.abc import Mapping
from typing import Any

from serving.api.shapes.exact import Exact


class ProblemPart(Exact):
    """One fault of a request."""

    message: str
    field: str | None
    given: Any
    expected: str | None
    nearest: str | None


class ProblemDocument(Exact):
    """RFC 9457, with every fault found in `problems`."""

    type: str
    title: str
    status: int
    detail: str
    problems: list[ProblemPart]


def refusals(words: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """The statuses with which a route refuses, and when, as OpenAPI documents them."""
    return {status: {"model": ProblemDocument, "description": said} for status, said in words.items()}
