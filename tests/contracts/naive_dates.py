"""Cells of dates and what they admit, for the naive judge and the solver; it shares no code with the project."""
import re
from datetime import date, timedelta

TODAY = date(2026, 11, 22)
#: Cells of dates by what they count from; and days of decisions and items, among which every way to lie occurs.
DATE_WORDS = {
    "today": ["within 3d", "over 3d", "within 2d ago", "over 2d ago", "past", "today", "within 1w"],
    "calendar": ["before 2026-11-25", "after 2026-11-27", "2026-11-25 - 2026-11-27", "on 2026-11-26", "2026-11-23",
                 "after 2026-11-24"],
}
DATES = ("renewal", "signed")
DAYS = [TODAY + timedelta(days=day) for day in range(12)]
DATED = [TODAY + timedelta(days=day) for day in range(-4, 22)]


def lies(listed: str, day, today):
    """Whether a day lies as the word of a cell says, seen from today; days as numbers, or as formulas of a solver."""
    if found := re.fullmatch(r"(within|over) (\d+)([dw])( ago)?", listed):
        count, away = int(found[2]) * (7 if found[3] == "w" else 1), today - day if found[4] else day - today
        return [away > count] if found[1] == "over" else [away >= 0, away <= count]
    if listed in ("past", "today", "future"):
        return [{"past": day < today, "today": day == today, "future": day > today}[listed]]
    numbers = [date.fromisoformat(text).toordinal() for text in re.findall(r"\d{4}-\d\d-\d\d", listed)]
    if listed.startswith(("before", "after")):
        return [day < numbers[0] if listed.startswith("before") else day > numbers[0]]
    return [day >= numbers[0], day <= numbers[-1]]


def admits(listed: str, word: str) -> bool:
    """Whether a cell's word admits `2026-11-25 seen on 2026-11-22`."""
    day, _, today = word.partition(" seen on ")
    if "missing" in (listed, day):
        return listed == day
    return all(lies(listed, date.fromisoformat(day).toordinal(), date.fromisoformat(today).toordinal()))
