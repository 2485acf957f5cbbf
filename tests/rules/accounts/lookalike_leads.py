"""Leads among lookalikes whose account is known to the generator alone, and where nobody but a person may choose.

Slips of the pen, other legal forms, `&` for `and`, written-out umlauts, subdomains, second domains, mail hosts, pages and
domains of many, no country, a letter that makes another company, and companies that are no account at all.
"""
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.rules.accounts.lookalikes import (
    COUNTRIES,
    FREE_MAIL,
    FURTHER,
    PAGES,
    ROOFS,
    TRADES,
    Company,
    a_company,
    ascii_of,
    companies_of,
    has_own_domain,
    host_name,
    table_of,
    twin_of,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """What a form brought in, the account it truly belongs to (None: to none), one a review may name, and what is hard."""

    record: dict[str, str]
    account_id: str | None
    difficulty: str
    offered: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookalikes:
    """The text of accounts.csv, and leads with their truth."""

    accounts_csv: str
    leads: tuple[Lead, ...]


def lookalikes(seed: int, *, accounts: int = 10_000, leads: int = 1_000) -> Lookalikes:
    """A set drawn from one seed; the same seed draws the same set."""
    draw = random.Random(seed)
    companies = companies_of(draw, accounts)
    return Lookalikes(accounts_csv=table_of(companies), leads=tuple(_leads(draw, companies, leads)))


def _leads(draw: random.Random, companies: list[Company], wanted: int) -> list[Lead]:
    kinds = {_by_work_mail: 36, _by_website: 10, _by_free_mail: 22, _with_slip: 8, _another_letter: 3, _of_group: 6,
             _without_country: 4, _with_page: 4, _at_second_domain: 2, _under_a_roof: 2, _stranger: 4, _nobody: 12}
    leads: list[Lead] = []
    own = [company for company in companies if has_own_domain(company)]
    grouped = {company.domain: 0 for company in own if company.parent_id}
    groups = [company for company in own if company.domain in grouped]
    alone = [company for company in own if company.domain not in grouped]
    pools = {_by_work_mail: alone, _by_website: alone, _of_group: groups,
             _at_second_domain: [company for company in companies if company.second_domain],
             _under_a_roof: [company for company in companies if company.domain in ROOFS],
             _with_page: [company for company in companies if company.domain and not has_own_domain(company)],
             _another_letter: [company for company in companies if len(company.core) >= 15]}
    kinds = {kind: share for kind, share in kinds.items() if pools.get(kind, companies)}
    chosen = draw.choices(list(kinds), list(kinds.values()), k=wanted)
    for number, kind in enumerate(chosen, start=1):
        pool = pools.get(kind, companies)
        record, account_id = kind(draw, draw.choice(pool))
        offered = None
        if kind is _another_letter:
            account_id, offered = None, account_id
        record = {"item_id": f"L-{number}", "kind": "lead"} | {name: text for name, text in record.items() if text}
        leads.append(Lead(record=record, account_id=account_id, offered=offered,
                          difficulty=kind.__name__.strip("_")))
    return leads


def _person(draw: random.Random) -> str:
    return draw.choice(("anna", "j.doe", "info", "m.silva", "sales", "lee")) + draw.choice(("", "1", "77"))


def _said(draw: random.Random, company: Company) -> str:
    """The country as a form has it; nine in ten forms ask."""
    return draw.choice(COUNTRIES[company.country][1]) if draw.random() < 0.9 else ""


def _written(draw: random.Random, company: Company) -> str:
    """The company's name as people write it: other legal form or none, capitals, `&` and umlauts otherwise."""
    changes: list[Callable[[str], str]] = [
        lambda core: f"{core} {company.form}", lambda core: core, lambda core: f"{core} {company.form.replace('.', '')}",
        lambda core: f"{core}, {company.form.upper()}", lambda core: f"{core} {draw.choice(COUNTRIES[company.country][2])}",
    ]
    core = company.core
    if draw.random() < 0.5:
        core = core.replace(" & ", " and ") if " & " in core else core.replace(" and ", " & ")
    if draw.random() < 0.4:
        core = ascii_of(core)
    elif draw.random() < 0.2:
        core = core.translate(str.maketrans("äöüÄÖÜ", "aouAOU"))
    if draw.random() < 0.25:
        core = draw.choice((str.upper, str.lower))(core)
    return draw.choice(changes)(core)


def _by_work_mail(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    host = draw.choice(("", "", "", "mail.", "eu.")) + company.domain
    return {"email": f"{_person(draw)}@{host}", "country": _said(draw, company),
            "company": draw.choice(("", _written(draw, company)))}, company.account_id


def _by_website(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    site = draw.choice((company.domain, f"https://www.{company.domain}/contact", f"www.{company.domain.upper()}"))
    return {"domain": site, "email": draw.choice(("", f"{_person(draw)}@{draw.choice(FREE_MAIL)}")),
            "country": _said(draw, company)}, company.account_id


def _by_free_mail(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    return {"email": f"{_person(draw)}@{draw.choice(FREE_MAIL)}", "company": _written(draw, company),
            "country": draw.choice(COUNTRIES[company.country][1])}, company.account_id


def _slipped(draw: random.Random, company: Company, wanted: Callable[[str, str], bool]) -> str:
    """The core with one letter left out, doubled, replaced or swapped with its neighbour, at a place of the wanted kind."""
    places = [place for place in range(1, len(company.core) - 1)
              if company.core[place].isalpha() and company.core[place + 1].isalpha()]
    while True:
        core, place = list(company.core), draw.choice(places)
        change = draw.choice(("lost", "doubled", "swapped", "replaced"))
        word = company.core[company.core.rfind(" ", 0, place) + 1:].split()[0]
        letter = draw.choice("aeinrst")
        core[place:place + 2] = {"lost": core[place + 1:place + 2], "doubled": [core[place], *core[place:place + 2]],
                                 "swapped": [core[place + 1], core[place]], "replaced": [letter, core[place + 1]]}[change]
        if "".join(core) != company.core and wanted(change, word) and not (change == "lost" and core[place] == core[place - 1]):
            return "".join(core)


def _with_slip(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    """A slip of typing: two letters swapped or one doubled, in a trade also one lost or replaced."""
    core = _slipped(draw, company, lambda change, word: word in TRADES or change in ("swapped", "doubled"))
    return {"email": draw.choice(("", f"{_person(draw)}@{draw.choice(FREE_MAIL)}")),
            "company": core + draw.choice(("", f" {company.form}")),
            "country": draw.choice(COUNTRIES[company.country][1])}, company.account_id


def _another_letter(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    """Another letter in the word that tells companies apart: another company, whose account a person may still choose."""
    core = _slipped(draw, company, lambda change, word: word not in (*TRADES, *FURTHER, "and") and change == "replaced")
    return {"company": f"{core} {company.form}", "country": draw.choice(COUNTRIES[company.country][1])}, company.account_id


def _with_page(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    return {"domain": company.domain, "company": _written(draw, company), "country": _said(draw, company)}, company.account_id


def _at_second_domain(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    return {"email": f"{_person(draw)}@{company.second_domain}", "country": _said(draw, company)}, company.account_id


def _under_a_roof(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    """From a domain that strangers share: only the name tells."""
    return {"email": f"{_person(draw)}@{company.domain}", "company": _written(draw, company),
            "country": draw.choice(COUNTRIES[company.country][1])}, company.account_id


def _stranger(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    """A company nobody knows, with a page, an address or a room where some account has one too."""
    core = f"{a_company(draw).core} {draw.choice(('Ventures', 'Clinics', 'Orchards'))}"
    at = draw.choice(({"domain": draw.choice(PAGES).format(host_name(draw, core))},
                      {"email": f"{_person(draw)}@{draw.choice((*ROOFS, *FREE_MAIL))}"}))
    return {**at, "company": core, "country": _said(draw, company)}, None


def _of_group(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    return {"email": f"{_person(draw)}@{company.domain}", "company": _written(draw, company),
            "country": _said(draw, company)}, company.account_id


def _without_country(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    return {"email": f"{_person(draw)}@{draw.choice(FREE_MAIL)}", "company": company.name}, company.account_id


def _nobody(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    """A lead of no account: a company nobody knows, a near-twin of one that is known, or a person without a company."""
    kind = draw.random()
    if kind < 0.3:
        return {"email": f"{_person(draw)}@{draw.choice(FREE_MAIL)}", "country": _said(draw, company)}, None
    other = a_company(draw) if kind < 0.6 else replace(twin_of(draw, company), account_id=None)
    other = replace(other, core=f"{other.core} {draw.choice(('Ventures', 'Clinics', 'Orchards'))}") if kind < 0.6 else other
    host = draw.choice((draw.choice(FREE_MAIL), f"{host_name(draw, other.core)}-online.{COUNTRIES[other.country][3]}"))
    return {"email": f"{_person(draw)}@{host}", "company": other.name, "country": _said(draw, other)}, None
