"""Our own columns from a German Excel, a list of ServiceNow incidents, and users, accounts, leads and cases of Salesforce."""
from datetime import timedelta

from tests.serving.imports.damaged.company import ACCOUNTS, NAMES, PEOPLE, csv_of, day, long_id

ROWS = 110
OWN = ["item_id", "kind", "received_at", "owner_id", "assigned_at", "ended_at", "end", "outcome", "value", "country",
       "churn_score"]


def own_columns():
    """Semicolons, a Windows writing, days first without an offset, decimal commas."""
    return csv_of([OWN, *(_own(number) for number in range(ROWS))], delimiter=";", end="\r\n").encode("windows-1252")


def _own(number):
    at = day(number).strftime("%d/%m/%Y %H:%M")
    ended = (day(number) + timedelta(days=3)).strftime("%d/%m/%Y %H:%M")
    return [f"Ä-{number}", "lead", at, long_id(NAMES[number % 4]), at, ended, "resolved", "converted" if number % 2 else "lost",
            f"{1000 + number},25", "Österreich" if number % 5 == 0 else "Deutschland", "0,5"]


def incidents():
    """One row per incident under labels."""
    header = ["Number", "Opened", "Assigned to", "State", "Closed", "Made SLA", "Priority", "Category", "Closed by"]
    return csv_of([header, *([f"INC{number:07d}", day(number).strftime("%d-%m-%Y %H:%M:%S"), NAMES[number % 4],
                             "Closed" if number % 3 else "In Progress",
                             (day(number) + timedelta(days=2)).strftime("%d-%m-%Y %H:%M") if number % 3 else "(empty)",
                             str(number % 2 == 0).lower(), "High", "Network", "?"] for number in range(ROWS))])


def users():
    """Users of Salesforce, the last of them switched off."""
    header = ["Id", "Username", "Name", "Email", "ManagerId", "IsActive", "TimeZoneSidKey", "LanguageLocaleKey", "LastLoginDate",
              "Department"]
    return csv_of([header, *([ids[number % 2], name.lower(), name, f"{name.split()[0].lower()}@example.com",
                             PEOPLE["Ann Lee"][0], str(number < 3).lower(), "Europe/Berlin", "de_DE", "2026-03-01T08:00:00.000Z",
                             "Enterprise & Key; EMEA" if number else ""] for number, (name, ids) in enumerate(PEOPLE.items()))])


def accounts():
    """Accounts of Salesforce: one without an id, one whose parent is not there."""
    header = ["Id", "Name", "ParentId", "Website", "BillingCountry", "NumberOfEmployees", "Industry", "OwnerId", "AnnualRevenue"]
    return csv_of([header, *([account, f"Company {number}", "", "https://www.company.de/about", "Deutschland", "1,200",
                             "Software", "x", "5"] for number, account in enumerate(ACCOUNTS)),
                   ["", "Nobody", "", "", "", "", "", "", ""],
                   ["0013600000CHILDAA3", "Child", "0013600000LOSTxAAG", "no address", "", "", "", "", ""]])


def leads():
    """Leads of Salesforce."""
    header = ["Id", "OwnerId", "CreatedDate", "Status", "IsConverted", "ConvertedDate", "LastModifiedDate", "Company", "Email",
              "Country", "State", "PostalCode", "Phone", "LeadSource", "NumberOfEmployees", "Industry", "DoNotCall"]
    return csv_of([header, *([f"00Q3600000{number:05d}", long_id(NAMES[number % 4]), day(number).strftime("%Y-%m-%dT%H:%M:%SZ"),
                             ("Working", "Qualified - Converted", "Unqualified")[number % 3], str(number % 3 == 1).upper(),
                             (day(number) + timedelta(days=5)).date().isoformat() if number % 3 == 1 else "",
                             (day(number) + timedelta(days=6)).strftime("%Y-%m-%dT%H:%M:%SZ"), f"Company {number}",
                             f"p{number}@company{number}.de", "Germany", "Bavaria", "80331", "+49 89 1234567", "Web",
                             str(100 + number * 5), "Software", "0"] for number in range(ROWS))])


def cases():
    """Cases of Salesforce, a third of them open."""
    header = ["Id", "CaseNumber", "OwnerId", "CreatedDate", "ClosedDate", "IsClosed", "Status", "Priority", "Origin", "AccountId"]
    return csv_of([header, *([f"5003600000{number:05d}", str(number), long_id(NAMES[number % 4]),
                             day(number).strftime("%Y-%m-%dT%H:%M:%SZ"),
                             (day(number) + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M:%SZ") if number % 3 else "",
                             str(number % 3 > 0).lower(), "Closed" if number % 3 else "New", "High", "Web", ACCOUNTS[number % 3]]
                            for number in range(ROWS))])
