"""The navigation: every page that it names is there and says that it is the one looked at."""
import pytest

from serving.console.mounting import NAVIGATION


@pytest.mark.parametrize(("address", "name"), [(address, name) for address, name, _ in NAVIGATION])
def test_each_page_of_the_navigation_is_there_and_marks_itself(plain_console, address, name):
    answer = plain_console.call("GET", address)
    assert answer.status_code == 200
    links = [line.strip() for line in answer.text.splitlines() if "aria-current" in line]
    assert links == [f'<a href="{address}" aria-current="page">{name}</a>']


def test_every_page_names_the_same_pages(plain_console):
    text = plain_console.call("GET", "/console/no-such-page").text
    assert [f'<a href="{address}">{name}</a>' in text for address, name, _ in NAVIGATION] == [True] * len(NAVIGATION)
