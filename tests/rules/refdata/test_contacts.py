"""Hosts and mailboxes in one form; hosts that are nobody's own."""
import csv
from importlib.resources import files

import pytest

from rules.refdata.contacts import address_of, domains_in, email_host, mailbox_of, own_domain, page_at, shared_kind, web_host


def ascii_form(host: str) -> str:
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in host.split("."))


@pytest.mark.parametrize(("written", "plain"), [
    ("straße-nord.de", "straße-nord.de"), ("STRASSE-nord.de", "strasse-nord.de"), ("Bücherei.example", "bücherei.example"),
    ("βόλος.example", "βόλος.example"), ("日本の会社.jp", "日本の会社.jp"), ("ｎｏｒｄ．example", "nord.example"),
    ("नर्मदा.भारत", "नर्मदा.भारत"), ("cafe\u0301.example", "caf\u00e9.example"), ("ЗАРЯ.рф", "заря.рф"),
])
def test_a_host_is_one_by_web_and_by_mail(written, plain):
    assert {web_host(f"https://www.{written}/x"), email_host(f"kim@{written}"), ascii_form(plain)} == {ascii_form(plain)}


@pytest.mark.parametrize("spellings", [
    ("zoe\u0301@nord.example", "zo\u00e9@nord.example", "ZOÉ@NORD.example"),
    ("i.k@gmail.com", "ik@googlemail.com", "I.K+leads@GMail.com"),
    ("kim@straße.example", "kim@xn--strae-oqa.example", "Kim+crm@STRAßE.example"),
    ("a.b@nord.example", "A.B+1@nord.example"),
])
def test_spellings_of_one_mailbox_meet(spellings):
    assert len({mailbox_of(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(("one", "other"), [
    ("a.b@nord.example", "ab@nord.example"), ("kim@strasse.example", "kim@straße.example"), ("kim@gmail.com", "kim@gmx.de"),
])
def test_two_mailboxes_stay_two(one, other):
    assert mailbox_of(one) != mailbox_of(other)


@pytest.mark.parametrize("address", [
    "none@none.com", "test@test.com", "noreply@nord.example", "No-Reply@nord.example", "unknown@gmail.com",
    "no.email@nord.example",
    "someone@example.com", "na@na.com", "xxx@web.de", "unbekannt@nord.example", "do-not-reply@nord.example", "n/a", "-", "kim@",
])
def test_a_placeholder_is_no_mailbox(address):
    assert mailbox_of(address) is None


def test_an_address_keeps_its_tag_and_dots():
    assert address_of("Kim.Lee+Crm@Straße.example") == "kim.lee+crm@xn--strae-oqa.example"


@pytest.mark.parametrize(("host", "kind"), [
    ("nord.wixsite.com", "page"), ("nord.github.io", "page"), ("xing.com", "social"), ("de.linkedin.com", "social"),
    ("bit.ly", "link"),
    ("nord.my.salesforce.com", "tenant"), ("nord.onmicrosoft.com", "tenant"), ("simplelogin.com", "relay"),
    ("etsy.com", "market"),
    ("gmail.com", "mail"), ("ezweb.ne.jp", "mail"), ("bluewin.ch", "mail"), ("uol.com.br", "mail"), ("nord.example", None),
    ("example.com", "placeholder"), ("nord.example.com", None),
])
def test_a_shared_host_is_nobodys_domain(host, kind):
    assert shared_kind(host) == kind
    assert (own_domain(host) is None) is (kind is not None)


def test_whoever_writes_from_a_page_host_itself_is_of_that_company():
    assert (own_domain("xing.com"), own_domain("xing.com", mailed=True)) == (None, "xing.com")
    assert own_domain("gmail.com", mailed=True) is None and own_domain("nord.onmicrosoft.com", mailed=True) is None


def test_a_workspace_names_further_shared_hosts():
    assert own_domain("a.hub.example", shared={"hub.example"}) is None and own_domain("thehub.example", shared={"hub.example"})
    assert page_at("a.hub.example", {"hub.example"}) == "a.hub.example"
    assert page_at("a.hub.example") is page_at("gmail.com") is None


def test_the_list_of_shared_hosts_has_each_host_once_in_its_ascii_form():
    rows = list(csv.DictReader(files("rules.refdata").joinpath("shared_hosts.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["host"] for row in rows if web_host(row["host"]) != row["host"]] == []
    assert len({row["host"] for row in rows}) == len(rows) > 1200
    assert {row["kind"] for row in rows} == {"mail", "relay", "page", "social", "link", "market", "tenant", "placeholder"}


@pytest.mark.parametrize(("cell", "parts"), [
    ("nord.example;sued.example", ["nord.example", "sued.example"]),
    ("nord.example, www.sued.example", ["nord.example", "www.sued.example"]),
    ("nord.example sued.example", ["nord.example", "sued.example"]), ("https://nord.example/a,b", ["https://nord.example/a,b"]),
    ("nord gmbh.example", ["nord gmbh.example"]), ("", []),
])
def test_a_cell_may_name_several_domains(cell, parts):
    assert domains_in(cell) == parts
