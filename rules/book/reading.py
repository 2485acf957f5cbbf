"""Reading a rule book: from files to texts, and section by section to typed values.

Reading the folder is the only input and output; what is wrong becomes findings.
"""
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from rules.book.attributes import read_attributes
from rules.book.book_tests import read_tests
from rules.book.cells import CellReader
from rules.book.compliance_rules import read_compliance
from rules.book.csv_tables import Tables
from rules.book.findings import Findings
from rules.book.groups import read_groups
from rules.book.intake_section import read_intake
from rules.book.keys import ClosedWords, Keys
from rules.book.policies import read_availability, read_lifecycle, read_slas, read_teams
from rules.book.schema import Availability, Intake, RuleBook
from rules.book.stages import read_stages
from rules.book.symbols import SymbolTable
from rules.book.typed_nodes import as_choice, as_day_or_instant, as_instant, as_map, as_text
from rules.book.urgency import check_urgency, with_uses
from rules.book.yaml_nodes import MapNode, Node, TextNode, compose
from rules.digests import digest_of_files
from rules.errors import Problem, RuleBookError

BOOK = "rulebook.yaml"
THE_BOOK = Keys(
    title="The book", where="the top of `rulebook.yaml`", required=("rulebook", "attributes", "teams", "stages"),
    known={
        "rulebook": "The format's version.",
        "version": "A label of your own, such as `2026.11.3`. What identifies the book is the hash of its texts.",
        "effective_from": "The moment from which the book decides, with its offset. A book activated before it waits, and "
                          "takes over by itself.",
        "owner": "Who answers for the territories.",
        "review_by": "A day by which somebody looks at the book again; `rules check` reminds of it from thirty days before.",
        "attributes": "Every item attribute that rules may ask for, with its type: a closed vocabulary, which is what makes "
                      "the analysis exact.",
        "groups": "Names for several values, such as `DACH: [DE, AT, CH]`.",
        "teams": "Every destination. Rules name teams and never people.",
        "compliance": "Hard rules, before and above everything else.",
        "stages": "The territories, asked from the top down; the last stage covers everything.",
        "intake": "What happens to an item before it is routed: duplicates, a continuing owner, waiting for facts.",
        "availability": "How working hours, absence and capacity bind.",
        "slas": "Service levels by id.",
        "lifecycle": "What items must say of their own stage where they go.",
        "tests": "Items and where they must go; run by `rules test` and before every activation.",
    })
FORMAT = ClosedWords(where="rulebook", words=("1",))
TABLE_KEYS = ("table", "map", "enum_from", "list_from")


def read_book_files(path: Path) -> dict[str, str]:
    """The book's text and those of the tables it names, by name relative to the book's folder.

    `path` is the file or its folder. A table that is not there is left out: loading reports it with its place.
    """
    path = Path(path)
    book = path / BOOK if path.is_dir() else path
    files = {book.name: _read_text(book, book.name)}
    root = book.parent.resolve()
    tree = compose(files[book.name], book.name, Findings())
    for node in _tables_named(tree) if tree is not None else ():
        name = node.text.strip()
        if not name or "\x00" in name:
            continue                                          # loading reports it
        target = (root / name).resolve()
        if PurePosixPath(name).is_absolute() or not target.is_relative_to(root):
            raise RuleBookError([Problem(
                message="the table lies outside the book's folder", file=node.place.file, line=node.place.line,
                column=node.place.column, given=name, expected="a path inside the folder, such as tables/regions.csv",
            )])
        if target.is_file():
            files[name] = _read_text(target, name)
    return files


def read_book(root: Node, files: Mapping[str, str], tables: Tables, findings: Findings) -> RuleBook | None:
    """The book that the top-level keys hold, as far as it can be read; None where they are no keys. Faults go to the findings."""
    fields = as_map(root, "a rule book", findings, known=THE_BOOK)
    if fields is None:
        return None
    own = fields.fields
    as_choice(own.get("rulebook"), "`rulebook`", FORMAT, findings)
    attributes = read_attributes(own["attributes"], tables, findings) if "attributes" in own else {}
    declared = own.get("attributes")
    attributes = with_uses(attributes, declared, findings) if attributes and isinstance(declared, MapNode) else {}
    groups = read_groups(own["groups"], attributes, tables, findings) if "groups" in own else {}
    teams = read_teams(own["teams"], findings) if "teams" in own else {}
    slas = read_slas(own["slas"], findings) if "slas" in own else {}
    faulty = frozenset(_declared(own.get("attributes")) - set(attributes) | _declared(own.get("groups")) - set(groups))
    words = SymbolTable(attributes=attributes, groups=groups, teams=teams, slas=slas, declared_slas=_declared(own.get("slas")),
                  faulty=faulty, tables=tables, cells=CellReader(attributes, groups, tables, faulty))
    kinds = (attributes["kind"].values or ()) if "kind" in attributes else ()
    compliance = read_compliance(own["compliance"], words, findings) if "compliance" in own else ()
    stages = read_stages(own["stages"], words, findings) if "stages" in own else ()
    book = RuleBook(
        digest=digest_of_files(files), files=dict(files), version=as_text(own.get("version"), "`version`", findings) or "",
        effective_from=as_instant(own.get("effective_from"), "`effective_from`", findings),
        owner=as_text(own.get("owner"), "`owner`", findings),
        review_by=as_day_or_instant(own.get("review_by"), "`review_by`", findings), attributes=attributes,
        groups={name: group.members for name, group in groups.items()},
        group_parts={name: group.parts for name, group in groups.items()},
        group_places={name: group.place for name, group in groups.items()},
        group_names={name: group.label for name, group in groups.items() if group.label},
        teams=teams, compliance=compliance, stages=stages,
        intake=read_intake(own["intake"], words, findings) if "intake" in own else Intake(),
        availability=read_availability(own["availability"], teams, kinds, findings) if "availability" in own else Availability(),
        slas=slas, lifecycle=read_lifecycle(own["lifecycle"], words, findings) if "lifecycle" in own else (),
        tests=read_tests(own["tests"], words, stages, findings) if "tests" in own else (),
    )
    check_urgency(book, findings)
    return book


def _declared(node: Node | None) -> set[str]:
    """The names that a mapping declares, whether or not what they stand for could be read."""
    return set(node.fields) if isinstance(node, MapNode) else set()


def book_name(files: Mapping[str, str]) -> str | None:
    """The book among the files: rulebook.yaml, else the only YAML file."""
    if BOOK in files:
        return BOOK
    yamls = [file for file in files if file.endswith((".yaml", ".yml"))]
    return yamls[0] if len(yamls) == 1 else None


def _tables_named(node: Node) -> Iterator[TextNode]:
    """Every text that stands where a table is named."""
    pending: list[Node] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, MapNode):
            for key, value in current.fields.items():
                if key in TABLE_KEYS and isinstance(value, TextNode):
                    yield value
                else:
                    pending.append(value)
        elif not isinstance(current, TextNode):
            pending.extend(current.items)


def _read_text(path: Path, name: str) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise RuleBookError([Problem(message="the file is not UTF-8", file=name, line=error.object[:error.start].count(b"\n") + 1,
                                     expected="text saved as UTF-8")]) from error
    except OSError as error:
        raise RuleBookError([Problem(message="the file cannot be read", file=name, given=error.strerror,
                                     expected="a readable rulebook.yaml; `rightful init` writes one")]) from error
