"""Pages of settings, files, routes, events, the decision document, commands and Python names: from the tables the code reads."""
import inspect
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import rightful
from features.events import EVENTS
from rules.directory.closing_days import CLOSING_DAY_COLUMNS
from rules.directory.files import ABSENCE_COLUMNS, ACCOUNT_COLUMNS, MEMBERSHIP_COLUMNS, SHARED_HOST_COLUMNS
from rules.directory.owner_rows import COLUMNS
from rules.exports.history import HISTORY_COLUMNS
from rules.intake.reader import IDENTITY
from rules.reference.pages import page, table
from serving.actions.reported_events import REPORTED
from serving.api.app import with_routes
from serving.fairness.selection_rates import FILE as GROUPS
from serving.runtime.settings import SETTINGS

SERVER = "http://127.0.0.1:8000"
#: Every CSV file with its columns, and what a further column is.
FILES: Mapping[str, tuple[Sequence[str], str]] = {
    "owners.csv": (tuple(COLUMNS), "an attribute of owners, for rules; its values may end with a day, as certifications may"),
    "memberships.csv": (MEMBERSHIP_COLUMNS, ""),
    "absences.csv": (ABSENCE_COLUMNS, ""),
    "accounts.csv": (ACCOUNT_COLUMNS, "fills in the attribute of that name where an item leaves it open"),
    "shared_hosts.csv": (SHARED_HOST_COLUMNS, ""),
    "closing_days.csv": (CLOSING_DAY_COLUMNS, ""),
    "history.csv": ((*IDENTITY, *HISTORY_COLUMNS), "an attribute of the item, by the rule book's name for it"),
    "items.csv": (IDENTITY, "an attribute of the item, by the rule book's name for it"),
    GROUPS: (("owner_id",), "a column of groups; read by the report of selection by group and by nothing else"),
}


@cache
def meanings() -> dict[str, dict]:
    """What is said of each name, by table."""
    told = tomllib.loads(Path(__file__).with_name("reference.toml").read_text(encoding="utf-8"))
    return {**told, "owners.csv": {name: column.meaning for name, column in COLUMNS.items()}}


@cache
def described_api() -> dict:
    """The OpenAPI document."""
    return with_routes().openapi()


def settings_page() -> str:
    """Every key of rightful.toml."""
    rows = [(f"`{one.name}`" + " ★" * one.changes_a_decision, f"`{one.default}`", one.expected, one.meaning)
            for one in SETTINGS]
    return page("Every setting", "Keys of `rightful.toml`. Each may be left out; `KIND` is a kind of item, such as `lead`. "
                "What a ★ setting said is kept with every decision, and a replay follows it.",
                table(("setting", "default", "takes", "meaning"), rows))


_READING = (
    "Commas, semicolons, tabs or bars part the cells; a cell in double quotes may hold them, and line ends. Blank lines, a byte "
    "order mark, Excel's `sep=;` and, above the header, lines that begin with `#` are passed over. Below the header a line that "
    "begins with `#` is a row: ids such as `#1042` exist, and no row may vanish unseen. A row with fewer cells than the header "
    "is read, the rest taken as empty, and told with the line where it starts: in an import's report, in `message` of `rightful "
    "route`, by `rules check` (`short_row`) and in the log of whatever reads the file. In a table that the rule book names it is "
    "an error. A quote that is never closed costs its own row, which is told with the line where it starts: reading goes on at "
    "the next line that looks like a row, and the file is refused where none does. `=\"00123\"` and `'00123`, as spreadsheets "
    "keep codes, are read as `00123` and told "
    "(`spoilt_cell` of `rules check`, as are ids that look rounded or short of zeros); so is "
    "`'=1` read as `=1`, which is how we write what a spreadsheet would run.")


def files_page() -> str:
    """Every column of every CSV file."""
    lines: list[str] = []
    for file, (columns, further) in FILES.items():
        rows = [(f"`{name}`", meanings()[file][name]) for name in columns]
        lines += [f"## {file}", "", *table(("column", "meaning"), [*rows, ("any further", further)] if further else rows), ""]
    return page("Every column of the CSV files", "UTF-8, a header first. Columns not marked *needed* may be left out or stay "
                "empty. In columns of a span, a plain day is inclusive and an instant is exclusive at its end; `9999-12-31` is "
                "no end.", [
                    _READING, "", *lines])


def events_page() -> str:
    """Every kind of event, and the fields of a reported one."""
    rows = [(f"`{kind}`", "yes" if kind in REPORTED else "", about.meaning) for kind, about in EVENTS.items()]
    body = described_api()["paths"]["/v1/events"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    event = body["properties"]["events"]["items"]
    fields = [(f"`{name}`", "needed" if name in event["required"] else "", given.get("description", ""))
              for name, given in event["properties"].items()]
    return page("Every kind of event", "What can happen to an item, in the order in which it became known. `POST /v1/events` "
                "takes those that may be reported.", [*table(("kind", "reported", "meaning"), rows), "",
                "## Fields of a reported event", "", *table(("field", "", "what it takes"), fields)])


def document_page() -> str:
    """Every field of the decision document."""
    rows = [(f"`{path}`", told) for path, told in meanings()["document"].items()]
    return page("The decision document, field by field", "The answer of `POST /v1/recommendations`, the stored record and what "
                "`DecisionRecord` reads are one document. `[]` stands for each entry of a list.",
                table(("field", "meaning"), rows))


def routes_page() -> str:
    """Every route with its parameters, an example and its answers."""
    lines: list[str] = []
    for route, operation in routes().items():
        lines += [f"## {route}", "", f"{operation['summary']}. {operation['description']}", "", "```sh", curl(route), "```", ""]
        given = [(f"`{one['name']}`", one["in"], one.get("description", "")) for one in operation.get("parameters", ())]
        lines += [*table(("parameter", "in", "meaning"), given), ""] if given else []
        answers = [(status, answer["description"]) for status, answer in operation["responses"].items()]
        lines += [*table(("status", "meaning"), answers), ""]
    return page("Every route of the HTTP API", "On this machine only. `DECISION_ID` and `DIGEST` stand for ids that an earlier "
                "answer gave; errors are told on [their own page](errors.md), `/openapi.json` has every shape.", lines)


def routes() -> dict[str, dict]:
    """Every documented operation by method and path."""
    return {f"{method.upper()} {path}": operation for path, methods in described_api()["paths"].items()
            for method, operation in methods.items()}


def curl(route: str) -> str:
    """The example of a route as a command."""
    method, path = route.split()
    example = meanings()["http"][route]
    query = f"?{example['query']}" if "query" in example else ""
    filled = path.format(decision_id="DECISION_ID", owner_id="ann", digest="DIGEST")
    words = ["curl -s", *([f"-X {method}"] if method == "PUT" or method == "POST" and "body" not in example else []),
             f"'{SERVER}{filled}{query}'"]
    words += [f"-H '{name}: {value}'" for name, value in example.get("headers", {}).items()]
    if "body" in example:
        words += ["-H 'Content-Type: application/json'", f"-d '{example['body']}'"]
    return " \\\n  ".join(words)


def commands_page(front_door: Any) -> str:
    """Every command with its words and options."""
    lines: list[str] = []
    for name, command in commands(front_door):
        rows = [(f"`{' '.join(one.opts)}`" if one.param_type_name == "option" else f"`{one.metavar or one.name.upper()}`",
                 one.help or "") for one in command.params if one.name != "help"]
        lines += [f"## rightful {name}", "", " ".join(str(command.help).split()), "", f"{command.epilog}.", ""]
        lines += [*table(("word or option", "meaning"), rows), ""] if rows else []
    return page("Every command", "`rightful COMMAND --help` shows the same. Exit 0: done, 1: refused with a reason, 2: wrong "
                "usage.", lines)


def commands(front_door: Any) -> Iterator[tuple[str, Any]]:
    """Every command below one, those of groups too, by the words that name it."""
    waiting: list[tuple[str, Any]] = [("", front_door)]
    while waiting:
        path, command = waiting.pop(0)
        inner = getattr(command, "commands", None)
        if inner is None:
            yield path.strip(), command
        else:
            waiting[:0] = [(f"{path} {name}", child) for name, child in inner.items()]


def python_page() -> str:
    """Every public name of Python with its signature, what it does, and an example."""
    lines: list[str] = []
    for name in rightful.__all__:
        made = getattr(rightful, name)
        lines += _python_part(f"rightful.{name}", made)
        if inspect.isclass(made) and not issubclass(made, Exception):
            lines += [line for inner, method in vars(made).items() if not inner.startswith("_") and inspect.getdoc(method)
                      for line in _python_part(f"{name}.{inner}", method)]
    return page("Every name for Python", "`import rightful`. A test runs each example on a small company; the classes of errors "
                "are told on [their own page](errors.md).", lines)


def _python_part(name: str, made: object) -> list[str]:
    signature = _signature(made) if inspect.isfunction(made) else ""
    said: list[str] = []
    shown: list[str] = []
    for line in (inspect.getdoc(made) or "").splitlines():
        (shown if shown or line.startswith(">>>") else said).append(line)
    code = ["```pycon", *shown, "```", ""] if shown else []
    head = [f"`{name.split('.')[-1]}{signature}`", ""] if signature else []
    return [f"## {name}", "", *head, *said, *([""] if said[-1] else []), *code]


def _signature(made: Callable) -> str:
    """The parameters as they are written in the code, without `self`."""
    written = re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", str(inspect.signature(made)))
    unquoted = re.sub(r"(: |-> )'([^']*)'", r"\1\2", written)
    return re.sub(r"\b(?:[a-z_]+\.)+(?=\w)", "", unquoted).replace("(self, ", "(").replace("(self)", "()")
