"""A naive interpreter of drawn companies that shares no code with the project: it scans everything, for every question."""
import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from tests.contracts import naive_dates, naive_lists
from tests.contracts.random_books import BANDS, GROUPS
from tests.contracts.random_companies import PHONES, Company

HOME = {"Europe/Berlin": "DE", "America/New_York": "US", "UTC": None}


@lru_cache
def zones_of(country: str) -> tuple[str, ...]:
    """Every time zone of a country, by the table that comes with tzdata."""
    lines = (files("tzdata.zoneinfo") / "zone.tab").read_text(encoding="utf-8").splitlines()
    return tuple(line.split("\t")[2] for line in lines if line.startswith(f"{country}\t"))


class Question:
    """One item of one company at one moment."""

    def __init__(self, world: Company, item: dict, at: datetime):
        self.world, self.item, self.at = world, item, at
        self.accounts = {account["account_id"]: account for account in world.accounts}
        self.owners = {owner["owner_id"]: owner for owner in world.owners}
        self.account = item.get("account") if item.get("account") in self.accounts else None
        self.country, self.weak = self._country()
        self._local: dict[str, datetime] = {}

    def _country(self):
        of_account = self.accounts[self.account]["country"] if self.account else None
        if self.item.get("country") or of_account:
            return self.item.get("country") or of_account, False
        return PHONES.get(self.item.get("phone")), True

    def local(self, zone: str) -> datetime:
        if zone not in self._local:
            self._local[zone] = self.at.astimezone(ZoneInfo(zone))
        return self._local[zone]

    def word(self, name):
        """The item's value as a cell names it."""
        if name == "country":
            return self.country or "missing"
        if name == "account":
            return self.account or "missing"
        value = self.item.get(name, "missing")
        if name == "employees" and value != "missing":
            return next(band for band, (low, high) in BANDS.items() if low <= value and (high is None or value <= high))
        return str(value).lower() if isinstance(value, bool) else value

    def solid(self, name):
        """The same, where it rests on more than a phone number; else None."""
        word = self.word(name)
        return None if word == "missing" or (name == "country" and self.weak) else word

    def meets(self, name, words, word=None):
        word = self.word(name) if word is None else word
        if name == "products":
            return naive_lists.admits(words, word)
        if name == "renewal":
            return any(naive_dates.admits(listed, f"{word} seen on {self.today()}") for listed in words)
        return any(word == listed or word in GROUPS.get(listed, ()) or self._spans(name, listed.strip('"'), word)
                   for listed in words)

    @staticmethod
    def _spans(name, listed, word):
        if word == "missing":
            return False
        if name == "score":
            return {">=50": word >= 50, "10-<50": 10 <= word < 50, "0": word == 0}.get(listed, False)
        return name == "postal_code" and {"0001*": word[:4] == "0001", "00010-00018": "00010" <= word <= "00018",
                                          "00021": word == "00021"}.get(listed, False)

    # compliance -------------------------------------------------------------------------------------------------------

    def binds(self, rule):
        day = self.at.astimezone(UTC).date()
        if (rule.get("from") and day < rule["from"]) or (rule.get("to") and day > rule["to"]):
            return False
        for name, words in rule["when"].items():
            word = self.item["kind"] if name == "kind" else self.solid(name)
            if word is None:
                if rule.get("skip") and "missing" not in words:
                    return False
            elif not self.meets(name, words, word):
                return False
        return True

    def taken_by(self):
        return next((rule for rule in self.world.compliance if "takes" in rule and self.binds(rule)), None)

    def today(self):
        """The day where the item is, as far as the zones that it may be in agree."""
        days = {self.local(zone).date() for zone in self.zones()}
        return days.pop() if len(days) == 1 else self.at.astimezone(UTC).date()

    def zones(self):
        if "office_clock" in self.item:
            return (self.item["office_clock"],)
        return zones_of(self.country) if self.country and not self.weak else ()

    def window_closed(self):
        for rule in self.world.compliance:
            if "window" not in rule or not self.binds(rule):
                continue
            start, end = rule["window"]
            hours = [local.hour + local.minute / 60 for local in map(self.local, self.zones())]
            held = [start <= hour < end if start < end else hour >= start or hour < end for hour in hours]
            if not (all(held) if held else rule.get("skip")):
                return True
        return False

    def compliant(self, owner_id):
        """Whether no rule of the company keeps this owner from this item, be it free or not."""
        if self.taken_by() or self.window_closed():
            return False
        return all(self._pair(rule, self.owners[owner_id]) for rule in self.world.compliance
                   if ("require" in rule or "forbid" in rule) and self.binds(rule))

    def _pair(self, rule, owner):
        for column, wanted in rule.get("require", {}).items():
            asked = wanted if isinstance(wanted, list) else [self.solid(wanted)]
            if asked == [None]:
                if not rule.get("skip"):
                    return False
            elif not any(name in self._has(owner, column) for name in asked):
                return False
        for column, wanted in rule.get("forbid", {}).items():
            asked = wanted if isinstance(wanted, list) else self.family()
            if any(name in self._has(owner, column) for name in asked):
                return False
        return True

    def _has(self, owner, column):
        day = self.local(owner["time_zone"]).date()
        if column == "data_region":
            return [owner["data_region"]] if owner["data_region"] else []
        if column == "languages":
            return owner["languages"]
        held = owner["certificates"] if column == "certifications" else owner[column]
        valid = [name for name, last in held.items() if last is None or day <= last]
        if column != "certifications":
            return valid
        here = self.solid("country")
        return [name.split("@")[0] for name in valid if "@" not in name or name.split("@")[1] == here]

    def family(self):
        chain, current = [], self.account
        while current:
            chain.append(current)
            current = self.accounts[current]["parent"]
        return chain

    # route ------------------------------------------------------------------------------------------------------------

    def route(self, after=None):
        """Stage, rule, and the rule or named row itself; of the stages after one, where that is named."""
        names = [stage["name"] for stage in self.world.stages]
        for stage in self.world.stages[names.index(after) + 1 if after else 0:]:
            if "named" in stage:
                row = self._named(stage["named"])
                if row:
                    return stage["name"], f"named/{row['account_id']}", row
                continue
            hits = [rule for rule in stage["rules"] if self._in_force(rule)
                    and all(self.meets(name, words) for name, words in rule["when"].items())]
            hits = [rule for rule in hits if "because" in rule] or hits
            if len({repr((rule["to"], rule.get("nearest"), rule.get("else"))) for rule in hits}) > 1:
                break
            if hits:
                return stage["name"], hits[0]["id"], hits[0]
        return "fallback", "catch-all", {"to": self.world.catch_all}

    def _in_force(self, rule):
        return "expires" not in rule or self.at.astimezone(UTC).date() <= rule["expires"]

    def _named(self, rows):
        for distance, account_id in enumerate(self.family()):
            for row in rows:
                if row["account_id"] == account_id and (distance == 0 or row["children"]) and self._applies(row):
                    return row
        return None

    def _applies(self, row):
        def on(day):
            return (not row["from"] or row["from"] <= day) and (not row["to"] or day <= row["to"])

        told = {on(self.local(zone).date()) for zone in self.zones()}
        return told.pop() if len(told) == 1 else on(self.at.astimezone(UTC).date())

    # owners -----------------------------------------------------------------------------------------------------------

    def answer(self):
        """Stage, rule, team and who may own the item: `allowed` is None where no owner is sought."""
        taken = self.taken_by()
        if taken:
            return {"stage": "compliance", "rule": taken["id"], "team": taken["send_to"], "allowed": None}
        return self._sent(*self.route())

    def _sent(self, stage, rule_id, rule):
        team = rule["team"] if "account_id" in rule else rule["to"]
        told = {"stage": stage, "rule": rule_id, "team": team}
        owner = self.owners[rule["owner_id"]] if rule.get("owner_id") else None
        if team in self.world.queues or self.window_closed():
            return told | {"allowed": None} | ({} if owner is None else {"team": self._home(owner, stage)})
        if owner is not None:
            return self._person(told, owner)
        if "nearest" in rule:
            return self._nearest(told, rule)
        return told | self._team(team)

    def _team(self, team):
        considered = {owner for owner, of_team, _, _ in self.world.memberships if of_team == team}
        return {"allowed": self.present(self._able(team), self.world.working_hours), "considered": considered}

    def _able(self, team):
        members = {owner for owner, of_team, _, _ in self.world.memberships if of_team == team and self.member(owner, team)}
        return [self.owners[owner] for owner in sorted(members) if self.may(self.owners[owner]) and self.free(self.owners[owner])]

    def _person(self, told, owner):
        """The one whom a row names; else a team of theirs, the next stage's before others, their manager, the next stage."""
        able = [owner] if self.may(owner) and self.free(owner) else []
        alone = {"allowed": self.present(able, self.world.working_hours), "considered": {owner["owner_id"]}}
        if alone["allowed"]:
            return told | alone
        received = min(datetime.fromisoformat(self.item["received_at"]), self.at)
        if able and self.world.wait and self.at < received + timedelta(minutes=10):
            return told | alone | {"team": self._home(owner, told["stage"])}
        _, _, following = self.route(after=told["stage"])
        team = next((team for team in sorted(self._teams(owner), key=lambda team: team != following.get("to"))
                     if self._able(team)), None)
        if team is not None:
            return told | {"team": team} | self._team(team)
        manager = self.owners.get(owner["manager"])
        if manager and manager is not owner and self.may(manager) and self.free(manager):
            return told | {"team": self._home(owner, told["stage"]), "considered": {owner["owner_id"], manager["owner_id"]},
                           "allowed": self.present([manager], self.world.working_hours)}
        return self._sent(*self.route(after=told["stage"]))

    def _teams(self, owner):
        return [team for team in (*self.world.teams, "branches") if self.member(owner["owner_id"], team)]

    def _home(self, owner, stage):
        """Where what is a person's waits: their team, their manager's, or that of the next stage."""
        manager = self.owners.get(owner["manager"])
        teams = [*self._teams(owner), *(self._teams(manager) if manager else [])]
        return teams[0] if teams else self.route(after=stage)[2]["to"]

    def _nearest(self, told, rule):
        options, considered = rule["nearest"], {branch["owner_id"] for branch in self.world.branches}
        point = (self.item["latitude"], self.item["longitude"]) if "latitude" in self.item else None
        left = [branch for branch in self.world.branches if self.member(branch["owner_id"], "branches")]
        left = [branch for branch in left if self.may(branch) and self.free(branch) and self._in_reach(branch, options, point)]
        if point is None and "postal_code" not in self.item:
            left = []
        near = self.present(left, "require" if options["open"] else self.world.working_hours)
        if near:
            winner = min(near, key=lambda owner_id: (self._km(point, self.owners[owner_id]["place"]), owner_id))
            return told | {"allowed": {winner}, "considered": considered}
        told = told | {"team": rule["else"]}
        return told | ({"allowed": None} if rule["else"] in self.world.queues else self._team(rule["else"]))

    def _in_reach(self, branch, options, point):
        limits = [limit for limit in (options["max_km"], branch["radius_km"]) if limit is not None]
        if limits and self._km(point, branch["place"]) > min(limits):
            return False
        if branch["postals"]:
            return any(self._serves(branch, country, text) for country, text in branch["postals"])
        if options["area"] and branch["radius_km"] is None:
            return False
        return self._km(point, branch["place"]) < math.inf

    def _serves(self, branch, country, text):
        code, country = self.item.get("postal_code"), country or HOME[branch["time_zone"]]
        if code is None or (country and self.country and country != self.country):
            return False
        low, _, high = text.partition("-")
        return code.startswith(text[:-1]) if text.endswith("*") else low <= code <= (high or low)

    @staticmethod
    def _km(one, other):
        """Kilometres by vectors: the angle between two directions from the middle of the earth."""
        if one is None or other is None:
            return math.inf

        def direction(place):
            latitude, longitude = map(math.radians, place)
            return (math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude), math.sin(latitude))

        (a, b, c), (d, e, f) = direction(one), direction(other)
        across = math.hypot(b * f - c * e, c * d - a * f, a * e - b * d)
        return 6371.0088 * math.atan2(across, a * d + b * e + c * f)

    def _inside(self, owner, starts, ends):
        day = self.local(owner["time_zone"]).date()
        return (starts is None or starts <= day) and (ends is None or day <= ends)

    def member(self, owner_id, team):
        return any(o == owner_id and t == team and self._inside(self.owners[o], starts, ends)
                   for o, t, starts, ends in self.world.memberships)

    def may(self, owner):
        return self._inside(owner, *owner["active"]) and self.compliant(owner["owner_id"])

    def free(self, owner):
        if any(o == owner["owner_id"] and self._inside(owner, starts, ends) for o, starts, ends in self.world.absences):
            return False
        return (owner["max_open"] is None or owner["open"] < owner["max_open"]) and (
            owner["max_per_day"] is None or owner["today"] < owner["max_per_day"])

    def present(self, owners, policy):
        at_work = {owner["owner_id"] for owner in owners if self._in_hours(owner)}
        return at_work if at_work or policy == "require" else {owner["owner_id"] for owner in owners}

    def _in_hours(self, owner):
        if owner["hours"] is None:
            return True
        local = self.local(owner["time_zone"])
        start, end = (timedelta(hours=hour) for hour in owner["hours"])
        return local.weekday() < 5 and start <= timedelta(hours=local.hour, minutes=local.minute, seconds=local.second) < end
