"""A name given twice is found wherever it stands, whatever else the body holds."""
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.api.body import MOST_DEPTH, read_object
from serving.api.problem import BadRequest

NAMES = st.sampled_from(["a", "b", "a:b", "", ":", "\u00e9", '"', "\\", "\\u003a", "\n"])
SCALARS = st.none() | st.booleans() | st.integers(-9, 2**64) | st.floats(allow_nan=False, allow_infinity=False) | NAMES


class Members(list):
    """An object as its members in order, names repeated or not."""


VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4)
                      | st.lists(st.tuples(NAMES, inner), max_size=4).map(Members), max_leaves=12)


def written(value: object, text) -> str:
    if isinstance(value, Members):
        return "{" + ", ".join(f"{text(name)} : {written(inner, text)}" for name, inner in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(inner, text) for inner in value) + "]"
    return text(value) if isinstance(value, str) else json.dumps(value)


def repeated(value: object) -> set[str]:
    if isinstance(value, Members):
        names = [name for name, _ in value]
        return {name for name in names if names.count(name) > 1}.union(*(repeated(inner) for _, inner in value))
    return set().union(*map(repeated, value)) if isinstance(value, list) else set()


def escaped(text: str) -> str:
    """A text with its colons escaped, as JSON allows."""
    return json.dumps(text).replace(":", "\\u003a")


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=5).map(Members),
       st.sampled_from([json.dumps, escaped, lambda text: json.dumps(text, ensure_ascii=False)]))
def test_exactly_the_bodies_with_a_repeated_name_are_refused(body, text):
    content, expected = written(body, text).encode(), repeated(body)
    try:
        read_object(content)
    except BadRequest as error:
        assert (error.status, {problem.column_name for problem in error.problems}) == (422, expected)
    else:
        assert not expected


def test_an_escaped_colon_does_not_hide_a_repeated_name():
    with pytest.raises(BadRequest):
        read_object(b'{"a": 1, "a": 2, "b": "\\u003a"}')


def nested(levels: int) -> bytes:
    return b'{"a": ' + b"[" * (levels - 2) + b"1" + b"]" * (levels - 2) + b"}"


def test_a_body_as_deep_as_allowed_is_read_and_one_deeper_is_not():
    read_object(nested(MOST_DEPTH))
    with pytest.raises(BadRequest) as refusal:
        read_object(nested(MOST_DEPTH + 1))
    assert refusal.value.status == 400


def test_a_body_of_many_flat_parts_is_read():
    read_object(json.dumps({"parts": [{}] * 100}).encode())
