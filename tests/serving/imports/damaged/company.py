"""A company whose CRM exports are brought in: four sellers, two of one name, a queue, three accounts, every kind of record."""
from datetime import UTC, datetime, timedelta
from pathlib import Path

BOOK = """\
rulebook: 1
version: 1
effective_from: 2024-01-01T00:00:00Z
owner: revops@example.com
attributes:
  kind: {enum: [lead, opportunity, renewal, upsell, case, account, incident]}
  country: {type: country}
  employees: {bands: {SMB: 1-249, ENT: 250+}}
  industry: {enum: [Manufacturing, Software, Health]}
  lead_source: {enum: [Web, Event, Referral]}
  do_not_contact: {type: flag}
  churn_score: {type: number}
  priority: {enum: [High, Medium, Low]}
teams:
  sales: {kind: team}
  triage: {kind: queue}
stages:
  - stage: territory
    rules:
      - {id: known, when: {country: [DE, US, FR]}, to: sales}
      - {id: cases, when: {kind: [case, incident, account], country: missing}, to: sales}
  - stage: fallback
    rules: [{id: rest, to: triage, reason: no_territory}]
"""
SETTINGS = """\
[objectives.opportunity]
positive = ["won"]
[objectives.lead]
positive = ["converted"]
"""
#: Salesforce ids as reports (15 letters) and Data Loader (18) write them.
PEOPLE = {"Ann Lee": ("00536000001AnnL", "00536000001AnnLAAS"), "Bob Ray": ("00536000001BobR", "00536000001BobRAAS"),
          "Cleo Fox": ("00536000001CleF", "00536000001CleFAAS"), "Dan Poe": ("00536000001DanP", "00536000001DanPAAS")}
NAMES = tuple(PEOPLE)
ACCOUNTS = ("0013600000ACMEaAAP", "0013600000BETAbAAP", "0013600000GAMMAAA5")
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def build(folder: Path) -> Path:
    """The company's files in a new folder."""
    folder.mkdir()
    (folder / "rulebook.yaml").write_text(BOOK, encoding="utf-8")
    (folder / "rightful.toml").write_text(SETTINGS, encoding="utf-8")
    people = [f"{long_id(name)},{name},person,{name.split()[0].lower()}@example.com" for name in NAMES]
    (folder / "owners.csv").write_text("\n".join(["owner_id,name,kind,email", *people, "triage,Triage,queue,t@example.com", ""]))
    (folder / "memberships.csv").write_text("\n".join(["owner_id,team,role,from,to",
                                                       *(f"{long_id(name)},sales,member,," for name in NAMES), ""]))
    (folder / "accounts.csv").write_text("account_id,name,country,employees,industry\n" + "".join(
        f"{account},{name},{country},{size},{industry}\n" for account, name, country, size, industry in zip(
            ACCOUNTS, ("ACME", "Beta", "Gamma"), ("DE", "US", "FR"), (1200, 40, 300),
            ("Manufacturing", "Software", "Health"), strict=True)))
    return folder


def short_id(name: str) -> str:
    """An owner's id of 15 letters."""
    return PEOPLE[name][0]


def long_id(name: str) -> str:
    """An owner's id of 18 letters."""
    return PEOPLE[name][1]


def day(number: int) -> datetime:
    """The moment that the record of this number came in: a new one every seven hours."""
    return START + timedelta(hours=7 * number)


def csv_of(rows, *, delimiter: str = ",", end: str = "\n") -> str:
    """Rows as CSV text, quoted where a cell needs it."""
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()
