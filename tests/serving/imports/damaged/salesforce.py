"""Opportunities as Data Loader writes them, 160 rows with a mark at the start, CRLF, cells of two lines, and every damage."""
from datetime import timedelta

from tests.serving.imports.damaged.company import ACCOUNTS, NAMES, csv_of, day, long_id, short_id

HEADER = ["Id", "Name", "OwnerId", "CreatedDate", "StageName", "IsClosed", "IsWon", "CloseDate", "Amount", "AccountId", "Type",
          "LeadSource", "Churn_Score__c", "Probability", "LastModifiedDate", "Region__c"]
ROWS = 160
BACKDATED, BAD_DAY, BAD_AMOUNT = (4, 8, 12), (21, 22), (30,)
NO_OWNER, UNKNOWN_OWNER, UNKNOWN_ACCOUNT = (41, 42, 43), (50,), (61, 62)
UNKNOWN_SOURCE, REPEATED = (70, 71, 72, 73), (80, 81)


def rows():
    """The rows, each once."""
    return [_row(number) for number in range(ROWS)]


def text():
    """The file: two rows stand twice, one has a cell too many."""
    listed = [HEADER, *rows()]
    for number in REPEATED:
        listed.append(listed[number + 1])
    listed.append([*rows()[90], "one more"])
    listed[-1][0] = "0063600000zzzzz"
    return "\ufeff" + csv_of(listed, end="\r\n")


def _row(number):
    name, created = NAMES[number % 4], day(number)
    closed, won = number % 5 != 4, number % 5 < 3
    close_date = (created + timedelta(days=-3 if number in BACKDATED else 20)).date().isoformat()
    owner = (short_id if number % 2 else long_id)(name)
    owner = "" if number in NO_OWNER else "00536000009Nobody" if number in UNKNOWN_OWNER else owner
    return [f"0063600000{number:05d}", f"Deal {number},\nsecond line" if number % 10 == 0 else f"Deal {number}", owner,
            created.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "Closed Won" if closed and won else "Closed Lost" if closed else "Negotiation",
            ("TRUE", "true", "1")[number % 3] if closed else "false", "true" if closed and won else "0",
            "2026-02-30" if number in BAD_DAY else close_date, "lots" if number in BAD_AMOUNT else f"{1000 + number}.50",
            "0013600000NOBDYAA5" if number in UNKNOWN_ACCOUNT else ACCOUNTS[number % 3][:15 + 3 * (number % 2)],
            "Renewal" if number % 20 == 19 else "New", "Billboard" if number in UNKNOWN_SOURCE else "Web", f"0.{number % 10}",
            "75", created.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "East"]
