"""A page read back: its tags with their attributes, its text, its forms; enough to check what a browser would be given."""
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = {"meta", "link", "input", "br", "img", "path", "rect"}
_UNSEEN = {"style", "script", "title"}


@dataclass
class Form:
    """A form: where it goes, how, and what it would send as it stands."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """One parsed page. `text` is what people read, spaces folded."""

    def __init__(self, content: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.forms: list[Form] = []
        self.open: list[str] = []
        self.labelled: set[str] = set()
        self._words: list[str] = []
        self._select: str | None = None
        self.feed(content)
        self.close()
        self.text = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag not in _EMPTY:
            self.open.append(tag)
        if tag == "form":
            self.forms.append(Form(action=given.get("action") or "", method=given.get("method") or "get"))
        if tag in ("input", "select", "textarea") and self.forms and given.get("name"):
            self._note_field(tag, given)
        if tag == "option" and self._select is not None:
            self.forms[-1].choices[self._select].append(given.get("value") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        assert tag in _EMPTY or self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if not _UNSEEN.intersection(self.open):
            self._words.append(data)

    def _note_field(self, tag: str, given: dict[str, str | None]) -> None:
        name, form = given["name"], self.forms[-1]
        if tag == "select":
            self._select = name
            form.choices[name] = []
        if given.get("type") != "radio":
            form.fields[name] = given.get("value") or ""
        if "label" in self.open or given.get("type") == "hidden":
            self.labelled.add(f"{name}")

    def attributes(self, name: str) -> list[str]:
        """Every value of an attribute on the page."""
        return [given[name] or "" for _, given in self.tags if name in given]

    def count(self, tag: str) -> int:
        """How often a tag stands on the page."""
        return Counter(tag for tag, _ in self.tags)[tag]

    def form(self, ending: str) -> Form:
        """The one form that goes to an address ending so."""
        [found] = [form for form in self.forms if form.action.endswith(ending)]
        return found
