"""Strict YAML: text with places, lists and mappings, and nothing else.

Every scalar stays text (`NO` is Norway, `01234` keeps its zero, `10:30` stays a time). Anchors, aliases, merge keys,
tags, duplicate keys, `null`, `~`, several documents and bottomless nesting are refused, each with line and column.
"""
from dataclasses import dataclass
from typing import Protocol

import yaml

from rules.book.cell_types import SourcePosition
from rules.book.findings import Findings

#: No honest book nests deeper; a limit keeps a hostile one from exhausting the stack.
DEEPEST = 40
NULL_WORDS = ("null", "Null", "NULL", "~")

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True, slots=True)
class TextNode:
    """A scalar as written; `plain` when unquoted; `refused` when it has been reported already and holds nothing."""

    text: str
    place: SourcePosition
    plain: bool = True
    refused: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ListNode:
    """A sequence."""

    items: tuple["Node", ...]
    place: SourcePosition


@dataclass(frozen=True, kw_only=True, slots=True)
class MapNode:
    """A mapping in file order, with the place of each key."""

    fields: dict[str, "Node"]
    keys: dict[str, SourcePosition]
    place: SourcePosition


Node = TextNode | ListNode | MapNode


def compose(text: str, file: str, findings: Findings, at: SourcePosition | None = None) -> Node | None:
    """The document as nodes, None when it is no YAML at all; every fault goes to `findings`.

    `at` is where the text stands when it is a cell of another file: its place is then given for every node.
    """
    composer = _Composer(file, findings, at)
    try:
        for event in yaml.parse(text.removeprefix("\ufeff"), Loader=_Loader):
            if not composer.take(event):
                return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = composer.place(mark) if mark else SourcePosition(file=file, line=1)
        lines = text.splitlines()
        if at is None and place.line > len(lines):                # an end missed is shown where the text ends
            place = SourcePosition(file=file, line=max(len(lines), 1), column=len(lines[-1]) + 1 if lines else 1)
        given = (lines[place.line - 1].strip() if at is None and lines else text)[:80]
        findings.add("wrong_type", f"not readable as YAML: {error.problem}", place, given=given,
                     expected="YAML; a text that begins with a sign, such as >=100, stands in quotes")
        return None
    except (yaml.YAMLError, UnicodeError) as error:
        findings.add("wrong_type", f"not readable as YAML: {str(error).splitlines()[0]}", SourcePosition(file=file, line=1),
                     expected="UTF-8 text without control characters")
        return None
    if composer.root is None:
        findings.add("wrong_type", "the file is empty", SourcePosition(file=file, line=1), expected="a mapping")
    return composer.root


class Mark(Protocol):
    """Where an event begins, as either of the parsers says it; both count from 0."""

    line: int
    column: int


class _Open:
    """A list or mapping whose end has not come yet."""

    def __init__(self, place: SourcePosition, is_map: bool, anchor: str | None):
        self.place, self.is_map, self.anchor = place, is_map, anchor
        self.items: list[Node] = []
        self.fields: dict[str, Node] = {}
        self.keys: dict[str, SourcePosition] = {}
        self.key: str | None = None
        self.awaits_value = False


class _Composer:
    """Builds nodes from the parser's events without recursion."""

    def __init__(self, file: str, findings: Findings, at: SourcePosition | None):
        self._file, self._findings, self._at = file, findings, at
        self._stack: list[_Open] = []
        self._anchored: dict[str, Node] = {}
        self._documents = 0
        self.root: Node | None = None

    def place(self, mark: Mark | None) -> SourcePosition:
        """A parser's mark as a place that counts from 1."""
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return self._at or SourcePosition(file=self._file, line=line, column=column)

    def take(self, event: yaml.Event) -> bool:
        """Take one event; False when reading has to stop."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._refuse("a second document begins here", event, "one document in a file")
                return False
        elif isinstance(event, yaml.AliasEvent):
            self._refuse(f"alias `*{event.anchor}` is refused", event, "the value written out")
            self._put(self._anchored.get(event.anchor or "") or self._nothing(event))
        elif isinstance(event, yaml.ScalarEvent):
            self._check_node(event)
            self._put(self._scalar(event), event.anchor)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._check_node(event)
            if len(self._stack) >= DEEPEST:
                self._refuse(f"nested deeper than {DEEPEST} levels", event, "a flat book")
                return False
            self._stack.append(_Open(self.place(event.start_mark), isinstance(event, yaml.MappingStartEvent), event.anchor))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self._stack.pop()
            node: Node = (
                MapNode(fields=done.fields, keys=done.keys, place=done.place) if done.is_map
                else ListNode(items=tuple(done.items), place=done.place)
            )
            self._put(node, done.anchor)
        return True

    def _scalar(self, event: yaml.ScalarEvent) -> TextNode:
        plain = not event.style
        if plain and event.value in NULL_WORDS:
            self._refuse(f"`{event.value}` is refused", event, "`missing`, an empty cell, or the key left out", event.value)
            return self._nothing(event)
        return TextNode(text=event.value, place=self.place(event.start_mark), plain=plain)

    def _put(self, node: Node, anchor: str | None = None) -> None:
        if anchor is not None:
            self._anchored[anchor] = node
        if not self._stack:
            self.root = node
            return
        top = self._stack[-1]
        if not top.is_map:
            top.items.append(node)
        elif not top.awaits_value:
            top.key, top.awaits_value = self._key(node, top), True
        else:
            if top.key is not None:
                top.fields[top.key] = node
            top.awaits_value = False

    def _key(self, node: Node, top: _Open) -> str | None:
        """The key's word, None when the pair has to be passed over."""
        if not isinstance(node, TextNode):
            self._findings.add("wrong_type", "a key must be a word", node.place, expected="a word")
            return None
        if node.refused:
            return None
        if node.plain and node.text == "<<":
            self._findings.add("wrong_type", "merge key `<<` is refused", node.place, given="<<", expected="the keys written out")
            return None
        if node.text in top.keys:
            first = top.keys[node.text]
            self._findings.add(
                "duplicate_key", f"key `{node.text}` stands twice, first at line {first.line}", node.place, given=node.text,
                expected="each key once",
            )
            return None
        top.keys[node.text] = node.place
        return node.text

    def _check_node(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._refuse(f"anchor `&{event.anchor}` is refused", event, "the value written out", f"&{event.anchor}")
        if event.tag is not None and event.tag != "!":
            self._refuse(f"tag `{event.tag}` is refused", event, "the value without a tag", event.tag)

    def _refuse(self, message: str, event: yaml.Event, expected: str, given: str | None = None) -> None:
        self._findings.add("wrong_type", message, self.place(event.start_mark), given=given, expected=expected)

    def _nothing(self, event: yaml.Event) -> TextNode:
        return TextNode(text="", place=self.place(event.start_mark), refused=True)
