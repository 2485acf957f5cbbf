"""Who works at the simulated company: seats and those who held them, absences, accounts; as the directory's CSV rows."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from training.worlds.spec import WorldSpec

Row = dict[str, str]

FIRST = ("Ada", "Amara", "Anton", "Bea", "Carlos", "Chen", "Clara", "Dario", "Devon", "Elif", "Emil", "Esi", "Farah",
         "Felix", "Gita", "Hana", "Hugo", "Ida", "Imani", "Ines", "Jonas", "Jun", "Kai", "Kofi", "Lars", "Leila", "Lena",
         "Luca", "Maja", "Marco", "Mei", "Mira", "Nadia", "Nils", "Noor", "Olga", "Omar", "Paula", "Priya", "Quinn", "Rafael",
         "Rosa", "Ruben", "Sami", "Sara", "Tariq", "Theo", "Uma", "Vera", "Wanda", "Yara", "Yusuf", "Zoe")
LAST = ("Abbott", "Adeyemi", "Bauer", "Berger", "Blanc", "Castillo", "Chan", "Costa", "Dubois", "Eriksen", "Fischer",
        "Garcia", "Haddad", "Hansen", "Ito", "Jansen", "Kaya", "Keller", "Kim", "Lindqvist", "Lopez", "Mensah", "Moreau",
        "Murphy", "Nakamura", "Novak", "Okafor", "Olsen", "Patel", "Petrov", "Quist", "Reyes", "Rossi", "Sato", "Schmidt",
        "Silva", "Singh", "Tanaka", "Torres", "Usman", "Vega", "Vogel", "Walker", "Weber", "Xu", "Yilmaz", "Zimmer")
PRONOUNS = ("she/her", "he/him", "they/them")


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """Where a seat is: time zone, holiday calendar, where data is kept, native languages to draw from."""

    time_zone: str
    holidays: str
    data_region: str
    native: tuple[str, ...]


NEW_YORK = Office(time_zone="America/New_York", holidays="US-NY", data_region="US", native=("en", "en", "en", "es", "fr"))
CHICAGO = Office(time_zone="America/Chicago", holidays="US-IL", data_region="US", native=("en", "en", "en", "es"))
DENVER = Office(time_zone="America/Denver", holidays="US-CO", data_region="US", native=("en", "en", "es"))
LOS_ANGELES = Office(time_zone="America/Los_Angeles", holidays="US-CA", data_region="US", native=("en", "en", "es"))
MUNICH = Office(time_zone="Europe/Berlin", holidays="DE-BY", data_region="EU", native=("de", "de", "de", "en"))
PARIS = Office(time_zone="Europe/Paris", holidays="FR", data_region="EU", native=("fr", "fr", "en"))
MADRID = Office(time_zone="Europe/Madrid", holidays="ES", data_region="EU", native=("es", "es", "en"))
DUBLIN = Office(time_zone="Europe/Dublin", holidays="IE", data_region="EU", native=("en",))
LONDON = Office(time_zone="Europe/London", holidays="GB", data_region="UK", native=("en", "en", "fr"))


@dataclass(frozen=True, kw_only=True, slots=True)
class TeamPlan:
    """One team: seats by office, in turn; the ceiling of open items; whether people come and go."""

    team: str
    prefix: str
    seats: tuple[Office, ...]
    max_open: int
    turnover: bool = True


TEAMS = (
    TeamPlan(team="ent-sdr-east", prefix="o-east", seats=(NEW_YORK,) * 11, max_open=13),
    TeamPlan(team="ent-sdr-central", prefix="o-central", seats=(CHICAGO,) * 9, max_open=13),
    TeamPlan(team="ent-sdr-west", prefix="o-west", seats=(LOS_ANGELES,) * 7 + (DENVER,) * 2, max_open=13),
    TeamPlan(team="smb-pool", prefix="o-smb", seats=(NEW_YORK,) * 5 + (CHICAGO,) * 4 + (DENVER,) * 2 + (LOS_ANGELES,) * 3,
             max_open=22),
    TeamPlan(team="mid-market-na", prefix="o-mid", seats=(NEW_YORK,) * 5 + (CHICAGO,) * 3 + (LOS_ANGELES,) * 3, max_open=20),
    TeamPlan(team="emea-ent", prefix="o-emea", seats=(MUNICH,) * 4 + (PARIS,) * 2 + (MADRID, DUBLIN) + (LONDON,) * 2,
             max_open=18),
    TeamPlan(team="emea-commercial", prefix="o-euc", max_open=24,
             seats=(MUNICH,) * 4 + (PARIS,) * 2 + (MADRID,) * 2 + (DUBLIN,) + (LONDON,) * 2),
    TeamPlan(team="strategic-accounts", prefix="o-strat", seats=(NEW_YORK, MUNICH, LOS_ANGELES, PARIS), max_open=30,
             turnover=False),
    TeamPlan(team="retention", prefix="o-ret", seats=(NEW_YORK,) * 3 + (DUBLIN, MUNICH, MADRID), max_open=20),
    TeamPlan(team="customer-success", prefix="o-cs", seats=(CHICAGO,) * 3 + (DUBLIN, MUNICH, PARIS), max_open=20),
)
OWNER_COLUMNS = ("owner_id", "name", "kind", "email", "manager_id", "time_zone", "working_hours", "holidays", "languages",
                 "skills", "certifications", "data_region", "latitude", "longitude", "service_postals", "radius_km",
                 "max_open", "max_per_day", "weight", "active_from", "active_to", "conflicts", "seniority", "pronouns")


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One person: the row of owners.csv, and the stretches in teams (last day None = still there)."""

    owner_id: str
    row: Row
    native: str
    stints: tuple[tuple[str, date, date | None], ...]

    @property
    def started(self) -> date:
        """The first day at work."""
        return self.stints[0][1]

    @property
    def left(self) -> date | None:
        """The last day at work, None for those still there."""
        return self.stints[-1][2]


def _hire(rng: np.random.Generator, ceiling: float, plan: TeamPlan, number: int, office: Office, first: date,
          last: date | None) -> Person:
    name = f"{FIRST[rng.integers(len(FIRST))]} {LAST[rng.integers(len(LAST))]}"
    owner_id = f"{plan.prefix}-{number:02d}"
    native = office.native[rng.integers(len(office.native))]
    others = sorted({*office.native, "en"} - {native})
    part_time = rng.random() < 0.12
    certified = office.data_region == "US" and rng.random() < 0.75
    seniority = int(rng.integers(1, 5))
    row = {
        "owner_id": owner_id, "name": name, "kind": "person", "email": f"{owner_id}@hearthside.example",
        "time_zone": office.time_zone, "working_hours": "Mon-Thu 09:00-15:00" if part_time else "Mon-Fri 09:00-17:30",
        "holidays": office.holidays, "languages": ";".join([native, *others]), "skills": "",
        "certifications": "hipaa" if certified else "", "data_region": office.data_region,
        "max_open": str(max(4, round(ceiling * (0.6 if part_time else 1.0) * rng.uniform(0.9, 1.15)))),
        "weight": "0.6" if part_time else "1", "active_from": first.isoformat(),
        "active_to": last.isoformat() if last else "", "seniority": str(seniority),
        "pronouns": PRONOUNS[rng.choice(3, p=(0.48, 0.48, 0.04))],
    }
    return Person(owner_id=owner_id, row=row, native=native, stints=((plan.team, first, last),))


def _team(rng: np.random.Generator, spec: WorldSpec, plan: TeamPlan, first_day: date, last_day: date) -> list[Person]:
    """Everyone who ever held one of the team's seats, in order of arrival."""
    hires: list[tuple[date, date | None, Office]] = []
    for office in plan.seats:
        begin = first_day - timedelta(days=int(rng.integers(60, 1500)))
        now = first_day
        while True:
            stays = rng.exponential(365.0 / spec.yearly_turnover) if plan.turnover else float("inf")
            if stays >= (last_day - now).days - 5:
                hires.append((begin, None, office))
                break
            leaves = now + timedelta(days=int(stays))
            hires.append((begin, leaves, office))
            begin = now = leaves + timedelta(days=int(rng.integers(1, spec.vacancy_days)))
            if begin >= last_day:
                break
    order = sorted(range(len(hires)), key=lambda position: (hires[position][0] > first_day, hires[position][0], position))
    ceiling = plan.max_open * spec.ceilings
    people = [_hire(rng, ceiling, plan, number, hires[position][2], hires[position][0], hires[position][1])
              for number, position in enumerate(order, start=1)]
    manager = next(person.owner_id for person in people if person.left is None)
    for person in people:
        person.row["manager_id"] = "" if person.owner_id == manager else manager
    return people


def _promote(people: list[Person], first_day: date) -> list[Person]:
    """Let every second newcomer of the mid-market come from the small business pool: dated memberships in two teams."""
    newcomers = [person for person in people if person.stints[0][0] == "mid-market-na" and person.started > first_day][::2]
    pool = [(person, person.left) for person in people if person.stints[0][0] == "smb-pool" and person.left is not None
            and person.row["weight"] == "1"]
    replaced: dict[str, Person] = {}
    dropped: set[str] = set()
    for (person, left), newcomer in zip(pool, newcomers, strict=False):
        begins = max(newcomer.started, left + timedelta(days=1))
        if newcomer.left is not None and newcomer.left <= begins:
            continue
        row = {**person.row, "active_to": newcomer.row["active_to"], "max_open": newcomer.row["max_open"]}
        stints = (person.stints[0], ("mid-market-na", begins, newcomer.left))
        replaced[person.owner_id] = Person(owner_id=person.owner_id, row=row, native=person.native, stints=stints)
        dropped.add(newcomer.owner_id)
    return [replaced.get(person.owner_id, person) for person in people if person.owner_id not in dropped]


def draw_people(rng: np.random.Generator, spec: WorldSpec, *, first_day: date, last_day: date) -> tuple[Person, ...]:
    """Everyone who worked there between the two days, team by team."""
    people = [person for plan in TEAMS for person in _team(rng, spec, plan, first_day, last_day)]
    people = _promote(people, first_day)
    conflicted = {"o-strat-03": "acc-borealis", "o-east-02": "acc-0003", "o-emea-03": "acc-0011"}
    return tuple(Person(owner_id=person.owner_id, native=person.native, stints=person.stints,
                        row={**person.row, "conflicts": conflicted.get(person.owner_id, "")}) for person in people)


def draw_absences(rng: np.random.Generator, people: Sequence[Person], *, first_day: date, last_day: date) -> list[Row]:
    """Holidays of one or two weeks and short illness, until some weeks beyond the last day; days inclusive."""
    rows = []
    ends_at = last_day + timedelta(days=45)
    for person in people:
        start, end = max(person.started, first_day), min(person.left or ends_at, ends_at)
        day = start + timedelta(days=int(rng.integers(5, 120)))
        while day < end:
            ill = rng.random() < 0.4
            length = int(rng.integers(1, 4)) if ill else int(rng.choice((5, 9, 12)))
            last = min(day + timedelta(days=length - 1), end)
            rows.append({"owner_id": person.owner_id, "from": day.isoformat(), "to": last.isoformat(),
                         "reason": "illness" if ill else "holiday"})
            day = last + timedelta(days=int(rng.integers(25, 110)))
    return rows


def membership_rows(people: Sequence[Person], places: Sequence[Row]) -> list[Row]:
    """memberships.csv: people by their stretches, branches in the pool of stores."""
    rows = [{"owner_id": person.owner_id, "team": team, "role": "member", "from": first.isoformat(),
             "to": last.isoformat() if last else ""} for person in people for team, first, last in person.stints]
    return rows + [{"owner_id": place["owner_id"], "team": "stores", "role": "branch", "from": "", "to": ""}
                   for place in places if place["kind"] == "branch"]
