"""Accounts that are easily taken for each other, and leads whose account is known to the generator alone.

Near-twins (one word, one number or one letter apart), groups that share a domain, namesakes in other countries, accounts
without a domain or with a free mail host in its place; leads with slips of the pen, other legal forms, `&` for `and`,
written-out umlauts, subdomains, free mail, no country, and leads whose company is no account at all.
"""
import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

COUNTRIES = {                                                 # weight, spellings on a form, legal forms, ending of domains
    "US": (30, ("United States", "USA", "US", "United States of America"), ("Inc.", "LLC", "Corp."), "com"),
    "DE": (18, ("Deutschland", "Germany", "DE", "Allemagne"), ("GmbH", "AG", "GmbH & Co. KG"), "de"),
    "GB": (12, ("United Kingdom", "UK", "Great Britain"), ("Ltd", "Limited", "PLC"), "co.uk"),
    "FR": (9, ("France", "FR", "Frankreich"), ("SA", "SAS", "SARL"), "fr"),
    "ES": (6, ("España", "Spain", "ES"), ("S.A.", "S.L."), "es"),
    "IT": (6, ("Italia", "Italy", "IT"), ("S.p.A.", "S.r.l."), "it"),
    "NL": (5, ("Holland", "Nederland", "NL"), ("B.V.", "N.V."), "nl"),
    "AT": (4, ("Österreich", "Austria", "AT"), ("GmbH", "AG"), "at"),
    "CH": (4, ("Schweiz", "Switzerland", "CH"), ("AG", "SA"), "ch"),
    "BR": (3, ("Brasil", "Brazil", "BR"), ("Ltda.", "S.A."), "com.br"),
    "SE": (3, ("Sverige", "Sweden", "SE"), ("AB",), "se"),
}
FREE_MAIL = ("gmail.com", "gmx.de", "yahoo.com", "outlook.com", "web.de", "orange.fr", "hotmail.co.uk", "libero.it")
_HEADS = ("Ald", "Bern", "Cald", "Dor", "Ein", "Falk", "Gar", "Hal", "Iver", "Jor", "Kall", "Lind", "Mar", "Nor", "Ost", "Pell",
          "Quin", "Ros", "Sten", "Tarn", "Ulm", "Var", "Wes", "Yor", "Zell", "Brück", "Grön", "Küh", "Lö", "Mül", "Schä", "Grü",
          "Bel", "Cor", "Del", "Fen", "Hux", "Kel", "Mont", "Pra", "Sal", "Ter", "Vel", "Wick", "Ash", "Thor")
_TAILS = ("ner", "burg", "dale", "ström", "ton", "mann", "etti", "wald", "stone", "field", "berg", "croft", "hoff", "ler", "mark",
          "son", "ville", "worth", "ano", "escu", "ford", "gard", "holm", "ica", "well", "ing", "bach", "ley", "monte", "sund")
_TRADES = ("Logistics", "Logistik", "Energy", "Foods", "Software", "Systems", "Consulting", "Medical", "Pharma", "Textiles",
           "Bank", "Insurance", "Optics", "Robotics", "Metals", "Chemicals", "Print", "Design", "Travel", "Hotels", "Motors",
           "Marine", "Aviation", "Analytics", "Capital", "Retail", "Brewery", "Packaging", "Plastics", "Security", "Telecom",
           "Timber", "Tools", "Glass", "Paper", "Construction", "Engineering", "Farms", "Fisheries", "Studios")
_FURTHER = ("Group", "Holding", "International", "Partners", "Services", "Solutions", "Nord", "Süd", "East", "West", "Europe")


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """A company as it is: its core name, legal form, country, domain, and the account it has, if any."""

    account_id: str | None
    core: str
    form: str
    country: str
    domain: str = ""
    parent_id: str = ""

    @property
    def name(self) -> str:
        """The name on the letterhead."""
        return f"{self.core} {self.form}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """What a form brought in, the account that it truly belongs to (None: to none), and what makes it hard."""

    record: dict[str, str]
    account_id: str | None
    difficulty: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Lookalikes:
    """The text of accounts.csv, and leads with their truth."""

    accounts_csv: str
    leads: tuple[Lead, ...]


def lookalikes(seed: int, *, accounts: int = 10_000, leads: int = 1_000) -> Lookalikes:
    """A set drawn from one seed; the same seed draws the same set."""
    draw = random.Random(seed)
    companies = _companies(draw, accounts)
    return Lookalikes(accounts_csv=_table(companies), leads=tuple(_leads(draw, companies, leads)))


def _companies(draw: random.Random, wanted: int) -> list[Company]:
    companies: list[Company] = []
    taken: set[tuple[str, str]] = set()

    def add(company: Company) -> Company | None:
        if (company.core, company.country) in taken or len(companies) >= wanted:
            return None
        taken.add((company.core, company.country))
        companies.append(replace(company, account_id=f"a-{len(companies) + 1}"))
        return companies[-1]

    while len(companies) < wanted:
        company = add(_company(draw))
        if company is None:
            continue
        kind = draw.random()
        if kind < 0.06:
            add(_twin(draw, company))
        elif kind < 0.09:
            add(_elsewhere(draw, company))
        elif kind < 0.12:
            for core, country in _subsidiaries(draw, company):
                shares = draw.random() < 0.6
                add(Company(account_id=None, core=core, form=draw.choice(COUNTRIES[country][2]), country=country,
                            domain=company.domain if shares else "", parent_id=company.account_id))
    return companies


def _company(draw: random.Random) -> Company:
    country = draw.choices(list(COUNTRIES), [spec[0] for spec in COUNTRIES.values()])[0]
    core = draw.choice(_HEADS) + draw.choice(_TAILS)
    kind = draw.random()
    if kind < 0.12:
        core += draw.choice((" & ", " and ")) + draw.choice(_HEADS) + draw.choice(_TAILS)
    elif kind < 0.16:
        core += f" {draw.choice(_TRADES)} {draw.choice((1, 2, 3, 7, 11, 24, 42, 99, 360))}"
    elif kind < 0.20:
        core += f" {draw.choice(_HEADS).lower()}{draw.choice(_TAILS)}".title() + f" {draw.choice(_TRADES)}"
    elif kind < 0.30:
        core += f" {draw.choice(_TRADES)} {draw.choice(_FURTHER)}"
    elif kind < 0.92:
        core += f" {draw.choice(_TRADES)}"
    form, ending = draw.choice(COUNTRIES[country][2]), COUNTRIES[country][3]
    host = draw.random()
    domain = "" if host < 0.10 else draw.choice(FREE_MAIL) if host < 0.11 else f"{_host_name(draw, core)}.{ending}"
    return Company(account_id=None, core=core, form=form, country=country, domain=domain)


def _host_name(draw: random.Random, core: str) -> str:
    plain = _ascii(core).lower().replace("&", "").replace(" and ", " ").split()
    return draw.choice(("", "-")).join(plain)


def _ascii(text: str) -> str:
    for sign, letters in {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}.items():
        text = text.replace(sign, letters)
    return text


def _twin(draw: random.Random, company: Company) -> Company:
    """A company of its own whose name is one word, one number or one letter away, in the same country."""
    core = _nearly(draw, company.core)
    domain = f"{_host_name(draw, core)}.{COUNTRIES[company.country][3]}"
    return replace(company, core=core, domain=draw.choice((domain, domain, "")), form=draw.choice(COUNTRIES[company.country][2]))


def _nearly(draw: random.Random, core: str) -> str:
    words = core.split()
    if words[-1].isdigit():
        return " ".join([*words[:-1], str(int(words[-1]) + draw.choice((1, 2, 10)))])
    kind = draw.random()
    if kind < 0.4 and len(words) > 1:
        return " ".join([*words[:-1], draw.choice([trade for trade in _TRADES if trade != words[-1]])])
    if kind < 0.7:
        return f"{core} {draw.choice((*_FURTHER, '2', '24'))}"
    tail = next((tail for tail in _TAILS if words[0].endswith(tail)), "")
    return " ".join([words[0].removesuffix(tail) + draw.choice([other for other in _TAILS if other != tail]), *words[1:]])


def _elsewhere(draw: random.Random, company: Company) -> Company:
    """A namesake in another country, not related."""
    country = draw.choice([code for code in COUNTRIES if code != company.country])
    return replace(company, country=country, form=draw.choice(COUNTRIES[country][2]),
                   domain=f"{_host_name(draw, company.core)}.{COUNTRIES[country][3]}")


def _subsidiaries(draw: random.Random, company: Company) -> list[tuple[str, str]]:
    countries = draw.sample(list(COUNTRIES), draw.randint(1, 4))
    first = company.core.split()[0]
    names = {country: (f"{company.core} {COUNTRIES[country][1][0]}", f"{first} {draw.choice(_TRADES)} {draw.choice(_FURTHER)}")
             for country in countries if country != company.country}
    return [(draw.choice(either), country) for country, either in names.items()]


def _table(companies: list[Company]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("account_id", "name", "domain", "parent_id", "country"))
    writer.writerows((c.account_id, c.name, c.domain, c.parent_id, c.country) for c in companies)
    return out.getvalue()


def _leads(draw: random.Random, companies: list[Company], wanted: int) -> list[Lead]:
    kinds = {_by_work_mail: 36, _by_website: 10, _by_free_mail: 22, _with_slip: 10, _of_group: 6, _without_country: 4,
             _nobody: 12}
    leads: list[Lead] = []
    own = [company for company in companies if company.domain and company.domain not in FREE_MAIL]
    grouped = {company.domain: 0 for company in own if company.parent_id}
    groups = [company for company in own if company.domain in grouped]
    alone = [company for company in own if company.domain not in grouped]
    chosen = draw.choices(list(kinds), list(kinds.values()), k=wanted)
    for number, kind in enumerate(chosen, start=1):
        pool = {_by_work_mail: alone, _by_website: alone, _of_group: groups}.get(kind, companies)
        record, account_id = kind(draw, draw.choice(pool))
        record = {"item_id": f"L-{number}", "kind": "lead"} | {name: text for name, text in record.items() if text}
        leads.append(Lead(record=record, account_id=account_id, difficulty=kind.__name__.strip("_")))
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
        core = _ascii(core)
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


def _with_slip(draw: random.Random, company: Company) -> tuple[dict[str, str], str | None]:
    """One letter left out, doubled, replaced or swapped with its neighbour, in a name long enough to bear it."""
    core = list(company.core)
    places = [place for place in range(1, len(core) - 1) if core[place].isalpha() and core[place + 1].isalpha()]
    place = draw.choice(places)
    change = draw.choice(("lost", "doubled", "swapped", "replaced"))
    core[place:place + 2] = {"lost": core[place + 1:place + 2], "doubled": [core[place], *core[place:place + 2]],
                             "swapped": [core[place + 1], core[place]],
                             "replaced": [draw.choice("aeinrst"), core[place + 1]]}[change]
    company_text = "".join(core) + draw.choice(("", f" {company.form}"))
    return {"email": draw.choice(("", f"{_person(draw)}@{draw.choice(FREE_MAIL)}")), "company": company_text,
            "country": draw.choice(COUNTRIES[company.country][1])}, company.account_id


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
    other = _company(draw) if kind < 0.6 else replace(_twin(draw, company), account_id=None)
    other = replace(other, core=f"{other.core} {draw.choice(('Ventures', 'Clinics', 'Orchards'))}") if kind < 0.6 else other
    host = draw.choice((draw.choice(FREE_MAIL), f"{_host_name(draw, other.core)}-online.{COUNTRIES[other.country][3]}"))
    return {"email": f"{_person(draw)}@{host}", "company": other.name, "country": _said(draw, other)}, None
