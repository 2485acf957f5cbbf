"""HubSpot's deals under their labels and contacts under internal names: times without an offset, owners by name or address."""
from datetime import timedelta

from tests.serving.imports.damaged.company import ACCOUNTS, NAMES, csv_of, day

ROWS = 140
LABELS = ["Record ID", "Deal Name", "Deal Stage", "Deal owner", "Create Date", "Close Date", "Amount", "Associated Company IDs",
          "Pipeline", "Last Activity Date", "Amount"]
EXCEL, EPOCH, BAD_TIME, NO_OWNER, CLOCK_CHANGE = (5, 6), (9,), (33,), (10, 20), (50,)
INTERNAL = ["hs_object_id", "email", "company", "hubspot_owner_id", "createdate", "lifecyclestage", "hs_lead_status",
            "lastmodifieddate", "hs_lifecyclestage_opportunity_date", "country", "numemployees", "hs_email_optout", "industry"]


def deals():
    """Deals as exported with labels; the last column has the name of another one."""
    return csv_of([LABELS[:-1], *(_deal(number) for number in range(ROWS))])


def contacts():
    """Contacts under internal names, times in milliseconds; every failure lacks its owner."""
    return csv_of([INTERNAL, *(_contact(number) for number in range(ROWS))])


def _deal(number):
    created = day(number)
    closed = number % 4 < 3
    stage = ("Closed Won", "Closed Won", "Closed Lost", "Appointment scheduled")[number % 4]
    text = created.strftime("%Y-%m-%d %H:%M")
    if number in EXCEL:
        text = str((created.replace(tzinfo=None) - day(0).replace(tzinfo=None)).days + 46027.375)
    elif number in EPOCH:
        text = str(int(created.timestamp() * 1000))
    elif number in BAD_TIME:
        text = "yesterday"
    elif number in CLOCK_CHANGE:
        text = "2026-03-29 02:30"
    name = NAMES[number % 4]
    owner = "No owner" if number in NO_OWNER else name if number % 3 else f"{name.split()[0].upper()}@example.com"
    close = (created + timedelta(days=80 if number in CLOCK_CHANGE else 25)).strftime("%Y-%m-%d %H:%M") if closed else ""
    return [str(9_000_000 + number), f"Deal {number}", stage, owner, text, close, "" if number % 7 == 0 else f"{1000 + number}.5",
            f"{ACCOUNTS[number % 3]};{ACCOUNTS[0]}" if number % 10 == 0 else ACCOUNTS[number % 3], "Sales", text]


def _contact(number):
    won, lost = number % 3 == 0, number % 3 == 1
    milliseconds = str(int(day(number).timestamp() * 1000))
    later = str(int((day(number) + timedelta(days=9)).timestamp() * 1000))
    owner = "" if lost else f"{NAMES[number % 4].split()[0].lower()}@example.com"
    return [str(number), f"p{number}@company{number}.de", f"Company {number}", owner, milliseconds,
            "opportunity" if won else "lead", "UNQUALIFIED" if lost else "NEW", later, later if won else "", "Deutschland",
            str(10 + number), "false", "Software"]
