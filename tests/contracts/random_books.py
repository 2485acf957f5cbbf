"""Random rule books, directories and items, and a naive interpreter that knows nothing of the project's own code.

A `World` is drawn as plain lists and dicts; `render` writes it as the files a company would keep, and `naive_answer`
works out the route and the allowed owners from the plain form by scanning everything. The two must agree.
"""
import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

COUNTRIES = ["DE", "FR", "US", "CA", "BR"]
GROUPS = {"EUROPEAN": ["DE", "FR"], "AMERICAN": ["US", "CA", "BR"]}
BANDS = {"SMB": (1, 249), "MID": (250, 999), "ENT": (1000, None)}
INDUSTRIES = ["software", "health", "retail"]
CERTIFICATES = ["gas", "hvac"]
ZONES = ["UTC", "Europe/Berlin", "America/New_York"]
DAY = date(2026, 11, 18)                                  # a Wednesday
FIELDS = ("kind", "country", "employees", "industry", "vip")


class World:
    """One drawn company: book, owners, memberships, absences, in plain values."""

    def __init__(self, seed: int):
        draw = self.draw = random.Random(seed)
        self.teams = [f"team-{n}" for n in range(draw.randint(2, 4))]
        self.queues = ["queue-a", "queue-b"]
        self.compliance = [rule for rule in self._compliance_menu() if draw.random() < 0.6]
        self.stages = [self._stage(n) for n in range(draw.randint(1, 3))]
        self.catch_all = draw.choice([*self.queues, self.teams[0]])
        self.working_hours = draw.choice(["prefer", "require"])
        self.none_free = draw.choice(["queue", "queue-b"])
        self.owners = [self._owner(n) for n in range(draw.randint(10, 30))]
        self.memberships = [row for owner in self.owners for row in self._memberships(owner)]
        self.absences = [(owner["owner_id"], *self._dates()) for owner in self.owners if draw.random() < 0.25]

    def _compliance_menu(self):
        return [
            {"id": "no-consent", "takes": "contact", "send_to": "queue-a", "when": {"consent": ["denied", "missing"]}},
            {"id": "sanctions", "takes": "item", "send_to": "queue-b", "when": {"country": ["BR"]}},
            {"id": "residency", "require_region": ["EU"], "when": {"country": ["EUROPEAN"]}},
            {"id": "licence", "require_certificate": True, "when": {"kind": ["case"]}},
        ]

    def _stage(self, number):
        rules = []
        for index in range(self.draw.randint(1, 5)):
            chosen = self.draw.sample(FIELDS, self.draw.randint(0, 3))
            rules.append({"id": f"s{number}r{index}", "when": {name: self._cell(name) for name in chosen},
                          "to": self.draw.choice([*self.teams, *self.teams, *self.queues])})
        return {"name": f"stage-{number}", "rules": rules}

    def _cell(self, name):
        choices = {"kind": ["lead", "case"], "country": [*COUNTRIES, "EUROPEAN", "AMERICAN", "missing"],
                   "employees": [*BANDS, "missing"], "industry": [*INDUSTRIES, "missing"],
                   "vip": ["true", "false", "missing"]}[name]
        return self.draw.sample(choices, self.draw.randint(1, min(3, len(choices) - 1)))

    def _dates(self):
        start = DAY + timedelta(days=self.draw.randint(-3, 2))
        return start, start + timedelta(days=self.draw.randint(0, 3))

    def _owner(self, number):
        draw = self.draw
        certificates = {name: draw.choice([None, DAY - timedelta(1), DAY, DAY + timedelta(1)])
                        for name in CERTIFICATES if draw.random() < 0.6}
        return {"owner_id": f"o-{number}", "time_zone": draw.choice(ZONES), "data_region": draw.choice(["EU", "EU", "US", ""]),
                "hours": draw.choice([None, (9, 17), (12, 20)]), "certificates": certificates,
                "max_open": draw.choice([None, 0, 1, 2, 5]), "max_per_day": draw.choice([None, None, 1, 3]),
                "active": draw.choice([(None, None)] * 4 + [self._dates()]),
                "open": draw.randint(0, 3), "today": draw.randint(0, 2)}

    def _memberships(self, owner):
        for team in self.draw.sample(self.teams, self.draw.randint(1, len(self.teams))):
            starts, ends = self.draw.choice([(None, None), (None, None), self._dates()])
            yield owner["owner_id"], team, starts, ends

    def item(self, number: int) -> dict:
        draw = self.draw
        menu = {"country": COUNTRIES, "employees": [1, 249, 250, 999, 1000, 40000], "industry": INDUSTRIES, "vip": [True, False],
                "consent": ["granted", "granted", "granted", "denied"], "required_certification": CERTIFICATES,
                "value": [100.0, 2500.0]}
        item = {name: draw.choice(values) for name, values in menu.items() if draw.random() < 0.8}
        return {"item_id": f"i-{number}", "kind": draw.choice(["lead", "case"]), "received_at": "2026-11-18T08:00:00Z", **item}

    def moment(self) -> datetime:
        hours = self.draw.choice([0, 3, 8, 8.99, 9, 12, 16.99, 17, 23, 23.99])
        return datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) + timedelta(hours=hours)


def render(world: World) -> dict[str, str]:
    """The world as a workspace's files."""
    lines = ["rulebook: 1", "version: drawn", "attributes:", "  kind: {enum: [lead, case]}", "  country: {type: country}",
             "  employees: {bands: {SMB: 1-249, MID: 250-999, ENT: 1000+}}", f"  industry: {{enum: [{', '.join(INDUSTRIES)}]}}",
             "  vip: {type: flag}", "  consent: {enum: [granted, denied]}",
             f"  required_certification: {{enum: [{', '.join(CERTIFICATES)}]}}",
             "groups:", *(f"  {name}: [{', '.join(values)}]" for name, values in GROUPS.items()),
             "teams:", *(f"  {team}: {{kind: team}}" for team in world.teams),
             *(f"  {queue}: {{kind: queue}}" for queue in world.queues)]
    if world.compliance:
        lines.append("compliance:")
    for rule in world.compliance:
        demand = (f"forbid: {rule['takes']}, send_to: {rule['send_to']}" if "takes" in rule
                  else "require: {owner.data_region: [EU]}" if "require_region" in rule
                  else "require: {owner.certifications: {contains: item.required_certification}}")
        lines.append(f"  - {{id: {rule['id']}, {demand}, when: {_cells(rule['when'])}}}")
    lines.append("stages:")
    for stage in world.stages:
        lines += [f"  - stage: {stage['name']}", "    rules:"]
        lines += [f"      - {{id: {rule['id']}, when: {_cells(rule['when'])}, to: {rule['to']}}}" for rule in stage["rules"]]
    lines += ["  - stage: fallback", f"    rules: [{{id: catch-all, to: {world.catch_all}, reason: no_territory}}]",
              f"availability: {{working_hours: {world.working_hours}, absence: require, capacity: require,",
              f"               none_free: {{then: {world.none_free}}}}}"]
    owners = ["owner_id,kind,time_zone,working_hours,certifications,data_region,max_open,max_per_day,active_from,active_to"]
    for owner in world.owners:
        hours = f"Mon-Fri {owner['hours'][0]:02}:00-{owner['hours'][1]}:00" if owner["hours"] else ""
        certificates = ";".join(f"{name}:{until}" if until else name for name, until in owner["certificates"].items())
        owners.append(",".join(str("" if cell is None else cell) for cell in (
            owner["owner_id"], "person", owner["time_zone"], hours, certificates, owner["data_region"], owner["max_open"],
            owner["max_per_day"], *owner["active"])))
    owners += [f"{queue},queue,,,,,,,," for queue in world.queues]
    rows = [f"{owner},{team},,{starts or ''},{ends or ''}" for owner, team, starts, ends in world.memberships]
    away = [f"{owner},{starts},{ends},leave" for owner, starts, ends in world.absences]
    return {"rulebook.yaml": "\n".join(lines) + "\n", "owners.csv": "\n".join(owners) + "\n",
            "memberships.csv": "\n".join(["owner_id,team,role,from,to", *rows]) + "\n",
            "absences.csv": "\n".join(["owner_id,from,to,reason", *away]) + "\n"}


def _cells(when):
    return "{" + ", ".join(f"{name}: [{', '.join(values)}]" for name, values in when.items()) + "}"


def _word(item, name):
    if name not in item:
        return "missing"
    if name == "employees":
        return next(band for band, (low, high) in BANDS.items() if low <= item[name] and (high is None or item[name] <= high))
    return str(item[name]).lower() if isinstance(item[name], bool) else item[name]


def _meets(item, name, words, *, missing_meets=False):
    word = _word(item, name)
    if word == "missing" and missing_meets:
        return True
    return any(word == listed or word in GROUPS.get(listed, ()) for listed in words)


def _inside(at, owner, starts, ends):
    day = at.astimezone(ZoneInfo(owner["time_zone"])).date()
    return (starts is None or starts <= day) and (ends is None or day <= ends)


def naive_answer(world: World, item: dict, at: datetime) -> dict:
    """Stage, rule and team of the item, and who may own it: `allowed` is None where no owner is sought."""
    for rule in world.compliance:
        if "takes" in rule and all(_meets(item, name, words, missing_meets=True) for name, words in rule["when"].items()):
            return {"stage": "compliance", "rule": rule["id"], "team": rule["send_to"], "allowed": None}
    stage, rule, team = _route(world, item)
    if team in world.queues:
        return {"stage": stage, "rule": rule, "team": team, "allowed": None}
    owners = {owner["owner_id"]: owner for owner in world.owners}
    considered = {owner for owner, of_team, _, _ in world.memberships if of_team == team}
    allowed = {owner_id for owner_id in considered if _may(world, item, owners[owner_id], team, at)}
    present = {owner_id for owner_id in allowed if _in_hours(owners[owner_id], at)}
    if world.working_hours == "require" or present:
        allowed = present
    return {"stage": stage, "rule": rule, "team": team, "allowed": allowed, "considered": considered}


def _route(world, item):
    for stage in world.stages:
        hits = [rule for rule in stage["rules"] if all(_meets(item, name, words) for name, words in rule["when"].items())]
        if hits and len({rule["to"] for rule in hits}) > 1:
            return "fallback", "catch-all", world.catch_all
        if hits:
            return stage["name"], hits[0]["id"], hits[0]["to"]
    return "fallback", "catch-all", world.catch_all


def _may(world, item, owner, team, at):
    if not any(o == owner["owner_id"] and t == team and _inside(at, owner, starts, ends)
               for o, t, starts, ends in world.memberships):
        return False
    if not _inside(at, owner, *owner["active"]):
        return False
    for rule in world.compliance:
        if "takes" in rule or not all(_meets(item, name, words, missing_meets=True) for name, words in rule["when"].items()):
            continue
        if "require_region" in rule and owner["data_region"] != "EU":
            return False
        if "require_certificate" in rule:
            needed = item.get("required_certification")
            if needed is None or needed not in owner["certificates"]:
                return False
            last = owner["certificates"][needed]
            if last is not None and at.astimezone(ZoneInfo(owner["time_zone"])).date() > last:
                return False
    if any(o == owner["owner_id"] and _inside(at, owner, starts, ends) for o, starts, ends in world.absences):
        return False
    if owner["max_open"] is not None and owner["open"] >= owner["max_open"]:
        return False
    return owner["max_per_day"] is None or owner["today"] < owner["max_per_day"]


def _in_hours(owner, at):
    if owner["hours"] is None:
        return True
    local = at.astimezone(ZoneInfo(owner["time_zone"]))
    return local.weekday() < 5 and owner["hours"][0] <= local.hour + local.minute / 60 + local.second / 3600 < owner["hours"][1]
