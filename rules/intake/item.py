"""A raw record as a WorkItem, or every problem found at once.

Reading goes: identity and kind, each attribute by its type, the country-bound ones, the account, what evidence fills in
(domain, country, place), and last what the book derives (bands and maps). Raw text, source and trust stay beside each value.
"""
from collections.abc import Mapping
from datetime import UTC, datetime

from rules.book.cell_types import MISSING
from rules.book.schema import RuleBook
from rules.errors import ItemError, Problem, nearest_name
from rules.intake.attributes import Reader, text_in
from rules.intake.days import with_local_days
from rules.intake.evidence import derive, fill_from_account, fill_in, fill_language, find_account, text_of
from rules.intake.reader import IDENTITY, ItemReader, item_reader
from rules.model import AccountMatch, Directory, Fact, WorkItem
from rules.refdata.times import TIME_EXPECTED, NotReadable, format_instant, parse_instant, problem

_TEXT_LIMIT = 10_000
_ID_LIMIT = 200
#: Past this many problems no near name is looked for: a hostile record must not cost seconds.
_SUGGESTIONS = 20


def read_item(raw: Mapping[str, object], *, book: RuleBook, directory: Directory, at: datetime | None,
              complete: bool = False) -> WorkItem:
    """The item of a request, a CSV row or a test; ItemError with every problem.

    `at` stands in for an absent `received_at`; with `complete` the item's id and time must be given.
    """
    if not isinstance(raw, Mapping):
        raise ItemError([Problem(message="the item is not an object", given=type(raw).__name__,
                                 expected="names and values of attributes")])
    reader = item_reader(book)
    problems: list[Problem] = []
    item_id = _item_id(raw, complete, problems)
    kind = _kind(raw, reader, problems)
    received_at = _received_at(raw, at, complete, problems)
    facts, warnings = _read_facts(raw, reader, problems)
    if problems or received_at is None:
        raise ItemError(problems)
    found = find_account(facts, reader, directory, warnings)
    fill_in(facts, reader, directory, found.account.account_id if found.account else None)
    if found.account is not None:
        fill_from_account(facts, reader, directory.accounts.get(found.account.account_id), warnings)
    fill_language(facts, reader)
    for attribute in reader.derived:
        derive(attribute, facts, warnings, text_of(facts, reader.country))
    return with_local_days(WorkItem(
        item_id=item_id, kind=kind, received_at=received_at, facts={name: facts[name] for name in reader.order if name in facts},
        account=found.account, account_review=found.review, warnings=tuple(warnings)), book)


def _is_absent(value: object) -> bool:
    return value is None or (isinstance(value, str) and (not value or value == MISSING or value.isspace()))


def item_id_of(raw: Mapping[str, object]) -> str:
    """The id of a raw record, "" where it has none that can be read."""
    return _item_id(raw, False, [])


def _item_id(raw: Mapping[str, object], complete: bool, problems: list[Problem]) -> str:
    given = raw.get("item_id")
    if given is None or given == "":
        if complete:
            problems.append(Problem(message="the item has no id", column_name="item_id", expected="a text"))
        return ""
    expected = f"a text of at most {_ID_LIMIT} characters"
    try:
        item_id = text_in(given, expected)
        if not 0 < len(item_id) <= _ID_LIMIT:
            raise NotReadable("not an id", expected)
        return item_id
    except NotReadable as fault:
        problems.append(problem(fault, given=_shown(given), column_name="item_id"))
        return ""


def _kind(raw: Mapping[str, object], reader: ItemReader, problems: list[Problem]) -> str:
    given = raw.get("kind")
    expected = "one of " + ", ".join(reader.kinds.values()) if reader.kinds else "a text"
    if _is_absent(given):
        problems.append(Problem(message="the item has no kind", column_name="kind", expected=expected))
        return ""
    if not isinstance(given, str):
        problems.append(Problem(message="the wrong type", column_name="kind", given=_shown(given), expected=expected))
        return ""
    kind = given.strip() if reader.kinds is None else reader.kinds.get(given.strip().casefold())
    if kind is None:
        problems.append(Problem(message="unknown kind", column_name="kind", given=_shown(given), expected=expected,
                                nearest=nearest_name(given[:80], (reader.kinds or {}).values())))
    return kind or ""


def _received_at(raw: Mapping[str, object], at: datetime | None, complete: bool,
                 problems: list[Problem]) -> datetime | None:
    given = raw.get("received_at")
    if given is None or given == "":
        if complete or at is None:
            problems.append(Problem(message="the item has no time", column_name="received_at", expected=TIME_EXPECTED))
            return None
        return at.astimezone(UTC)
    if isinstance(given, datetime) and given.tzinfo is not None:
        return given.astimezone(UTC)
    try:
        if not isinstance(given, str):
            raise NotReadable("the wrong type", TIME_EXPECTED)
        return parse_instant(given.strip())
    except NotReadable as fault:
        problems.append(problem(fault, given=_shown(given), column_name="received_at"))
        return at


def _read_facts(raw: Mapping[str, object], reader: ItemReader,
                problems: list[Problem]) -> tuple[dict[str, Fact], list[str]]:
    facts: dict[str, Fact] = {}
    warnings: list[str] = []
    for name, given in raw.items():
        read = reader.readers.get(name)
        if read is None:
            if name not in IDENTITY:
                problems.append(Problem(message="unknown attribute", column_name=_shown(name), given=_shown(name),
                                        expected="an attribute of the rule book",
                                        nearest=_nearest(name, reader, problems)))
        elif name not in reader.country_bound and not _is_absent(given):
            _read_one(name, given, None, read, facts, warnings, problems)
    country = text_of(facts, reader.country)
    for name in reader.country_bound:
        if not _is_absent(given := raw.get(name)):
            _read_one(name, given, country, reader.readers[name], facts, warnings, problems)
    return facts, warnings


def _nearest(name: object, reader: ItemReader, problems: list[Problem]) -> str | None:
    return nearest_name(str(name)[:80], reader.known) if len(problems) < _SUGGESTIONS else None


def _read_one(name: str, given: object, country: str | None, read: Reader, facts: dict[str, Fact],
              warnings: list[str], problems: list[Problem]) -> None:
    if isinstance(given, str) and len(given) > _TEXT_LIMIT:
        problems.append(Problem(message="the text is too long", column_name=name, given=_shown(given),
                                expected=f"at most {_TEXT_LIMIT} characters"))
        return
    try:
        fact, warning = read(given, country)
    except NotReadable as fault:
        problems.append(problem(fault, given=_shown(given), column_name=name))
        return
    facts[name] = fact
    if warning:
        warnings.append(warning)


def _shown(given: object) -> str:
    """What was given, short and printable enough for a message; no more than its type where it is a structure."""
    if given is None or isinstance(given, bool):
        return {True: "true", False: "false", None: "null"}[given]
    if isinstance(given, Mapping):
        return "an object"
    if isinstance(given, list | tuple):
        return "a list"
    if isinstance(given, int) and given.bit_length() > 128:
        return "a very large number"
    text = str(given).encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= 80 else text[:77] + "..."


def item_to_json(item: WorkItem) -> dict[str, object]:
    """The item of a decision document and of stored events: every value with raw text, source and trust; lossless."""
    written: dict[str, object] = {
        "item_id": item.item_id,
        "kind": item.kind,
        "received_at": format_instant(item.received_at),
        "attributes": {
            name: {"value": fact.value, "number": fact.number, "raw": fact.raw, "source": fact.source,
                   "trust": fact.trust}
            for name, fact in item.facts.items()
        },
        "account": _match_to_json(item.account) if item.account else None,
        "warnings": list(item.warnings),
    }
    if item.account_review:
        written["account_review"] = [_match_to_json(match) for match in item.account_review]
    return written


def _match_to_json(match: AccountMatch) -> dict[str, object]:
    return {"account_id": match.account_id, "evidence": list(match.evidence), "score": match.score, "runner_up": match.runner_up}


def item_from_json(record: Mapping) -> WorkItem:
    """The item that `item_to_json` wrote."""
    return WorkItem(
        item_id=record["item_id"], kind=record["kind"], received_at=parse_instant(record["received_at"]),
        facts={name: Fact(**fact) for name, fact in record["attributes"].items()},
        account=_match_from_json(record["account"]) if record["account"] else None,
        account_review=tuple(_match_from_json(match) for match in record.get("account_review", ())),
        warnings=tuple(record["warnings"]),
    )


def _match_from_json(match: Mapping) -> AccountMatch:
    return AccountMatch(**{**match, "evidence": tuple(match["evidence"])})
