"""Small tables whose records carry a mark, and every way in which a file is spoilt on its way from one program to another."""
import re
from random import Random

RECORDS = 14
MARK = re.compile(r"K\d{4}Z")
_DAY = "2026-0{month}-{day:02d}"
HEADERS = {
    "items": "item_id,kind,received_at,country,industry",
    "history": "item_id,kind,received_at,owner_id,assigned_at,country,outcome,industry",
    "owners": "owner_id,kind,name,time_zone,employees",
    "accounts": "account_id,name,domain,country,city",
    "salesforce": "Id,Name,OwnerId,CreatedDate,StageName,IsClosed,IsWon,CloseDate,Amount,AccountId,Type,LeadSource",
    "salesforce-users": "Id,Name,Email,IsActive,TimeZoneSidKey,Title",
    "hubspot": "hs_object_id,email,company,hubspot_owner_id,createdate,lifecyclestage,country,industry",
    "servicenow": "Number,Opened,Category,Short description,Assigned to,Resolved,State,Priority",
}


def record(what: str, number: int, random: Random) -> list[str]:
    """One sound record; a text of it may go over lines, hold commas and quotes."""
    mark, day = f"K{number:04d}Z", f"2026-03-{number % 27 + 1:02d}"
    words = random.choice(["Oak", "Oak Ltd", "Oak, Elm", 'the "Oak"', "Oak\nElm Ltd", 'say "hi",\nand more', "", "5 Oak"])
    return {
        "items": [mark, "lead", f"{day}T10:00:00Z", "DE", "Software"],
        "history": [mark, "lead", f"{day}T10:00:00Z", "00536000001AnnLAAS", f"{day}T11:00:00Z", "DE", "won", "Software"],
        "owners": [mark, "person", words, "Europe/Berlin", words],
        "accounts": [mark, words, f"oak{number}.example", "DE", words],
        "salesforce": [f"006360000{mark}", words, "00536000001AnnL", f"{day}T10:00:00.000+0000", "Closed Won", "true", "true",
                       day, "1000.50", "0013600000ACMEa", "New", "Web"],
        "salesforce-users": [f"005360000{mark}", words or "Oak", f"p{number}@oak.example", "true", "Europe/Berlin", words],
        "hubspot": [mark, f"p{number}@oak.example", words, "ann@example.com", "1772442000000", "lead", "Deutschland", "Software"],
        "servicenow": [mark, f"{day}T10:00:00Z", "Network", words, "Ann Lee", f"{day}T15:00:00Z", "Closed", "2 - High"],
    }[what]


def sound(what: str, random: Random) -> str:
    """A table of records, quoted throughout or only where needed."""
    rows = [HEADERS[what].split(","), *(record(what, number, random) for number in range(1, RECORDS + 1))]
    needed = random.random() < 0.7

    def cell(text: str) -> str:
        return text if needed and not set(text) & set('",\n') else '"' + text.replace('"', '""') + '"'

    return "".join(",".join(map(cell, row)) + "\n" for row in rows)


def _at(text: str, random: Random, start: int = 0) -> int:
    return random.randrange(start, len(text))


def quote(text: str, random: Random) -> str:
    """One quote put before the last cell of a row, and never closed."""
    lines = text.split("\n")
    at = random.choice([at for at, line in enumerate(lines) if at and MARK.search(line)])
    head, comma, tail = lines[at].rpartition(",")
    return "\n".join([*lines[:at], head + comma + '"' + tail, *lines[at + 1:]])


def stray_sign(text: str, random: Random) -> str:
    """A sign that means something to CSV, somewhere below the header."""
    at = _at(text, random, text.index("\n"))
    return text[:at] + random.choice(['"', '"', "'", ",", ";", "\n", "\\"]) + text[at:]


def lost_sign(text: str, random: Random) -> str:
    """A sign that means something to CSV taken out below the header."""
    places = [found.start() for found in re.finditer(r'[",\n]', text) if found.start() > text.index("\n")]
    at = random.choice(places)
    return text[:at] + text[at + 1:]


def sliced(text: str, random: Random) -> str:
    """A piece in the middle or the end is missing."""
    at = _at(text, random, text.index("\n") + 1)
    return text[:at] + random.choice(["", text[min(len(text), at + random.randrange(1, 90)):]])


def line_ends(text: str, random: Random) -> str:
    """Line ends of three systems in one file."""
    return "".join(random.choice(["\n", "\r\n", "\r"]) if letter == "\n" else letter for letter in text)


def odd_bytes(text: str, random: Random) -> str:
    """NUL bytes, byte order marks and blanks of other kinds in the middle."""
    for _time in range(3):
        at = _at(text, random, text.index("\n"))
        text = text[:at] + random.choice(["\0", "\ufeff", "\u00a0", "\u200b", "\x1a"]) + text[at:]
    return text


def columns(text: str, random: Random) -> str:
    """A column stands twice, is missing, has no name, or an empty one stands at the end."""
    head, _end, body = text.partition("\n")
    way = random.randrange(4)
    if way == 0:
        return f"{head},{head.split(',')[-1]}\n{body}"
    if way == 1:
        return ",".join(head.split(",")[:-1]) + "\n" + body
    if way == 2:
        names = head.split(",")
        names[random.randrange(1, len(names))] = ""
        return ",".join(names) + "\n" + body
    return f"{head},\n{body}"


def ragged(text: str, random: Random) -> str:
    """Rows end too soon or too late."""
    lines = text.split("\n")
    for at in random.sample(range(1, len(lines)), 3):
        lines[at] = lines[at].rpartition(",")[0] if random.random() < 0.5 and MARK.search(lines[at]) else lines[at] + ",more"
    return "\n".join(lines)


def put_together(text: str, random: Random) -> str:
    """Two exports one behind the other, or the same rows twice."""
    return text + random.choice(["", "\ufeff"]) + random.choice([text, text.partition("\n")[2]])


def several(text: str, random: Random) -> str:
    """Two of the others, one after the other."""
    for way in random.sample([stray_sign, lost_sign, quote, ragged, odd_bytes, line_ends], 2):
        text = way(text, random)
    return text


WAYS = (quote, stray_sign, lost_sign, sliced, line_ends, odd_bytes, columns, ragged, put_together, several)
