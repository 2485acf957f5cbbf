"""Accounts that are easily taken for each other: a directory drawn from one seed.

Near-twins (one word, one number or one letter apart), groups that share a domain, namesakes in other countries, strangers
under one roof (a domain of many), accounts of two domains, without one, or with a mail host or a page in its place.
"""
import csv
import io
import random
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
FREE_MAIL = ("gmail.com", "gmx.de", "yahoo.com", "outlook.com", "web.de", "orange.fr", "hotmail.co.uk", "libero.it", "hey.com",
             "docomo.ne.jp", "sfr.fr", "bluewin.ch", "uol.com.br", "privaterelay.appleid.com", "mozmail.com")
PAGES = ("{}.jimdofree.com", "https://{}.wordpress.com/about", "www.{}.wixsite.com", "https://www.linkedin.com/company/{}",
         "https://www.facebook.com/{}", "https://sites.google.com/view/{}", "https://linktr.ee/{}", "{}.github.io")
ROOFS = tuple(f"{name}-offices.example" for name in ("harbour", "station", "market", "garden", "tower"))
_HEADS = ("Ald", "Bern", "Cald", "Dor", "Ein", "Falk", "Gar", "Hal", "Iver", "Jor", "Kall", "Lind", "Mar", "Nor", "Ost", "Pell",
          "Quin", "Ros", "Sten", "Tarn", "Ulm", "Var", "Wes", "Yor", "Zell", "Brück", "Grön", "Küh", "Lö", "Mül", "Schä", "Grü",
          "Bel", "Cor", "Del", "Fen", "Hux", "Kel", "Mont", "Pra", "Sal", "Ter", "Vel", "Wick", "Ash", "Thor")
_TAILS = ("ner", "burg", "dale", "ström", "ton", "mann", "etti", "wald", "stone", "field", "berg", "croft", "hoff", "ler", "mark",
          "son", "ville", "worth", "ano", "escu", "ford", "gard", "holm", "ica", "well", "ing", "bach", "ley", "monte", "sund")
TRADES = ("Logistics", "Logistik", "Energy", "Foods", "Software", "Systems", "Consulting", "Medical", "Pharma", "Textiles",
           "Bank", "Insurance", "Optics", "Robotics", "Metals", "Chemicals", "Print", "Design", "Travel", "Hotels", "Motors",
           "Marine", "Aviation", "Analytics", "Capital", "Retail", "Brewery", "Packaging", "Plastics", "Security", "Telecom",
           "Timber", "Tools", "Glass", "Paper", "Construction", "Engineering", "Farms", "Fisheries", "Studios")
FURTHER = ("Group", "Holding", "International", "Partners", "Services", "Solutions", "Nord", "Süd", "East", "West", "Europe")


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """A company as it is: its core name, legal form, country, domain, and the account it has, if any."""

    account_id: str | None
    core: str
    form: str
    country: str
    domain: str = ""
    parent_id: str = ""
    second_domain: str = ""

    @property
    def name(self) -> str:
        """The name on the letterhead."""
        return f"{self.core} {self.form}"


def companies_of(draw: random.Random, wanted: int) -> list[Company]:
    companies: list[Company] = []
    taken: set[tuple[str, str]] = set()

    def add(company: Company) -> Company | None:
        if (company.core, company.country) in taken or len(companies) >= wanted:
            return None
        taken.add((company.core, company.country))
        companies.append(replace(company, account_id=f"a-{len(companies) + 1}"))
        return companies[-1]

    while len(companies) < wanted:
        company = add(a_company(draw))
        if company is None:
            continue
        kind = draw.random()
        if company.domain and not has_own_domain(company):
            continue
        if kind < 0.06:
            add(twin_of(draw, company))
        elif kind < 0.09:
            add(_elsewhere(draw, company))
        elif kind < 0.12:
            for core, country in _subsidiaries(draw, company):
                shares = draw.random() < 0.6
                add(Company(account_id=None, core=core, form=draw.choice(COUNTRIES[country][2]), country=country,
                            domain=company.domain if shares else "", parent_id=company.account_id))
    return companies


def a_company(draw: random.Random) -> Company:
    """Any company."""
    country = draw.choices(list(COUNTRIES), [spec[0] for spec in COUNTRIES.values()])[0]
    core = draw.choice(_HEADS) + draw.choice(_TAILS)
    kind = draw.random()
    if kind < 0.12:
        core += draw.choice((" & ", " and ")) + draw.choice(_HEADS) + draw.choice(_TAILS)
    elif kind < 0.16:
        core += f" {draw.choice(TRADES)} {draw.choice((1, 2, 3, 7, 11, 24, 42, 99, 360))}"
    elif kind < 0.20:
        core += f" {draw.choice(_HEADS).lower()}{draw.choice(_TAILS)}".title() + f" {draw.choice(TRADES)}"
    elif kind < 0.30:
        core += f" {draw.choice(TRADES)} {draw.choice(FURTHER)}"
    elif kind < 0.92:
        core += f" {draw.choice(TRADES)}"
    form, ending = draw.choice(COUNTRIES[country][2]), COUNTRIES[country][3]
    host = draw.random()
    name = host_name(draw, core)
    domain = ("" if host < 0.10 else draw.choice(FREE_MAIL) if host < 0.12 else draw.choice(PAGES).format(name) if host < 0.15
              else draw.choice(ROOFS) if host < 0.16 else f"{name}.{ending}")
    second = f"{name}-shop.{ending}" if host > 0.95 else ""
    return Company(account_id=None, core=core, form=form, country=country, domain=domain, second_domain=second)


def host_name(draw: random.Random, core: str) -> str:
    """What a company of that name may have registered."""
    plain = ascii_of(core).lower().replace("&", "").replace(" and ", " ").split()
    return draw.choice(("", "-")).join(plain)


def ascii_of(text: str) -> str:
    """Umlauts written out."""
    for sign, letters in {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}.items():
        text = text.replace(sign, letters)
    return text


def twin_of(draw: random.Random, company: Company) -> Company:
    """A company of its own whose name is one word, one number or one letter away, in the same country."""
    core = _nearly(draw, company.core)
    domain = f"{host_name(draw, core)}.{COUNTRIES[company.country][3]}"
    return replace(company, core=core, domain=draw.choice((domain, domain, "")), form=draw.choice(COUNTRIES[company.country][2]))


def _nearly(draw: random.Random, core: str) -> str:
    words = core.split()
    if words[-1].isdigit():
        return " ".join([*words[:-1], str(int(words[-1]) + draw.choice((1, 2, 10)))])
    kind = draw.random()
    if kind < 0.4 and len(words) > 1:
        return " ".join([*words[:-1], draw.choice([trade for trade in TRADES if trade != words[-1]])])
    if kind < 0.7:
        return f"{core} {draw.choice((*FURTHER, '2', '24'))}"
    tail = next((tail for tail in _TAILS if words[0].endswith(tail)), "")
    return " ".join([words[0].removesuffix(tail) + draw.choice([other for other in _TAILS if other != tail]), *words[1:]])


def _elsewhere(draw: random.Random, company: Company) -> Company:
    """A namesake in another country, not related."""
    country = draw.choice([code for code in COUNTRIES if code != company.country])
    return replace(company, country=country, form=draw.choice(COUNTRIES[country][2]),
                   domain=f"{host_name(draw, company.core)}.{COUNTRIES[country][3]}")


def _subsidiaries(draw: random.Random, company: Company) -> list[tuple[str, str]]:
    countries = draw.sample(list(COUNTRIES), draw.randint(1, 4))
    first = company.core.split()[0]
    names = {country: (f"{company.core} {COUNTRIES[country][1][0]}", f"{first} {draw.choice(TRADES)} {draw.choice(FURTHER)}")
             for country in countries if country != company.country}
    return [(draw.choice(either), country) for country, either in names.items()]


def has_own_domain(company: Company) -> bool:
    """Whether its domain is its own: there, and no mail host, page or roof over many."""
    return company.domain.startswith(company.domain.partition(".")[0] + f".{COUNTRIES[company.country][3]}") \
        and company.domain not in FREE_MAIL


def table_of(companies: list[Company]) -> str:
    """The text of accounts.csv."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("account_id", "name", "domain", "parent_id", "country"))
    writer.writerows((c.account_id, c.name, ";".join(filter(None, (c.domain, c.second_domain))), c.parent_id, c.country)
                     for c in companies)
    return out.getvalue()
