"""A raw record as a WorkItem, or every problem found at once.

Reading goes: identity and kind, each attribute by its type, the country-bound ones, the account, what evidence fills in
(domain, country, place), and last what the book derives (bands and maps). Raw text, source and trust stay beside each value.
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rules.book.format import MISSING, Attribute, RuleBook
from rules.errors import ItemError, Problem, nearest_name
from rules.intake.accounts import domain_of_host, match_account
from rules.intake.attributes import Reader, Reading, band_reading, number_between, reader_for, text_in
from rules.intake.contacts import email_host, phone_country, web_host
from rules.intake.times import TIME_EXPECTED, NotReadable, parse_instant, problem
from rules.remembered import once_per
from rules.vocabulary import STANDARD_ATTRIBUTES, Directory, Fact, WorkItem
from rules.whereabouts import attribute_of_type, knows_places, us_place

IDENTITY = ("item_id", "kind", "received_at")
_TEXT_LIMIT = 10_000


@dataclass(frozen=True)
class ItemReader:
    """What reading the items of one book needs, compiled once."""

    readers: Mapping[str, Reader]
    known: tuple[str, ...]
    order: tuple[str, ...]
    derived: tuple[Attribute, ...]
    kinds: Mapping[str, str] | None
    country: str | None
    country_bound: frozenset[str]
    subdivision: str | None
    postal: str | None
    account: str


@once_per
def item_reader(book: RuleBook) -> ItemReader:
    """The readers of a book's attributes and of the standard ones, in the order of an item's facts."""
    declared = {name: attribute for name, attribute in book.attributes.items() if name != "kind"}
    readers = {name: reader_for(attribute) for name, attribute in declared.items()}
    for name in STANDARD_ATTRIBUTES:
        if name not in readers:
            readers[name] = _standard_reader(name)
    kind = book.attributes.get("kind")
    return ItemReader(
        readers=readers, known=(*IDENTITY, *readers), order=tuple(readers), derived=_in_order(declared),
        kinds={word.casefold(): word for word in kind.values} if kind and kind.values else None,
        country=attribute_of_type(book, "country"),
        country_bound=frozenset(n for n, attribute in declared.items() if attribute.type in ("postal", "subdivision")),
        subdivision=attribute_of_type(book, "subdivision"), postal=attribute_of_type(book, "postal"),
        account=attribute_of_type(book, "account_ref") or "account",
    )


def _standard_reader(name: str) -> Reader:
    if name == "value":
        return reader_for(Attribute(name=name, type="number"))
    if name == "latitude":
        return number_between(-90, 90, name, "degrees from -90 to 90")
    if name == "longitude":
        return number_between(-180, 180, name, "degrees from -180 to 180")
    if name == "email":
        return _host_reader(name, email_host, "an e-mail address")
    if name == "domain":
        return _host_reader(name, web_host, "a web address")
    return reader_for(Attribute(name=name, type="text"))


def _host_reader(name: str, host_of: Callable[[str], str | None], what: str) -> Reader:
    def read(raw: object, country: str | None) -> Reading:
        text = text_in(raw, f"{what} as text")
        host = host_of(text)
        if host is None:
            return Fact(value=None, raw=raw), f"{name}: `{text[:80]}` is not {what}, taken as missing"
        return Fact(value=text.lower() if name == "email" else host, raw=raw), None

    return read


def _in_order(declared: Mapping[str, Attribute]) -> tuple[Attribute, ...]:
    """The derived attributes, each after the one it is derived from."""
    waiting = [attribute for attribute in declared.values() if attribute.source is not None]
    ordered: list[Attribute] = []
    while waiting:
        unmet = {attribute.name for attribute in waiting}
        ready = [attribute for attribute in waiting if attribute.source not in unmet]
        ordered.extend(ready or waiting)
        waiting = [attribute for attribute in waiting if attribute not in ready] if ready else []
    return tuple(ordered)


def read_item(raw: Mapping[str, object], *, book: RuleBook, directory: Directory, at: datetime,
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
    if problems:
        raise ItemError(problems)
    account = _match_account(facts, reader, directory, warnings)
    _fill_in(facts, reader, directory, account.account_id if account else None)
    for attribute in reader.derived:
        _derive(attribute, facts, warnings)
    return WorkItem(item_id=item_id, kind=kind, received_at=received_at,
                    facts={name: facts[name] for name in reader.order if name in facts}, account=account,
                    warnings=tuple(warnings))


def _is_absent(value: object) -> bool:
    return value is None or (isinstance(value, str) and (not value or value == MISSING or value.isspace()))


def _item_id(raw: Mapping[str, object], complete: bool, problems: list[Problem]) -> str:
    given = raw.get("item_id")
    if given is None or given == "":
        if complete:
            problems.append(Problem(message="the item has no id", column_name="item_id", expected="a text"))
        return ""
    try:
        return text_in(given, "a text")
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
                                nearest=nearest_name(given[:80], reader.kinds.values())))
    return kind or ""


def _received_at(raw: Mapping[str, object], at: datetime, complete: bool, problems: list[Problem]) -> datetime:
    given = raw.get("received_at")
    if given is None or given == "":
        if complete:
            problems.append(Problem(message="the item has no time", column_name="received_at", expected=TIME_EXPECTED))
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
                                        nearest=nearest_name(str(name)[:80], reader.known)))
        elif name not in reader.country_bound and not _is_absent(given):
            _read_one(name, given, None, read, facts, warnings, problems)
    country = _text(facts, reader.country)
    for name in reader.country_bound:
        if not _is_absent(given := raw.get(name)):
            _read_one(name, given, country, reader.readers[name], facts, warnings, problems)
    return facts, warnings


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


def _match_account(facts: dict[str, Fact], reader: ItemReader, directory: Directory, warnings: list[str]):
    """Match the account and put it and the domain found among the facts."""
    domain, source = _text(facts, "domain"), "record"
    if domain is not None:
        domain = domain_of_host(domain, from_email=False)
    elif (email := _text(facts, "email")) is not None:
        host = email_host(email)
        domain, source = domain_of_host(host, from_email=True) if host else None, "email"
        if domain is not None:
            facts["domain"] = Fact(value=domain, raw=facts["email"].raw, source="email", trust="derived")
    given = facts.get(reader.account)
    if given is None and domain is None:
        return None
    account, warning = match_account(None if given is None else given.value, domain, directory)
    if warning:
        warnings.append(warning)
    if account is None or "id" not in account.evidence:
        raw = given.raw if given else None
        if account is not None:
            facts[reader.account] = Fact(value=account.account_id, raw=raw or facts["domain"].raw, source=source,
                                         trust="derived")
        elif given is not None:
            facts[reader.account] = Fact(value=None, raw=raw)
    return account


def _fill_in(facts: dict[str, Fact], reader: ItemReader, directory: Directory, account_id: str | None) -> None:
    """Fill a missing country from account or phone, and a missing state and point from a US postal code."""
    if reader.country is not None and _text(facts, reader.country) is None:
        account = directory.accounts.get(account_id) if account_id else None
        found, source, trust = (account.country, "account", "derived") if account else (None, "", "")
        phone = _text(facts, "phone")
        if found is None and phone is not None:
            found, source, trust = phone_country(phone), "phone", "low"
        if found is not None:
            given = facts.get(reader.country)
            raw = given.raw if given else (account_id if source == "account" else facts["phone"].raw)
            facts[reader.country] = Fact(value=found, raw=raw, source=source, trust=trust)
    postal = _text(facts, reader.postal)
    if postal is None or _text(facts, reader.country) != "US":
        return
    needs_state = reader.subdivision is not None and _text(facts, reader.subdivision) is None
    needs_point = facts.get("latitude") is None and facts.get("longitude") is None and knows_places(directory)
    place = us_place(postal) if needs_state or needs_point else None
    if place is None:
        return
    raw, trust = facts[reader.postal].raw, facts[reader.country].trust
    derived = {"raw": raw, "source": "derived", "trust": "low" if trust == "low" else "derived"}
    if needs_state:
        facts[reader.subdivision] = Fact(value=place.state, **derived)
    if needs_point:
        facts["latitude"] = Fact(value=place.latitude, number=place.latitude, **derived)
        facts["longitude"] = Fact(value=place.longitude, number=place.longitude, **derived)


def _derive(attribute: Attribute, facts: dict[str, Fact], warnings: list[str]) -> None:
    """Put a band or map value among the facts; one given directly stands only where the source is absent."""
    source = facts.get(attribute.source)
    if source is None or source.value is None and source.number is None:
        return
    given = facts.get(attribute.name)
    trust = "low" if source.trust == "low" else "derived"
    if attribute.type == "bands":
        if source.number is None:
            return
        fact, warning = band_reading(attribute, source.number, raw=source.raw, source="derived", trust=trust)
        if warning:
            warnings.append(warning)
    else:
        value = attribute.mapping.get(_map_key(source.value))
        fact = Fact(value=value, raw=source.raw, source="derived", trust=trust)
    if given is not None and given.value is not None and given.value != fact.value:
        warnings.append(f"{attribute.name}: given `{given.value}`, but `{attribute.source}` says "
                        f"`{fact.value or MISSING}`, which is taken")
    facts[attribute.name] = fact


def _map_key(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _text(facts: Mapping[str, Fact], name: str | None) -> str | None:
    fact = facts.get(name) if name else None
    return fact.value if fact is not None and isinstance(fact.value, str) else None


def _shown(given: object) -> str:
    """What was given, short enough for a message; booleans and null in JSON's words."""
    text = {True: "true", False: "false", None: "null"}.get(given) if given is None or isinstance(given, bool) else None
    text = text or (given if isinstance(given, str) else repr(given))
    return text if len(text) <= 80 else text[:77] + "..."
