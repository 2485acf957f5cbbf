"""What an item's evidence fills in: its account and domain, a missing country, state and point, then derived attributes."""
from collections.abc import Mapping
from dataclasses import replace

from rules.accounts.index import account_index
from rules.accounts.matching import BY_DOMAIN, BY_ID, Clues, Matching, match_account
from rules.book.cell_types import MISSING, Attribute
from rules.book.maps import outcome_of
from rules.intake.attributes import band_reading, tagged_text
from rules.intake.location import knows_places
from rules.intake.reader import ItemReader
from rules.model import Account, Directory, Fact
from rules.refdata.contacts import email_host, own_domain, page_at, phone_country
from rules.refdata.subdivisions import country_of_subdivision, subdivision_of
from rules.refdata.time_zones import us_place
from rules.refdata.times import NotReadable


def find_account(facts: dict[str, Fact], reader: ItemReader, directory: Directory, warnings: list[str]) -> Matching:
    """Match the account; put it and the domain found among the facts."""
    stated, host = text_of(facts, "domain"), _mail_host(facts.get("email"))
    shared = account_index(directory).shared if directory.accounts else directory.shared_hosts
    mailed = own_domain(host, mailed=True, shared=shared) if host else None
    own = own_domain(stated, shared=shared) if stated else None
    if stated is not None and own is None:
        facts["domain"] = replace(facts["domain"], trust="low")          # a page at a host of everybody's names no company
    if stated is None and mailed is not None:
        facts["domain"] = Fact(value=mailed, raw=facts["email"].raw, source="email", trust="derived")
    given = facts.get(reader.account)
    clues = Clues(
        account_id=text_of(facts, reader.account), company=text_of(facts, "company"),
        domains=tuple(dict.fromkeys(filter(None, (own, mailed)))),
        pages=tuple(dict.fromkeys(page for one in (stated, host) if one and (page := page_at(one, shared)))),
        country=text_of(facts, reader.country), city=text_of(facts, "city"),
    )
    if clues.account_id is None and not clues.domains and not clues.pages and clues.company is None:
        return Matching()
    found = match_account(clues, directory)
    warnings.extend(found.warnings)
    if found.account is not None and given is not None and BY_ID in found.account.evidence:
        facts[reader.account] = replace(given, value=found.account.account_id)
    elif found.account is not None:
        source = "company" if BY_DOMAIN not in found.account.evidence else "record" if stated is not None else "email"
        raw = given.raw if given else facts["company" if source == "company" else "domain"].raw
        facts[reader.account] = Fact(value=found.account.account_id, raw=raw, source=source, trust="derived")
    elif found.account is None and given is not None:
        facts[reader.account] = Fact(value=None, raw=given.raw)
    return found


def _mail_host(email: Fact | None) -> str | None:
    """The host of an item's address, also of a placeholder: `noreply@acme.de` still comes from acme.de."""
    return email_host(email.raw.strip()) if email is not None and isinstance(email.raw, str) else None


def fill_from_account(facts: dict[str, Fact], reader: ItemReader, account: Account | None, warnings: list[str]) -> None:
    """Take from the matched account what the item leaves open: its tier, its city, any further column by its name."""
    if account is None:
        return
    country = text_of(facts, reader.country)
    for name in reader.of_account:
        given = facts.get(name)
        text = getattr(account, name) if name in ("tier", "city") else account.attributes.get(name)
        if not text or (given is not None and (given.value is not None or given.number is not None)):
            continue
        if name in reader.country_bound and country != account.country:
            continue                                          # the account's own state or postal code is not the item's
        try:
            fact, warning = reader.readers[name](text, country)
        except NotReadable as fault:
            fact, warning = None, f"{name}: `{text[:80]}` of account {account.account_id} is {fault.message}, not taken"
        if warning:
            warnings.append(warning)
        if fact is not None:
            facts[name] = replace(fact, source="account", trust="low" if fact.trust == "low" else "derived")


def fill_in(facts: dict[str, Fact], reader: ItemReader, directory: Directory, account_id: str | None) -> None:
    """Fill a missing country from the state (`US-NY`), account or phone, and a missing state and point from a US postal code."""
    state = reader.subdivision
    if reader.country is not None and text_of(facts, reader.country) is None and state and text_of(facts, state) is not None:
        raw = facts[state].raw
        facts[reader.country] = Fact(value=country_of_subdivision(str(raw)), raw=raw, source="derived", trust="derived")
        _read_postal_again(facts, reader, text_of(facts, reader.country))
    if reader.country is not None and text_of(facts, reader.country) is None:
        account = directory.accounts.get(account_id) if account_id else None
        found, source, trust = (account.country, "account", "derived") if account else (None, "", "")
        phone = text_of(facts, "phone")
        if found is None and phone is not None and reader.country not in facts:   # a stated country stands, understood or not
            found, source, trust = phone_country(phone), "phone", "low"
        if found is not None:
            given = facts.get(reader.country)
            raw = given.raw if given else (account_id if source == "account" else facts["phone"].raw)
            facts[reader.country] = Fact(value=found, raw=raw, source=source, trust=trust)
            _read_postal_again(facts, reader, found)
    _fill_from_address(facts, reader)
    postal = text_of(facts, reader.postal)
    if postal is None or reader.postal is None or reader.country is None or text_of(facts, reader.country) != "US":
        return
    needs_state = state is not None and text_of(facts, state) is None
    needs_point = facts.get("latitude") is None and facts.get("longitude") is None and knows_places(directory)
    place = us_place(postal) if needs_state or needs_point else None
    if place is None:
        return
    raw, trust = facts[reader.postal].raw, facts[reader.country].trust
    derived = Fact(value=place.state, raw=raw, source="derived", trust="low" if trust == "low" else "derived")
    if needs_state and state is not None:
        facts[state] = derived
    if needs_point:
        facts["latitude"] = replace(derived, value=place.latitude, number=place.latitude)
        facts["longitude"] = replace(derived, value=place.longitude, number=place.longitude)


def _fill_from_address(facts: dict[str, Fact], reader: ItemReader) -> None:
    """Take the country, and its state, from where somebody's internet address lies, as weak evidence, where none was given."""
    there = text_of(facts, "ip_country")
    if there is None or reader.country is None:
        return
    if reader.country not in facts:
        facts[reader.country] = facts["ip_country"]
        _read_postal_again(facts, reader, there)
    name, given = reader.subdivision, text_of(facts, "ip_state")
    if name and given and name not in facts and text_of(facts, reader.country) == there:
        facts[name] = replace(facts["ip_state"], value=subdivision_of(given, there))


def _read_postal_again(facts: dict[str, Fact], reader: ItemReader, country: str | None) -> None:
    """A postal code as the country writes it that was not known when the code was read."""
    if reader.postal is not None and text_of(facts, reader.postal) is not None:
        read, _ = reader.readers[reader.postal](facts[reader.postal].raw, country)
        facts[reader.postal] = replace(facts[reader.postal], value=read.value)


def fill_language(facts: dict[str, Fact], reader: ItemReader) -> None:
    """The language of the first text that says its own, where the item does not say one."""
    name = reader.language
    if name is None or text_of(facts, name) is not None:
        return
    for text in reader.texts:
        if text in facts and (tagged := tagged_text(facts[text].raw)) is not None:
            facts[name] = Fact(value=tagged[0], raw=facts[text].raw, source="derived", trust="derived")
            return


def derive(attribute: Attribute, facts: dict[str, Fact], warnings: list[str], country: str | None) -> None:
    """Put a band or map value among the facts; one given directly stands only where the source is absent.

    `country` is the item's: a postal code belongs to it.
    """
    source = facts.get(attribute.source or "")
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
        value = None if source.value is None else outcome_of(attribute, source.value, country)
        fact = Fact(value=value, raw=source.raw, source="derived", trust=trust)
    if given is not None and given.value is not None and given.value != fact.value:
        warnings.append(f"{attribute.name}: given `{given.value}`, but `{attribute.source}` says "
                        f"`{fact.value or MISSING}`, which is taken")
    facts[attribute.name] = fact


def text_of(facts: Mapping[str, Fact], name: str | None) -> str | None:
    """The text of a fact that is there and known."""
    fact = facts.get(name) if name else None
    return fact.value if fact is not None and isinstance(fact.value, str) else None
