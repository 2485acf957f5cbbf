"""An independent reader of a company's files: YAML by its plainest loader, CSV by the standard library, cells by scanning.

It shares no code with the project and judges only what it understands: everything else raises NotJudged.
"""
import csv
import io
import re
from datetime import UTC, date, datetime

import yaml

PLAIN_TYPES = ("country", "subdivision", "postal", "language", "account_ref", "number", "text", "flag")


class NotJudged(Exception):
    """The files say something that this reader does not know how to read."""


def rows_of(text: str) -> list[list[str]]:
    """The rows of a table that hold anything, cells without surrounding blanks."""
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    return [[typed(cell.strip()) for cell in row] for row in rows if any(cell.strip() for cell in row)]


def typed(cell: str) -> str:
    """What somebody typed into a cell that a spreadsheet marked as text, such as `'0017`; other cells as they are."""
    rest = cell.lstrip("'")
    marked = rest != cell and any(sign in "0123456789" for sign in rest) and not any(sign in "' \t" for sign in rest)
    return rest if marked else cell


def records_of(text: str) -> list[dict[str, str]]:
    """The rows of a directory file by column; lines before the header that begin with `#` are remarks."""
    header, *rows = rows_of(text) or [[]]
    while header and header[0].startswith("#"):
        header, *rows = rows
    return [dict(zip((name.replace("\ufeff", "") for name in header), row, strict=False)) for row in rows]


def number_of(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?(\d+(\.\d*)?|\.\d+)", text, re.ASCII) else None


def _tree(text: str):
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        if "\t" in text:                                      # the scanner in Python refuses tabs that YAML allows between words
            raise NotJudged("tabs") from error
        raise


class NaiveBook:
    """A rule book as its text says, asked about one item at a time."""

    def __init__(self, files: dict[str, str], at: datetime):
        self.files, self.at = files, at
        self.book = _tree(files["rulebook.yaml"])
        self.attributes, self.groups = self.book["attributes"], self.book.get("groups") or {}
        accounts = records_of(files.get("accounts.csv", "account_id"))
        self.parents = {row["account_id"]: row.get("parent_id") or None for row in accounts}

    def table(self, name: str) -> list[list[str]]:
        return rows_of(self.files[name.strip()])

    def column(self, name: str) -> list[str]:
        return [row[0] for row in self.table(name)[1:]]

    # items ------------------------------------------------------------------------------------------------------------

    def refuses(self, item: dict) -> bool:
        """Whether the item has a kind or an attribute that the book does not know."""
        if "account" in item and "account" not in self.attributes:
            raise NotJudged("an account that the book does not declare")
        return item["kind"].casefold() not in self._words("kind") or any(name not in self.attributes for name in item)

    def value(self, item: dict, name: str):
        """What a cell is compared with: a word, a number, a flag, None for missing."""
        spec, given = self.attributes[name], item.get(name)
        if "bands" in spec:
            source = item.get(spec["from"].strip()) if "from" in spec else given
            if "from" in spec and self.attributes[spec["from"].strip()].get("type", "").strip() != "number":
                raise NotJudged("bands of a derived attribute")
            if source is None and given is not None:
                raise NotJudged("a band given by its name")
            return None if source is None else next(
                (band for band, bounds in spec["bands"].items() if self._in_band(bounds.strip(), source)), None)
        if "map" in spec:
            source = self.value(item, spec["from"].strip())
            if not isinstance(source, str) or given is not None:
                return None if given is None else self._not_judged("a derived value given")
            source_type = self.attributes[spec["from"].strip()].get("type", "").strip()
            if source_type not in ("country", "subdivision", "language", "") or "enum" in self.attributes[spec["from"].strip()]:
                raise NotJudged("a map from other types")
            return next((row[1] for row in self.table(spec["map"])[1:] if self._plain(source_type, row[0]) == source), None)
        if "list" in spec or "list_from" in spec:
            raise NotJudged("a list")
        if "enum" in spec or "enum_from" in spec:
            return None if given is None else self._words(name).get(str(given).casefold())
        return given

    def _not_judged(self, what):
        raise NotJudged(what)

    def _words(self, name):
        spec = self.attributes[name]
        words = spec["enum"] if "enum" in spec else self.column(spec["enum_from"])
        return {word.strip().casefold(): word.strip() for word in words}

    @staticmethod
    def _in_band(bounds, number):
        found = re.fullmatch(r"(-?[\d.]+)(?:(\+)|\s*-\s*(<)?\s*(-?[\d.]+))", bounds)
        low, plus, below, high = found.groups()
        return float(low) <= number and (plus or number < float(high) or (number == float(high) and not below))

    @staticmethod
    def _plain(type_name, text):
        return text.split("-", 1)[-1] if type_name == "subdivision" and re.match(r"[A-Z]{2}-", text) else text

    # cells ------------------------------------------------------------------------------------------------------------

    def admits(self, name: str, cell, value) -> bool:
        """Whether a cell admits a value, None standing for missing; a blank cell admits everything."""
        if isinstance(cell, str) and not cell.strip():
            return True
        words = cell if isinstance(cell, list) else [cell]
        return any(self._word_admits(name, word, value) for word in words)

    def _word_admits(self, name, word, value):
        if isinstance(word, dict):
            return any(self._word_admits(name, member, value) for member in self.column(word["table"]))
        word = word.strip()
        if word == "missing":
            return value is None
        if word in self.groups:
            return any(self._word_admits(name, member, value) for member in self._members(word))
        if value is None:
            return False
        spec = self.attributes[name]
        match spec.get("type", "").strip() or "word":
            case "number":
                return self._number_admits(word, value)
            case "postal":
                return self._postal_admits(word.upper(), value)
            case "flag":
                return {"true": True, "false": False}[word] is value
            case "subdivision":
                return self._plain("subdivision", word) == value
        return word == value

    def _members(self, group):
        spec = self.groups[group]
        if isinstance(spec, list):
            return spec
        return spec["values"] if "values" in spec else self.column(spec["table"])

    @staticmethod
    def _number_admits(word, value):
        exact = number_of(word)
        if exact is not None:
            return value == exact
        compared = re.fullmatch(r"(>=|<=|>|<)\s*(\S+)", word)
        if compared:
            bound = float(compared[2])
            return {">=": value >= bound, "<=": value <= bound, ">": value > bound, "<": value < bound}[compared[1]]
        return bool(NaiveBook._in_band(word, value))

    @staticmethod
    def _postal_admits(word, value):
        if word.endswith("*"):
            return value.startswith(word[:-1])
        compared = re.fullmatch(r"(>=|<=|>|<)\s*(\S.*)", word)
        if compared:
            raise NotJudged("postal codes compared")
        low, dash, high = (part.strip() for part in word.partition("-"))
        if dash and len(low) == len(high):
            return len(value) == len(low) and low <= value <= high
        return " ".join(word.split()) == value

    # decisions --------------------------------------------------------------------------------------------------------

    def route(self, item: dict) -> tuple[str, str]:
        """Stage and rule that take the item."""
        for rule in self.book.get("compliance") or ():
            if not isinstance(rule.get("forbid"), str):
                continue
            if "from" in rule or "to" in rule:
                raise NotJudged("a compliance rule with dates")
            skip = "if_missing" in rule
            if all(self._binds(item, name, cell, skip) for name, cell in (rule.get("when") or {}).items()):
                return "compliance", rule["id"].strip()
        stages = self.book["stages"]
        for stage in stages:
            rules, named = self._rules(stage)
            if named:
                found = self._named(item, rules)
                if found:
                    return stage["stage"].strip(), f"named/{found}"
                continue
            hits = self._hits(item, rules)
            if len({self._target(rule) for rule in hits}) > 1:
                break
            if hits:
                return stage["stage"].strip(), hits[0]["id"].strip()
        last, _ = self._rules(stages[-1])
        return stages[-1]["stage"].strip(), (self._hits(item, last) or last[-1:])[0]["id"].strip()

    def _binds(self, item, name, cell, skip):
        if isinstance(cell, str) and not cell.strip():
            return True
        value = item["kind"] if name == "kind" else self.value(item, name)
        if value is None:
            return not skip or self.admits(name, cell, None)
        return self.admits(name, cell, value)

    def _rules(self, stage):
        if "rules" in stage:
            return stage["rules"], False
        header, *rows = self.table(stage["table"])
        records = [dict(zip(header, row, strict=True)) for row in rows]
        if header[0] == "account_id":
            return records, True
        raise NotJudged("a decision table")

    def _hits(self, item, rules):
        hits = [rule for rule in rules if self._in_force(rule) and all(
            self.admits(name, cell, item["kind"] if name == "kind" else self.value(item, name))
            for name, cell in (rule.get("when") or {}).items())]
        return [rule for rule in hits if "because" in rule] or hits

    def _in_force(self, rule):
        return "expires" not in rule or self._covers("", rule["expires"].strip())

    @staticmethod
    def _target(rule):
        to = rule["to"]
        if isinstance(to, dict):
            if set(to) - {"nearest"} and not set(to) <= {"nearest", "max_km", "open"}:
                raise NotJudged("a target with other options")
            to = tuple(sorted((key, str(number_of(value.strip())) if key == "max_km" else value.strip())
                              for key, value in to.items()))
        else:
            to = to.strip()
        return repr((to, rule.get("else", "").strip(), repr(rule.get("sla", "")).strip()))

    def _named(self, item, rows):
        current, distance, seen = item.get("account"), 0, set()
        while current and current in self.parents and current not in seen:
            seen.add(current)
            for row in rows:
                own = row["account_id"] == current and (distance == 0 or row.get("include_children") == "true")
                if own and self._covers(row.get("from", ""), row.get("to", "")):
                    return current
            current, distance = self.parents[current], distance + 1
        return None

    def _covers(self, starts, ends):
        day = self.at.astimezone(UTC).date()
        for text, is_start in ((starts, True), (ends, False)):
            if not text:
                continue
            bound = _time_of(text)
            if isinstance(bound, datetime):
                if (self.at < bound) if is_start else (self.at >= bound):
                    return False
            elif (day < bound) if is_start else (day > bound):
                return False
        return True


def _time_of(text):
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return date.fromisoformat(text)
    return datetime.fromisoformat(text.upper())
