"""Random companies of every kind of rule: what `random_books` draws, and named accounts, families, branches, exceptions,
postal areas, number ranges, and each kind of compliance with dates, places and weak evidence. Plain values throughout.
"""
import random
from datetime import date, timedelta

from tests.contracts import naive_dates, naive_lists
from tests.contracts.random_books import CERTIFICATES, COUNTRIES, DAY, GROUPS, INDUSTRIES, World

LANGUAGES = ["de", "fr", "en"]
POSTALS = ["00011", "00015", "00019", "00021", "00100"]
CELLS = {
    "kind": ["lead", "case", "renewal"], "country": [*COUNTRIES, *GROUPS, "missing"],
    "employees": ["SMB", "MID", "ENT", "missing"],
    "industry": [*INDUSTRIES, "missing"], "vip": ["true", "false", "missing"], "language": [*LANGUAGES, "missing"],
    "channel": ["inbound", "outbound", "missing"], "score": ['">=50"', "10-<50", "0", "missing"],
    "postal_code": ["0001*", "00010-00018", '"00021"', "missing"],
}
RENEWALS = [*naive_dates.DATE_WORDS["today"], f"before {DAY}", f"after {DAY}", f"{DAY} - {DAY + timedelta(days=2)}", "missing"]
PHONES = {"+49 89 12345678": "DE", "+33 1 42 68 53 00": "FR"}
PLACES = [(48.1, 11.6), (48.2, 11.7), (48.9, 12.1), (52.5, 13.4)]


class Company(World):
    """One drawn company with everything a book may say."""

    def __init__(self, seed: int):
        super().__init__(seed)
        draw = self.draw
        self.compliance = [rule for rule in self.compliance if draw.random() < 0.6]
        self.branches = [self._branch(number) for number in range(draw.randint(3, 6))]
        self.owners += self.branches
        self.memberships += [(branch["owner_id"], "branches", *draw.choice([(None, None), (None, None), self._dates()]))
                             for branch in self.branches]
        self.accounts = [self._account(number) for number in range(8)]
        self.named = [self._named(account) for account in self.accounts if draw.random() < 0.4]
        chance = random.Random(seed)                          # a draw of its own: the companies stay what they were
        for owner in self.owners:
            owner["manager"] = chance.choice([None, None, *(f"o-{number}" for number in range(10))])
        for owner in self.owners:                             # whoever is named is mostly there
            if any(row["owner_id"] == owner["owner_id"] for row in self.named) and draw.random() < 0.7:
                owner |= {"active": (None, None), "max_open": None, "max_per_day": None, "hours": None}
        self.wait = draw.choice([None, "PT10M"])
        if draw.random() < 0.7 and self.named:
            self.stages.insert(draw.randint(0, len(self.stages)), {"name": "named", "rules": [], "named": self.named})
        self.by_table = draw.random() < 0.3
        self.lists = random.Random(seed)                      # as above
        for rule in (rule for stage in self.stages for rule in stage["rules"] if self.lists.random() < 0.25):
            rule["when"]["products"] = naive_lists.cell_of(self.lists)
        self.days = random.Random(seed)                       # as above
        for rule in (rule for stage in self.stages for rule in stage["rules"] if self.days.random() < 0.25):
            rule["when"]["renewal"] = self.days.sample(RENEWALS, self.days.randint(1, 3))

    def _compliance_menu(self):
        draw, soon = self.draw, DAY + timedelta(days=self.draw.randint(-1, 1))
        menu = [
            {"id": "no-consent", "takes": "contact", "send_to": "queue-a", "when": {"consent": ["denied", "missing"]}},
            {"id": "left-alone", "takes": "contact", "send_to": "queue-a", "when": {"do_not_contact": ["true"]}, "skip": True},
            {"id": "sanctions", "takes": "item", "send_to": "queue-b", "when": {"country": ["BR"]}, "skip": draw.random() < 0.7},
            {"id": "unserved", "takes": "item", "kind": "unsupported_country", "send_to": "queue-b", "when": {"country": ["CA"]},
             "skip": True, "from": soon if draw.random() < 0.5 else None, "to": soon if draw.random() < 0.5 else None},
            {"id": "residency", "require": {"data_region": ["EU"]}, "when": {"country": ["EUROPEAN"]},
             "skip": draw.random() < 0.5},
            {"id": "licence", "require": {"certifications": "required_certification"}, "when": {"kind": ["case"]}},
            {"id": "hours", "window": (draw.choice([7, 8, 20]), draw.choice([18, 21, 6])), "when": {"channel": ["outbound"]},
             "skip": draw.random() < 0.5},
            {"id": "conflict", "forbid": {"conflicts": "account"}, "when": {}},
            {"id": "speaks", "require": {"languages": "language"}, "when": {}, "skip": draw.random() < 0.7},
            {"id": "cleared", "require": {"clearance": ["secret", "top"], "data_region": ["EU", "US"]}, "when": {"vip": ["true"]},
             "skip": True, "from": soon if draw.random() < 0.3 else None},
            {"id": "at-home", "require": {"markets": "country"}, "when": {"kind": ["renewal"]}, "skip": draw.random() < 0.5},
            {"id": "not-there", "forbid": {"data_region": ["CN"], "clearance": ["none"]}, "when": {"country": ["AMERICAN"]}},
        ]
        draw.shuffle(menu)
        return menu

    def _stage(self, number):
        draw, rules = self.draw, []
        for index in range(draw.randint(1, 5)):
            when = {name: self._cell(name) for name in draw.sample(sorted(CELLS), draw.randint(0, 3))}
            if "postal_code" in when:
                when["country"] = [draw.choice(["DE", "US"])]
            rule = {"id": f"s{number}r{index}", "when": when, "to": draw.choice([*self.teams, *self.teams, *self.queues])}
            if draw.random() < 0.4:
                rule |= {"to": "branches", "else": draw.choice([*self.teams, *self.queues]), "nearest": {
                    "max_km": draw.choice([None, 20, 150]), "open": draw.random() < 0.5, "area": draw.random() < 0.2}}
            if draw.random() < 0.2:
                rule |= {"because": "a trial", "expires": DAY + timedelta(days=draw.randint(-1, 1))}
            rules.append(rule)
        return {"name": f"stage-{number}", "rules": rules}

    def _cell(self, name):
        return self.draw.sample(CELLS[name], self.draw.randint(1, min(3, len(CELLS[name]) - 1)))

    def _lasting(self, names):
        """Some of the names, each with its last day or none."""
        return {name: self.draw.choice([None, None, DAY - timedelta(1), DAY]) for name in names if self.draw.random() < 0.4}

    def _owner(self, number):
        owner = super()._owner(number)
        draw = self.draw
        certificates = {name + draw.choice(["", "", "@DE", "@US"]): last for name, last in owner["certificates"].items()}
        return owner | {"kind": "person", "certificates": certificates, "languages": draw.sample(LANGUAGES, draw.randint(0, 3)),
                        "data_region": draw.choice(["EU", "EU", "EU", "US", "CN", ""]), "place": None, "radius_km": None,
                        "clearance": self._lasting(["secret", "top", "none"]), "postals": [], "zone": None,
                        "markets": self._lasting(COUNTRIES), "conflicts": self._lasting([f"a-{n}" for n in range(4)])}

    def _branch(self, number):
        draw = self.draw
        return self._owner(number) | {
            "owner_id": f"b-{number}", "kind": "branch", "place": draw.choice([None, *PLACES, *PLACES]),
            "active": (None, None), "max_open": draw.choice([None, None, None, 1]), "max_per_day": None,
            "radius_km": draw.choice([None, None, 30, 200]),
            "postals": draw.choice([[], [], [(None, "0001*")], [("US", "00011"), ("DE", "00015-00021")]])}

    def _account(self, number):
        return {"account_id": f"a-{number}", "parent": self.draw.choice([None, *(f"a-{n}" for n in range(number))]),
                "country": self.draw.choice([None, None, "DE", "US"])}

    def _named(self, account):
        draw = self.draw
        to_owner = draw.random() < 0.4
        return {"account_id": account["account_id"], "children": draw.random() < 0.5,
                "team": None if to_owner else draw.choice([*self.teams, "queue-a"]),
                "owner_id": f"o-{draw.randint(0, 9)}" if to_owner else None,
                "from": draw.choice([None, None, DAY]), "to": draw.choice([None, None, DAY, DAY + timedelta(1)])}

    def item(self, number: int) -> dict:
        draw, item = self.draw, super().item(number)
        item["kind"] = draw.choice(["lead", "case", "renewal"])
        if "consent" not in item and draw.random() < 0.7:
            item["consent"] = "granted"
        menu = {"language": LANGUAGES, "channel": ["inbound", "inbound", "outbound"], "score": [0, 10, 49.5, 50, 80],
                "do_not_contact": [False, False, False, False, True], "postal_code": POSTALS}
        item |= {name: draw.choice(values) for name, values in menu.items() if draw.random() < 0.6}
        if draw.random() < 0.3:
            item["account"] = draw.choice([f"a-{n}" for n in range(8)] + ["a-999"])
        if draw.random() < 0.2:
            item["phone"] = draw.choice(list(PHONES))
        if draw.random() < 0.7:
            latitude, longitude = draw.choice(PLACES)
            item |= {"latitude": latitude + draw.choice([0, 0.05, 0.3]), "longitude": longitude}
        if self.lists.random() < 0.7:
            item["products"] = self.lists.choice(naive_lists.LISTS)
        if self.days.random() < 0.7:
            item["renewal"] = str(DAY + timedelta(days=self.days.randint(-4, 8)))
        if self.days.random() < 0.2:
            item["office_clock"] = self.days.choice(["Asia/Tokyo", "America/Los_Angeles", "UTC"])
        return item


def render(world: Company) -> dict[str, str]:
    """The company as a workspace's files."""
    files = {"owners.csv": _owners(world), "accounts.csv": _accounts(world)}
    lines = ["rulebook: 1", "version: drawn", "attributes:", "  kind: {enum: [lead, case, renewal]}",
             "  country: {type: country}",
             "  employees: {bands: {SMB: 1-249, MID: 250-999, ENT: 1000+}}", f"  industry: {{enum: [{', '.join(INDUSTRIES)}]}}",
             "  vip: {type: flag}", "  consent: {enum: [granted, denied]}", "  do_not_contact: {type: flag}",
             "  language: {type: language}", "  channel: {enum: [inbound, outbound]}", "  score: {type: number}",
             "  postal_code: {type: postal}", "  account: {type: account_ref}", f"  products: {naive_lists.DECLARED}",
             "  renewal: {type: date}", "  office_clock: {type: time_zone}",
             f"  required_certification: {{enum: [{', '.join(CERTIFICATES)}]}}",
             "groups:", *(f"  {name}: [{', '.join(values)}]" for name, values in (GROUPS | naive_lists.GROUP).items()),
             "teams:", *(f"  {team}: {{kind: team}}" for team in world.teams), "  branches: {kind: branches}",
             *(f"  {queue}: {{kind: queue}}" for queue in world.queues)]
    lines += ["compliance:"] * bool(world.compliance) + [f"  - {{{_compliance(rule)}}}" for rule in world.compliance]
    lines.append("stages:")
    for stage in world.stages:
        lines.append(f"  - stage: {stage['name']}")
        if "named" in stage:
            lines.append("    table: tables/named.csv")
            files["tables/named.csv"] = _named(stage["named"])
        elif world.by_table:
            lines.append(f"    table: tables/{stage['name']}.csv")
            files[f"tables/{stage['name']}.csv"] = _decision_table(stage["rules"])
        else:
            lines += ["    rules:", *(f"      - {{{_rule(rule)}}}" for rule in stage["rules"])]
    wait = f"wait: {world.wait}, " if world.wait else ""
    lines += ["  - stage: fallback", f"    rules: [{{id: catch-all, to: {world.catch_all}, reason: no_territory}}]",
              f"availability: {{working_hours: {world.working_hours}, absence: require, capacity: require,",
              f"               none_free: {{{wait}then: {world.none_free}}}}}"]
    rows = [f"{owner},{team},,{starts or ''},{ends or ''}" for owner, team, starts, ends in world.memberships]
    away = [f"{owner},{starts},{ends},leave" for owner, starts, ends in world.absences]
    return files | {"rulebook.yaml": "\n".join(lines) + "\n",
                    "memberships.csv": "\n".join(["owner_id,team,role,from,to", *rows]) + "\n",
                    "absences.csv": "\n".join(["owner_id,from,to,reason", *away]) + "\n"}


def _compliance(rule: dict) -> str:
    parts = [f"id: {rule['id']}"]
    if "takes" in rule:
        parts += [f"forbid: {rule['takes']}", f"send_to: {rule['send_to']}"]
    if "kind" in rule:
        parts.append(f"kind: {rule['kind']}")
    if "window" in rule:
        parts.append(f"require: {{item.local_time: '{rule['window'][0]:02}:00-{rule['window'][1]:02}:00'}}")
    for word in ("require", "forbid"):
        if word in rule:
            demands = (f"owner.{column}: " + (f"[{', '.join(wanted)}]" if isinstance(wanted, list)
                                              else f"{{contains: item.{wanted}}}") for column, wanted in rule[word].items())
            parts.append(f"{word}: {{{', '.join(demands)}}}")
    parts += [f"when: {_cells(rule['when'])}"] * bool(rule["when"]) + ["if_missing: skip"] * bool(rule.get("skip"))
    return ", ".join(parts + [f"{word}: {rule[word]}" for word in ("from", "to") if rule.get(word)])


def _rule(rule: dict) -> str:
    parts = [f"id: {rule['id']}", f"when: {_cells(rule['when'])}", f"to: {_target(rule)}"]
    return ", ".join(parts + [f"{word}: {rule[word]}" for word in ("else", "because", "expires") if word in rule])


def _target(rule: dict) -> str:
    if "nearest" not in rule:
        return rule["to"]
    options = rule["nearest"]
    return "{nearest: branches" + (f", max_km: {options['max_km']}" if options["max_km"] else "") + (
        ", open: now" if options["open"] else "") + (", service_area: true" if options["area"] else "") + "}"


def _cells(when: dict) -> str:
    return "{" + ", ".join(f"{name}: [{', '.join(values)}]" for name, values in when.items()) + "}"


def _decision_table(rules: list[dict]) -> str:
    header = ["id", *CELLS, "products", "renewal", "to", "else", "because", "expires"]
    rows = [[rule["id"], *(";".join(word.strip('"') for word in rule["when"].get(name, ())) for name in header[1:-4]),
             f'"{_target(rule)}"', rule.get("else", ""), rule.get("because", ""), str(rule.get("expires", ""))] for rule in rules]
    return "\n".join(",".join(row) for row in [header, *rows]) + "\n"


def _named(rows: list[dict]) -> str:
    lines = [f"{row['account_id']},{str(row['children']).lower()},{row['team'] or ''},{row['owner_id'] or ''},"
             f"{row['from'] or ''},{row['to'] or ''}" for row in rows]
    return "\n".join(["account_id,include_children,team,owner_id,from,to", *lines]) + "\n"


def _accounts(world: Company) -> str:
    lines = [f"{account['account_id']},{account['parent'] or ''},{account['country'] or ''}" for account in world.accounts]
    return "\n".join(["account_id,parent_id,country", *lines]) + "\n"


def _owners(world: Company) -> str:
    lines = ["owner_id,kind,time_zone,working_hours,languages,certifications,data_region,latitude,longitude,radius_km,"
             "service_postals,max_open,max_per_day,active_from,active_to,manager_id,clearance,markets,conflicts"]
    for owner in world.owners:
        latitude, longitude = owner["place"] or ("", "")
        lines.append(",".join(str("" if cell is None else cell) for cell in (
            owner["owner_id"], owner["kind"], owner["time_zone"],
            f"Mon-Fri {owner['hours'][0]:02}:00-{owner['hours'][1]}:00" if owner["hours"] else "", ";".join(owner["languages"]),
            _dated(owner["certificates"]), owner["data_region"], latitude, longitude, owner["radius_km"],
            ";".join(f"{country}:{text}" if country else text for country, text in owner["postals"]), owner["max_open"],
            owner["max_per_day"], *owner["active"], owner["manager"],
            *(_dated(owner[name]) for name in ("clearance", "markets", "conflicts")))))
    return "\n".join([*lines, *(f"{queue},queue" + "," * 17 for queue in world.queues)]) + "\n"


def _dated(held: dict[str, date | None]) -> str:
    return ";".join(f"{name}:{last}" if last else name for name, last in held.items())
