"""Random territories, every item that can exist in them, and a naive judge that shares no code with the project.

A `Territory` is drawn as plain lists and words. `render` writes it as a company's files. The judge tries all items at
every moment that matters: which rules no item reaches, which disagree, what nothing takes. Items are plain dicts of the
book's words, derived ones included, an absent attribute as `missing`.
"""
import random
from datetime import UTC, date, datetime, timedelta
from itertools import product

from tests.contracts import naive_dates, naive_lists
from tests.contracts.naive_dates import DATE_WORDS, DATED, DATES, DAYS, TODAY

GROUPS = {"EUROPEAN": ["DE", "FR"], "AMERICAN": ["US", "BR"], "BIG": ["MID", "ENT"], "GOODS": ["retail", "missing"],
          **naive_lists.GROUP}
STATES = {"US": ["NY", "TX", "FL"], "DE": ["BY", "HH"], "FR": ["IDF"], "BR": ["SP"], "JP": ["13"]}
REGIONS = {"NY": "EAST", "TX": "CENTRAL", "BY": "EAST"}
HEAT = {"cold": (0, 0.5), "hot": (10, 50)}                # cold up to but not including 0.5, hot up to and including 50
SCORES = ["-1", "0", "0.2", "0.5", "0.7", "1", "7", "10", "20", "50", "60"]
POSTALS = ["94105", "94100", "94150", "94199", "94200", "93999", "50000", "49999", "60000", "941ZZ", "941", "9415", "941050",
           "SW1A 1AA", "SW1", "SW1ZZ", "SW2", "00000", "ZZZZZ"]
WORDS = {
    "kind": ["lead", "case", "renewal"],
    "country": ["US", "DE", "FR", "EUROPEAN", "AMERICAN", "missing"],
    "state": ["NY", "TX", "BY", "missing"],
    "region": ["EAST", "CENTRAL", "missing"],
    "employees": ["SMB", "MID", "ENT", "BIG", "missing"],
    "score": ["<0", "0-<0.5", "0.5-10", ">=10", ">50", "1", "missing"],
    "heat": ["cold", "hot", "missing"],
    "postal_code": ["94105", "941*", "94100-94199", ">=50000", "SW1*", "missing"],
    "industry": ["software", "health", "retail", "GOODS", "missing"],
    "vip": ["true", "false", "missing"],
    "note": ["alpha", "beta", "missing"],
}
DECLARED = {
    "kind": "{enum: [lead, case, renewal]}", "country": "{type: country}", "state": "{type: subdivision}",
    "region": "{from: state, map: tables/regions.csv}", "employees": "{bands: {SMB: 1-249, MID: 250-999, ENT: 1000+}}",
    "score": "{type: number}", "heat": "{from: score, bands: {cold: 0-<0.5, hot: 10-50}}", "postal_code": "{type: postal}",
    "industry": "{enum: [software, health, retail]}", "vip": "{type: flag}", "note": "{type: text}",
    "products": naive_lists.DECLARED,
    "renewal": "{type: date}", "signed": "{type: date}",
}
FAMILIES = [("country", "state", "region"), ("score", "heat"),
            *((name,) for name in ("employees", "postal_code", "industry", "vip", "note", "products"))]


class Territory:
    """One drawn book: `stages` of rules `{id, when, to, sla, expires}`; `used` are the attributes that rules may ask for."""

    def __init__(self, seed: int, *, stages: int = 3, rules: int = 5, families: int = 3, catch_all: bool | None = None,
                 asked: tuple[int, ...] = (0, 1, 1, 2, 2, 2, 3), dates: tuple[str, ...] = (), ends: bool = True):
        draw = self.draw = random.Random(seed)
        self.words_of = {**WORDS, **{name: [word for kind in dates for word in DATE_WORDS[kind]] + ["missing"] for name in DATES}}
        self.ends = ends                                  # whether there are exceptions
        self.asked = asked                                # how many attributes rules ask for, to draw from
        chosen = draw.sample(FAMILIES, draw.randint(1, families))
        if ("postal_code",) in chosen:                    # a US postal code tells the state; that is looked at elsewhere
            chosen = [family for family in chosen if "state" not in family]
        self.used = ["kind", *(name for family in chosen for name in family)]
        if dates:                                         # some of DATE_WORDS, on one or both attributes
            some = draw.sample(DATES, draw.randint(1, min(2, families)))
            self.used = ["kind", *some, *draw.sample(["vip"], draw.randint(0, 1))]
        self.teams = [f"team-{number}" for number in range(draw.randint(2, 4))]
        self.stages = [[self.rule(f"s{stage}r{number}") for number in range(draw.randint(1, rules))]
                       for stage in range(draw.randint(1, stages))]
        safe = draw.random() < 0.6 if catch_all is None else catch_all
        last = [{"id": "catch-all", "when": {}, "to": "rest", "sla": None, "expires": None}]
        self.stages.append(last if safe else [self.rule(f"last{number}", plain=True) for number in range(draw.randint(1, rules))])

    def rule(self, rule_id: str, *, plain: bool = False) -> dict:
        """A rule at random; now and then an exception that ends in a few days or has ended."""
        draw = self.draw
        asked = draw.sample(self.used, min(len(self.used), draw.choice(self.asked)))
        expires = None if plain or draw.random() < 0.85 or not self.ends else TODAY + timedelta(days=draw.randint(-1, 3))
        return {"id": rule_id, "when": {name: self.words(name) for name in asked}, "to": draw.choice([*self.teams, "rest"]),
                "sla": draw.choice([None, None, "warm"]), "expires": expires}

    def words(self, name: str) -> list[str]:
        """The words of a cell."""
        if name == "products":
            return naive_lists.cell_of(self.draw)
        known = self.words_of[name]
        return self.draw.sample(known, self.draw.randint(1, min(3, len(known) - 1)))

    @property
    def rules(self) -> list[dict]:
        """Every rule."""
        return [rule for stage in self.stages for rule in stage]


def render(territory: Territory) -> dict[str, str]:
    """The territory as a workspace's files: only the groups and teams that its rules name, a member in every team."""
    named = {word.rpartition(" of ")[2] for rule in territory.rules for words in rule["when"].values() for word in words}
    teams = sorted({rule["to"] for rule in territory.rules})
    lines = ["rulebook: 1", "version: drawn", "attributes:", *(f"  {name}: {text}" for name, text in DECLARED.items()), "groups:"]
    lines = lines[:-1] if not named & GROUPS.keys() else lines
    lines += [f"  {name}: [{', '.join(values)}]" for name, values in GROUPS.items() if name in named]
    lines += ["teams:", *(f"  {team}: {{kind: {'queue, automation: track' if team == 'rest' else 'team'}}}" for team in teams)]
    lines += ["stages:"]
    for number, rules in enumerate(territory.stages):
        lines += [f"  - stage: stage-{number}", "    rules:", *(f"      - {_rule(rule)}" for rule in rules)]
    lines += ["slas:", "  warm: {respond_within: PT4H}"]
    people = [team for team in teams if team != "rest"]
    owners = ["owner_id,kind,name,email", *(f"o-{team},person,Person of {team},{team}@example.com" for team in people)]
    members = ["owner_id,team,role,from,to", *(f"o-{team},{team},member,," for team in people)]
    return {"rulebook.yaml": "\n".join(lines) + "\n",
            "tables/regions.csv": "\n".join(["state,region", *(f"{state},{region}" for state, region in REGIONS.items())]) + "\n",
            "owners.csv": "\n".join(owners) + "\n", "memberships.csv": "\n".join(members) + "\n"}


def book_of(files: dict[str, str]) -> dict[str, str]:
    """Of a workspace's files those of the book."""
    return {name: text for name, text in files.items() if name == "rulebook.yaml" or name.startswith("tables/")}


def _rule(rule: dict) -> str:
    parts = [f"id: {rule['id']}"]
    if rule["when"]:
        cells = ", ".join(f"{name}: [{', '.join(_quoted(word) for word in words)}]" for name, words in rule["when"].items())
        parts.append(f"when: {{{cells}}}")
    parts.append(f"to: {rule['to']}")
    parts += [f"sla: {rule['sla']}"] if rule["sla"] else []
    parts += [f"because: drawn, expires: {rule['expires']}"] if rule["expires"] else []
    return "{" + ", ".join(parts) + "}"


def _quoted(word: str) -> str:
    return f'"{word}"' if word[0] in "<>*" else word


# ---- what can exist ------------------------------------------------------------------------------------------------

def all_items(used) -> list[dict]:
    """Every item that can exist, as far as words of these attributes tell them apart."""
    parts = [[{"kind": kind} for kind in WORDS["kind"]]]
    if "country" in used:
        parts.append(list(_places()))
    if "score" in used:
        parts.append([{"score": score, "heat": _heat(score)} for score in SCORES]
                     + [{"score": "missing", "heat": heat} for heat in (*HEAT, "missing")])
    plain = {"employees": ["SMB", "MID", "ENT"], "postal_code": POSTALS, "industry": ["software", "health", "retail"],
             "vip": ["true", "false"], "note": ["alpha", "beta", "gamma"], "products": naive_lists.LISTS}
    parts += [[{name: word} for word in (*words, "missing")] for name, words in plain.items() if name in used]
    dates = [name for name in DATES if name in used]
    parts += [[{name: str(day)} for day in DATED] + [{name: "missing"}] for name in dates]
    parts += [[{"at": f"{day}T12:00:00Z"} for day in DAYS]] if dates else []
    return [{name: word for part in chosen for name, word in part.items()} for chosen in product(*parts)]


def _places():
    for country, states in STATES.items():
        for state in states:
            yield {"country": country, "state": state, "region": REGIONS.get(state, "missing")}
        for region in {"missing", *(REGIONS[state] for state in states if state in REGIONS)}:
            yield {"country": country, "state": "missing", "region": region}
    for region in {"missing", *REGIONS.values()}:
        yield {"country": "missing", "state": "missing", "region": region}


def _heat(score: str) -> str:
    number = float(score)
    return "cold" if 0 <= number < 0.5 else "hot" if 10 <= number <= 50 else "missing"


def is_possible(item: dict) -> bool:
    """Whether an item's derived words follow from its raw ones, and its state lies in its country; words left out may be any."""
    state, country, region = (item.get(name) for name in ("state", "country", "region"))
    homes = [land for land, states in STATES.items() if state in states]
    if homes and country not in homes:
        return False
    if state not in (None, "missing"):
        return region in (None, REGIONS.get(state, "missing"))
    if region not in (None, "missing") and country in STATES and not any(REGIONS.get(own) == region for own in STATES[country]):
        return False
    return item.get("score") in (None, "missing") or item.get("heat") in (None, _heat(item["score"]))


# ---- the naive judge -----------------------------------------------------------------------------------------------

def meets(name: str, words: list[str], word: str) -> bool:
    """Whether one word of a cell admits an item's word; of a list all the words count together."""
    if name == "products":
        return naive_lists.admits(words, word)
    return any(_admits(name, listed, word) for listed in words)


def _admits(name: str, listed: str, word: str) -> bool:
    if name in DATES:
        return naive_dates.admits(listed, word)
    if listed in GROUPS:
        return word in GROUPS[listed]
    if listed == word:
        return True
    if word == "missing" or listed == "missing" or name not in ("score", "postal_code"):
        return False
    if name == "postal_code":
        if listed.endswith("*"):
            return word.startswith(listed[:-1])
        low, high = {"94100-94199": ("94100", "94199"), ">=50000": ("50000", "ZZZZZ")}.get(listed, ("1", "0"))
        return len(word) == 5 and low <= word <= high
    number = float(word)
    return {"<0": number < 0, "0-<0.5": 0 <= number < 0.5, "0.5-10": 0.5 <= number <= 10, ">=10": number >= 10,
            ">50": number > 50, "1": number == 1}[listed]


def matches(rule: dict, item: dict) -> bool:
    """Whether an item in words has all that a rule asks for."""
    seen = f" seen on {item.get('at', str(TODAY))[:10]}"
    return all(meets(name, words, item.get(name, "missing") + (seen if name in DATES else ""))
               for name, words in rule["when"].items())


def in_force(rule: dict, day: date) -> bool:
    """Whether a rule may match on a day."""
    return rule["expires"] is None or day <= rule["expires"]


class Judge:
    """What is true of a territory, found by trying every item on every day that matters."""

    def __init__(self, territory: Territory):
        self.territory, self.items = territory, all_items(territory.used)
        self.rules = [rule for stage in territory.stages for rule in sorted(stage, key=lambda rule: rule["expires"] is None)]
        self.stage = {rule["id"]: number for number, stage in enumerate(territory.stages) for rule in stage}
        self.taken = {rule["id"]: {number for number, item in enumerate(self.items) if matches(rule, item)}
                      for rule in self.rules}
        self.days = sorted({TODAY, date(2200, 1, 1), *(rule["expires"] for rule in self.rules if rule["expires"])} - {
            day for day in (rule["expires"] for rule in self.rules) if day and day < TODAY})
        self.on = {day: set(range(len(self.items))) for day in self.days}
        if set(territory.used) & set(DATES):              # every moment has items of its own
            self.days = DAYS
            self.on = {day: {number for number, item in enumerate(self.items) if item["at"][:10] == str(day)} for day in DAYS}

    def reaching(self, stage: int, day: date) -> set[int]:
        """The items that no rule of a stage before takes."""
        left = set(self.on[day])
        for rule in self.rules:
            if self.stage[rule["id"]] < stage and in_force(rule, day):
                left -= self.taken[rule["id"]]
        return left

    def gaps(self) -> set[int]:
        """Items that, one day, no rule takes."""
        return set().union(*(self.reaching(len(self.territory.stages), day) for day in self.days))

    def fallback_only(self) -> set[int]:
        """Items that, one day, only the last stage takes or leaves."""
        return set().union(*(self.reaching(len(self.territory.stages) - 1, day) for day in self.days))

    def shadowed(self) -> set[str]:
        """Rules that no item reaches on any day; the unconditional rule of the last stage may catch nothing."""
        return {rule["id"] for number, rule in enumerate(self.rules)
                if any(in_force(rule, day) for day in self.days) and not any(self._reached(number, day) for day in self.days)}

    def _reached(self, number: int, day: date) -> bool:
        rule = self.rules[number]
        if not in_force(rule, day):
            return False
        stage = self.stage[rule["id"]]
        net = not rule["when"] and stage == len(self.territory.stages) - 1
        left = self.taken[rule["id"]] & (self.on[day] if net else self.reaching(stage, day))
        for other in self.rules[:number]:
            if self.stage[other["id"]] == stage and in_force(other, day):
                exception = other["expires"] is not None and rule["expires"] is None
                if exception or same_place(other, rule):
                    left -= self.taken[other["id"]]
        return bool(left)

    def overlaps(self) -> set[frozenset[str]]:
        """Pairs of one stage that one day take one item to different places."""
        return {frozenset((one["id"], other["id"])) for number, one in enumerate(self.rules) for other in self.rules[:number]
                if self._disagree(one, other)}

    def _disagree(self, one: dict, other: dict) -> bool:
        if self.stage[one["id"]] != self.stage[other["id"]] or same_place(one, other) or (
            (one["expires"] is None) != (other["expires"] is None)
        ):
            return False
        both = self.taken[one["id"]] & self.taken[other["id"]]
        return any(both & self.reaching(self.stage[one["id"]], day) - self._overruled(one, day) for day in self.days
                   if in_force(one, day) and in_force(other, day))

    def _overruled(self, rule: dict, day: date) -> set[int]:
        """What exceptions of its stage take from an ordinary rule."""
        return set().union(*(self.taken[other["id"]] for other in self.rules if rule["expires"] is None and other["expires"]
                             and self.stage[other["id"]] == self.stage[rule["id"]] and in_force(other, day)))


def same_place(one: dict, other: dict) -> bool:
    """Whether two rules send to one place in one way."""
    return (one["to"], one["sla"]) == (other["to"], other["sla"])


def at_noon(day: date = TODAY) -> datetime:
    """The moment at which books are checked."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
