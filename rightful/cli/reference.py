"""Every page of the generated reference, by name: each is written from the tables that the code reads."""
from rightful.cli.errors_page import errors_page
from rules.reference.pages import findings_page, keys_page

PAGES = {"rulebook": keys_page, "findings": findings_page, "errors": errors_page}
