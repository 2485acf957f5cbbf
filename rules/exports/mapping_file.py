"""A mapping's YAML, read strictly: unknown keys are named with the nearest known one, every fault with line and column.

`extends: salesforce` takes a shipped mapping as it is and changes what is said here: a key of the top level, a kind of
record's key, or single columns.
"""
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from zoneinfo import ZoneInfoNotFoundError, available_timezones

from rules.book.findings import Findings
from rules.book.typed_nodes import as_choice, as_flag, as_map, as_text, as_texts
from rules.book.yaml_nodes import ListNode, MapNode, Node, TextNode, compose
from rules.directory.files import ACCOUNT_COLUMNS
from rules.directory.owner_rows import OWNER_COLUMNS
from rules.errors import HistoryError, nearest_name
from rules.exports.history import HISTORY_COLUMNS
from rules.exports.mapping import (
    DECIMALS,
    ORDERS,
    OTHERWISE,
    READS,
    SHAPES,
    WHATS,
    ColumnMapping,
    Joins,
    LeaveOut,
    MappedColumn,
    Record,
    Superior,
    Way,
)
from rules.exports.shipped import PROFILES, shipped_text
from rules.intake.reader import IDENTITY
from rules.model import zone

KEYS = ("mapping", "extends", "name", "shape", "time_zone", "day_zone", "dates", "decimal", "currency", "encoding", "missing",
        "footer", "sums", "fill_down", "by_name", "records")
RECORD_KEYS = ("serves", "known_by", "columns", "late", "leave_out", "memberships", "superiors", "changes")
WAY_KEYS = ("from", "value", "read", "required", "when", "values", "otherwise", "spellings", "lookup", "day", "not_before",
            "currency_from", "join")
#: Columns of ours that times stand in; the first two begin a day, the others end it.
TIMES = {"received_at": "start", "assigned_at": "start", "accepted_at": "start", "first_response_at": "start",
         "ended_at": "end", "outcome_at": "end"}
_ENCODINGS = ("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "mac-roman", "shift_jis", "gb18030")
#: What every kind of record must say, by what it serves for.
NEEDED = {"history": ("item_id", "kind", "received_at", "owner_id", "assigned_at"), "items": ("item_id", "kind", "received_at"),
          "owners": ("owner_id", "kind"), "accounts": ("account_id",)}


def is_flat(text: str) -> bool:
    """Whether a mapping is the short form, `file's column: our column` on each line."""
    root = compose(text, "", Findings())
    return isinstance(root, MapNode) and "mapping" not in root.fields and "extends" not in root.fields and all(
        isinstance(node, TextNode) for node in root.fields.values())


@cache
def shipped(name: str) -> ColumnMapping:
    """The mapping of a profile; Refused for an unknown name."""
    return read_mapping_file(shipped_text(name), file=f"{name}.yaml")


def read_mapping_file(text: str, *, file: str) -> ColumnMapping:
    """The mapping that a YAML text holds, over the profile that it `extends`; HistoryError with every fault."""
    findings = Findings()
    root = compose(text, file, findings)
    made = None
    if root is not None:
        fields = as_map(root, "a mapping", findings, known=KEYS, required=("mapping",))
        if fields is not None:
            base = as_choice(fields.fields.get("extends"), "`extends`", PROFILES, findings)
            made = _Reader(findings).mapping(fields, ColumnMapping(name=file) if base is None else shipped(base))
    faults = findings.in_order(first_file=file)
    if made is None or faults:
        raise HistoryError(faults)
    return made


class _Reader:
    """Reads the parts of a mapping; every fault goes to `findings`."""

    def __init__(self, findings: Findings):
        self.findings = findings

    def mapping(self, node: MapNode, base: ColumnMapping) -> ColumnMapping:
        own, findings = node.fields, self.findings
        as_choice(own.get("mapping"), "`mapping`", ("1",), findings)
        made = replace(
            base,
            name=as_text(own.get("name"), "`name`", findings) or base.name,
            shape=as_choice(own.get("shape"), "`shape`", SHAPES, findings) or base.shape,
            time_zone=self.zone(own.get("time_zone"), "`time_zone`") or base.time_zone,
            day_zone=self.zone(own.get("day_zone"), "`day_zone`") or (None if "time_zone" in own else base.day_zone),
            dates=as_choice(own.get("dates"), "`dates`", ORDERS, findings) or base.dates,
            decimal=as_choice(own.get("decimal"), "`decimal`", DECIMALS, findings) or base.decimal,
            currency=(as_text(own.get("currency"), "`currency`", findings, "a currency's code such as EUR") or base.currency),
            encoding=as_choice(own.get("encoding"), "`encoding`", _ENCODINGS, findings) or base.encoding,
            missing=self.listed(own, "missing", base.missing), footer=self.listed(own, "footer", base.footer),
            sums=self.listed(own, "sums", base.sums), fill_down=self.listed(own, "fill_down", base.fill_down),
        )
        by_name = as_flag(own.get("by_name"), "`by_name`", findings)
        records = dict(base.records)
        listed = as_map(own.get("records"), "`records`", findings)
        for name, part in listed.fields.items() if listed else ():
            record = self.record(name, part, records.get(name))
            if record is not None:
                records[name] = record
        if not records and made.shape == "table":
            findings.add("wrong_type", "a mapping needs `records`", node.place, expected="at least one kind of record")
        return replace(made, by_name=base.by_name if by_name is None else by_name, records=records)

    def zone(self, node: Node | None, what: str):
        name = as_text(node, what, self.findings, "an IANA time zone such as Europe/Berlin")
        if node is None or name is None:
            return None
        try:
            return zone(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.findings.add("unknown_value", f"{what} is no time zone", node.place, given=name,
                              expected="an IANA name such as `Europe/Berlin`", nearest=nearest_name(name, available_timezones()))
            return None

    def words(self, node: Node, what: str) -> tuple[str, ...]:
        if isinstance(node, TextNode):
            text = as_text(node, what, self.findings)
            return () if text is None else (text,)
        return tuple(one.text.strip() for one in as_texts(node, what, self.findings) or ())

    def listed(self, own: dict[str, Node], key: str, base: tuple[str, ...]) -> tuple[str, ...]:
        return self.words(own[key], f"`{key}`") if key in own else base

    def record(self, name: str, node: Node, base: Record | None) -> Record | None:
        fields = as_map(node, f"record `{name}`", self.findings, known=RECORD_KEYS,
                        required=() if base else ("serves", "columns"))
        if fields is None:
            return None
        own = fields.fields
        base = base or Record(name=name, serves=())
        serves = base.serves
        if "serves" in own:
            words = own["serves"].items if isinstance(own["serves"], ListNode) else (own["serves"],)
            serves = tuple(word for one in words if (word := as_choice(one, "`serves`", WHATS, self.findings)))
        columns = dict(base.columns)
        listed = as_map(own.get("columns"), f"`columns` of `{name}`", self.findings)
        for ours, part in listed.fields.items() if listed else ():
            column = self.column(ours, part)
            if column is not None:
                columns[ours] = column
        for what in serves:
            for needed in NEEDED[what]:
                if needed not in columns and listed is not None:
                    self.findings.add("wrong_type", f"record `{name}` serves for {what} and needs a column `{needed}`",
                                      fields.place, expected=f"a way to `{needed}`", nearest=nearest_name(needed, columns))
        self._check_order(columns, listed)
        return replace(
            base, serves=serves, columns=columns,
            known_by=self.listed(own, "known_by", base.known_by), late=self.listed(own, "late", base.late),
            leave_out=self.each(own, "leave_out", self.left_out, base.leave_out),
            memberships=self.each(own, "memberships", self.joins, base.memberships),
            superiors=self.each(own, "superiors", self.superior, base.superiors),
            changes=base.changes if (changes := as_flag(own.get("changes"), "`changes`", self.findings)) is None else changes)

    def _check_order(self, columns: dict[str, MappedColumn], listed: MapNode | None) -> None:
        """A column that another one looks at stands before it."""
        seen: set[str] = set()
        for name, column in columns.items():
            for way in column.ways:
                for other in (*way.when, *filter(None, (way.not_before,))):
                    if other not in seen and listed is not None:
                        self.findings.add("unknown_value", f"column `{name}` looks at `{other}`, which is not made before it",
                                          listed.keys.get(name, listed.place), given=other,
                                          expected="a column that stands above", nearest=nearest_name(other, seen))
            seen.add(name)

    def each(self, own: dict[str, Node], key: str, read: Callable, base: tuple) -> tuple:
        if key not in own:
            return base
        node = own[key]
        if not isinstance(node, ListNode):
            self.findings.add("wrong_type", f"`{key}` must be a list", node.place, expected="a list such as `[{...}]`")
            return ()
        return tuple(made for one in node.items if (made := read(one)) is not None)

    def left_out(self, node: Node) -> LeaveOut | None:
        keys = ("column", "values", "because")
        fields = as_map(node, "`leave_out`", self.findings, known=keys, required=keys)
        if fields is None or not fields.fields.keys() >= set(keys):
            return None
        own = fields.fields
        return LeaveOut(column=as_text(own["column"], "`column`", self.findings) or "", because=as_text(
            own["because"], "`because`", self.findings) or "", values=self.words(own["values"], "`values`"))

    def joins(self, node: Node) -> Joins | None:
        fields = as_map(node, "`memberships`", self.findings, known=("team", "role"), required=("team",))
        if fields is None or "team" not in fields.fields:
            return None
        way = self.way("team", fields.fields["team"])
        role = as_text(fields.fields.get("role"), "`role`", self.findings)
        return None if way is None else Joins(team=way, role=role or "member")

    def superior(self, node: Node) -> Superior | None:
        fields = as_map(node, "`superiors`", self.findings, known=("owner", "kind"), required=("owner",))
        if fields is None or "owner" not in fields.fields:
            return None
        way = self.way("owner", fields.fields["owner"])
        kind = as_text(fields.fields.get("kind"), "`kind`", self.findings)
        return None if way is None else Superior(owner=way, kind=kind or "person")

    def column(self, name: str, node: Node) -> MappedColumn | None:
        parts = node.items if isinstance(node, ListNode) else (node,)
        ways = tuple(way for part in parts if (way := self.way(name, part)) is not None)
        required = any(as_flag(part.fields.get("required"), "`required`", self.findings) or False
                       for part in parts if isinstance(part, MapNode))
        return MappedColumn(name=name, ways=ways, required=required) if ways else None

    def way(self, name: str, node: Node) -> Way | None:
        """`Their column`, or a mapping with `from` or `value` and what else is done."""
        if isinstance(node, TextNode):
            text = as_text(node, f"`{name}`", self.findings, "a column of the export, or keys such as `from`")
            return None if text is None else Way(columns=(text,), read=default_read(name), day=TIMES.get(name, "start"))
        fields = as_map(node, f"column `{name}`", self.findings, known=WAY_KEYS)
        if fields is None:
            return None
        own, findings = fields.fields, self.findings
        if ("from" in own) == ("value" in own):
            findings.add("wrong_type", f"column `{name}` needs either `from` or `value`", node.place,
                         expected="`from: THEIR COLUMN`, or `value: a fixed text`")
            return None
        return Way(
            columns=self.words(own["from"], "`from`") if "from" in own else (),
            value=as_text(own.get("value"), "`value`", findings),
            read=as_choice(own.get("read"), "`read`", READS, findings) or default_read(name),
            when=self.conditions(own.get("when")), values=self.words_by_word(own.get("values"), "`values`"),
            otherwise=as_choice(own.get("otherwise"), "`otherwise`", OTHERWISE, findings) or "keep",
            spellings=self.words_by_word(own.get("spellings"), "`spellings`"), lookup=self.lookup(own.get("lookup")),
            day=as_choice(own.get("day"), "`day`", ("start", "end"), findings) or TIMES.get(name, "start"),
            not_before=as_text(own.get("not_before"), "`not_before`", findings),
            join=as_flag(own.get("join"), "`join`", findings) or False,
            currency_from=self.words(own["currency_from"], "`currency_from`") if "currency_from" in own else ())

    def conditions(self, node: Node | None) -> dict[str, tuple[str, ...]]:
        fields = as_map(node, "`when`", self.findings)
        return {} if fields is None else {name: self.words(part, f"`when` of `{name}`") for name, part in fields.fields.items()}

    def words_by_word(self, node: Node | None, what: str) -> dict[str, str]:
        fields = as_map(node, what, self.findings)
        if fields is None:
            return {}
        return {word: as_text(part, f"{what} of `{word}`", self.findings) or "" for word, part in fields.fields.items()}

    def lookup(self, node: Node | None) -> tuple[str, str] | None:
        text = as_text(node, "`lookup`", self.findings)
        if node is None or text is None:
            return None
        table, dot, column = text.partition(".")
        if table not in ("account", "owner") or not dot or not column:
            self.findings.add("unknown_value", "`lookup` names no table and column", node.place, given=text,
                              expected="`account.COLUMN` of accounts.csv or `owner.COLUMN` of owners.csv",
                              nearest=nearest_name(table, ("account", "owner")))
            return None
        return table, column


def default_read(name: str) -> str | None:
    """How a column of ours is read where the mapping does not say."""
    if name in TIMES:
        return "time"
    if name in ("value", "propensity", "latitude", "longitude", "max_open", "max_per_day", "weight", "radius_km"):
        return "number"
    return "owner" if name == "owner_id" else None


#: Columns that are ours whatever the rule book declares.
OURS = frozenset((*IDENTITY, *HISTORY_COLUMNS, *OWNER_COLUMNS, *ACCOUNT_COLUMNS))
