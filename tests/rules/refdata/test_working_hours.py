"""Working hours in words: whole words of seven languages, 24 hours or am and pm, and nothing guessed."""
import pytest

from rules.model import WorkingBlock
from rules.refdata.times import NotReadable
from rules.refdata.working_hours import parse_working_hours

WEEK, OFFICE = frozenset(range(5)), (540, 1020)


def read(text: str) -> list[tuple[list[int], int, int]]:
    return [(sorted(block.weekdays), block.from_minute, block.to_minute) for block in parse_working_hours(text)]


def test_blocks_are_read_as_weekdays_and_minutes():
    assert parse_working_hours("Mon-Fri 09:00-17:30; Sat,Sun 10:00-14:00") == (
        WorkingBlock(weekdays=frozenset(range(5)), from_minute=540, to_minute=1050),
        WorkingBlock(weekdays=frozenset({5, 6}), from_minute=600, to_minute=840),
    )
    assert parse_working_hours("Fri-Mon 00:00-24:00")[0].weekdays == {4, 5, 6, 0}
    assert parse_working_hours(" ") == ()


@pytest.mark.parametrize("text", [
    "Mon-Fri 09:00-17:00", "Monday to Friday 09:00-17:00", "Monday through Friday 9am-5pm",
    "mon\u2013fri 9:00 am \u2013 5:00 p.m.",
    "from Monday until Friday from 9:00 to 17:00", "Mo-Fr 09.00-17.00 Uhr", "Montag bis Freitag von 9 bis 17 Uhr",
    "Mo. bis Fr.: 9:00-17:00", "du lundi au vendredi de 9h à 17h", "lun.-ven. 9h00-17h00", "lunes a viernes 9:00 a 17:00",
    "da lunedì a venerdì dalle 9:00 alle 17:00", "lun-ven 09:00-17:00", "maandag t/m vrijdag 09:00 tot 17:00",
    "ma-vr 9.00-17.00", "maandag tot en met vrijdag 9:00-17:00", "segunda a sexta-feira das 9h às 17h", "seg-sex 09:00-17:00",
    "Mon, Tue, Wed, Thurs and Fri 09:00-17:00", "Mo Di Mi Do Fr 09:00-17:00".replace(" ", ",", 4),
])
def test_a_working_week_is_one_in_every_language_and_clock(text):
    assert parse_working_hours(text) == (WorkingBlock(weekdays=WEEK, from_minute=OFFICE[0], to_minute=OFFICE[1]),)


@pytest.mark.parametrize(("text", "blocks"), [
    ("Di,Do 14:00-20:00", [([1, 3], 840, 1200)]), ("Sa 22:00-02:00", [([5], 1320, 1560)]),
    ("Mo-Fr 09:00-12:00, 13:00-17:00", [([0, 1, 2, 3, 4], 540, 720), ([0, 1, 2, 3, 4], 780, 1020)]),
    ("Sat 12am-12pm", [([5], 0, 720)]), ("Sun 12pm-12am", [([6], 720, 1440)]),
    ("daily 8:00-20:00", [(list(range(7)), 480, 1200)]),
    ("täglich 8.00-20.00", [(list(range(7)), 480, 1200)]), ("Ma 9:00-10:00;Vr 9:00-10:00", [([0], 540, 600), ([4], 540, 600)]),
    ("Ma 9:00-10:00;Ve 9:00-10:00", [([1], 540, 600), ([4], 540, 600)]), ("terça e quinta 9:00-10:00", [([1, 3], 540, 600)]),
])
def test_days_and_hours_mean_what_their_language_says(text, blocks):
    assert read(text) == blocks


@pytest.mark.parametrize("text", [
    "Mon", "Mon-Fri 9-17", "Mon-Fri 09:00-09:00", "Mon-Fri 09:60-10:00", "Mon-Tue-Wed 09:00-10:00", "Sunflower 09:00-17:00",
    "Monster-Frisbee 09:00-17:00", "Wedding 09:00-17:00", "Satellite 9am-5pm",
    "Mon Fri 09:00-17:00", "Monday-Freitag 09:00-17:00",
    "Mon-Fri 9-5pm", "Mon-Fri 13pm-5pm", "Mon-Fri 0am-5pm", "Mon-Fri 9am-17:00", "Mon-Fri 09:00-25:00", "09:00-17:00",
    "Ma 9:00-10:00",
    "Mon-Fri 09:00-17:00 or so", "weekends 09:00-17:00", "on request",
])
def test_what_is_no_block_or_may_be_two_is_refused(text):
    with pytest.raises(NotReadable):
        parse_working_hours(text)
