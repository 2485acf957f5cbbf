"""The example company: people, customers, a year and a half of work run forward, today's items; written as a workspace.

Everything is relative to a reference day and drawn from fixed seeds: the same day gives the same files at any hour.
"""
import csv
import io
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from features.plan import FoldPlan, Objective
from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.directory.files import load_directory, read_directory_files
from rules.loading import require_book
from rules.model import Directory, zone
from training.worlds.accounts import ACCOUNT_COLUMNS, Customer, draw_customers
from training.worlds.arrivals import ITEM_COLUMNS, Arrival, draw_items, spread_between, spread_over
from training.worlds.forward import WorldAssignment, WorldPast, run_forward
from training.worlds.logging_policy import LoggingPolicy
from training.worlds.people import OWNER_COLUMNS, Person, Row, draw_absences, draw_people, membership_rows
from training.worlds.places import BOOK, read_rows
from training.worlds.spec import PASSED_OVER, WorldSpec
from training.worlds.truth import Truth, draw_owners

PERIOD_DAYS = 600
#: History stops here on the reference day, and today's items come after it.
CUTOFF = time(13, 0, tzinfo=UTC)
LAST = time(21, 30, tzinfo=UTC)
HISTORY_COLUMNS = ("item_id", "kind", "received_at", "owner_id", "assigned_at", "accepted_at", "first_response_at", "ended_at",
                   "end", "outcome", "outcome_at", "value", "assigned_by", "propensity", *ITEM_COLUMNS)
Step = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class World:
    """A simulated company after its past: what a judge needs and the company itself does not have."""

    spec: WorldSpec
    seed: int
    reference_day: date
    book: RuleBook
    directory: Directory
    truth: Truth
    past: WorldPast
    held_out: tuple[Arrival, ...]


def last_working_day(before: date) -> date:
    """The last Monday to Friday strictly before a day."""
    day = before - timedelta(days=1)
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    return day


def build(
    folder: Path, *, reference_day: date, seed: int = 7, items: int = 20_000, held_out: int = 2_000,
    spec: WorldSpec | None = None, period_days: int = PERIOD_DAYS, progress: Step = lambda words: None,
) -> World:
    """Write the company's workspace into a folder and return the world behind it; about ten seconds at full size."""
    spec = spec or WorldSpec()
    streams = [np.random.default_rng([seed, stream]) for stream in range(6)]
    first_day = reference_day - timedelta(days=period_days)
    cutoff = datetime.combine(reference_day, CUTOFF)
    people = draw_people(streams[0], spec, first_day=first_day, last_day=reference_day)
    customers = draw_customers(streams[1], 600)
    places = read_rows(BOOK / "places.csv")
    absences = draw_absences(streams[0], people, first_day=first_day, last_day=reference_day)
    write_static(folder)
    write_directory(folder, people, customers, places, absences)
    write_today(folder, reference_day)
    book, directory = require_book(read_book_files(folder / "rulebook.yaml")), load_directory(read_directory_files(folder))
    progress(f"the company: {len(people)} people who work or worked there, {len(customers)} accounts")
    drawn = draw_items(streams[2], spec, customers, items + held_out)
    arrivals = spread_over(streams[3], drawn[:items], first_day, cutoff)
    later = spread_between(streams[3], drawn[items:], cutoff + timedelta(minutes=10), datetime.combine(reference_day, LAST))
    truth = Truth(spec=spec, owners=_traits(streams[4], spec, people, places, first_day, period_days))
    policy = LoggingPolicy(spec=spec, owners=truth.owners, rng=streams[5],
                           weights={owner_id: owner.weight for owner_id, owner in directory.owners.items()})
    progress(f"running {items:,} past items through its rule book, day by day")
    past = run_forward(arrivals, book=book, directory=directory, truth=truth, policy=policy, rng=streams[5],
                       leavers=_leavers(people), plan=fold_plan(), cutoff=cutoff)
    progress(f"history: {len(past.assignments):,} assignments of {items:,} items, {past.unassigned} items nobody was free for")
    write_csv(folder / "history.csv", HISTORY_COLUMNS, map(history_row, past.assignments))
    world = World(spec=spec, seed=seed, reference_day=reference_day, book=book, directory=directory, truth=truth, past=past,
                  held_out=tuple(later))
    (folder / "world.json").write_text(json.dumps(_record(world), indent=2) + "\n", encoding="utf-8")
    return world


def fold_plan() -> FoldPlan:
    """What the forward run's own state keeps: load and the labels of leads."""
    return FoldPlan(objectives=(Objective(kind="lead", positive=("converted",)),))


def _traits(rng, spec: WorldSpec, people: Sequence[Person], places: Sequence[Row], first_day: date, days: int):
    started = {person.owner_id: person.started for person in people}
    home = {person.owner_id: person.stints[0][0] for person in people}
    for place in places:
        started[place["owner_id"]] = first_day - timedelta(days=2000)
        home[place["owner_id"]] = "stores" if place["kind"] == "branch" else place["owner_id"]
    return draw_owners(
        rng, spec, owner_ids=tuple(started), home=home, started=started, epoch=first_day, days=days,
        native={person.owner_id: person.native for person in people},
        queues=frozenset(place["owner_id"] for place in places if place["kind"] == "queue"),
        passed_over=frozenset(person.owner_id for person in people if person.row["pronouns"] == PASSED_OVER),
    )


def _leavers(people: Iterable[Person]) -> dict[str, datetime]:
    """The first midnight, where they lived, on which somebody is gone."""
    return {
        person.owner_id: datetime.combine(person.left + timedelta(days=1), time(0), zone(person.row["time_zone"])).astimezone(UTC)
        for person in people if person.left is not None
    }


# ---- files --------------------------------------------------------------------------------------------------------------


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows under the given columns; what a row does not have stays empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def write_static(folder: Path) -> None:
    """The rule book, its tables and the settings, as a person would have written them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tables").mkdir(exist_ok=True)
    for name in ("rulebook.yaml", "rightful.toml", *sorted(f"tables/{path.name}" for path in (BOOK / "tables").glob("*.csv"))):
        shutil.copyfile(BOOK / name, folder / name)


def write_directory(
    folder: Path, people: Sequence[Person], customers: Sequence[Customer], places: Sequence[Row], absences: Sequence[Row]
) -> None:
    """owners.csv, memberships.csv, absences.csv, accounts.csv."""
    write_csv(folder / "owners.csv", OWNER_COLUMNS, [*(person.row for person in people), *places])
    write_csv(folder / "memberships.csv", ("owner_id", "team", "role", "from", "to"), membership_rows(people, places))
    write_csv(folder / "absences.csv", ("owner_id", "from", "to", "reason"), absences)
    write_csv(folder / "accounts.csv", ACCOUNT_COLUMNS, [customer.row() for customer in customers])


def write_today(folder: Path, reference_day: date) -> None:
    """items.csv: what came in on the reference day after the history's end."""
    rows = []
    for row in read_rows(BOOK / "today.csv"):
        at = datetime.combine(reference_day, time.fromisoformat(row.pop("time")), UTC)
        rows.append({**row, "received_at": at.isoformat()})
    write_csv(folder / "items.csv", ("item_id", "kind", "received_at", *ITEM_COLUMNS, "value"), rows)


def history_row(row: WorldAssignment) -> dict[str, object]:
    """One line of history.csv; empty = not known, or not yet happened."""
    def moment(at: datetime | None) -> str:
        return at.isoformat() if at else ""

    value = row.arrival.attributes.get("value", "")
    attributes = {name: text for name, text in row.arrival.attributes.items() if name != "value"}
    return {
        "item_id": row.arrival.item_id, "kind": row.arrival.kind, "received_at": moment(row.arrival.received_at),
        "owner_id": row.owner_id, "assigned_at": moment(row.assigned_at), "accepted_at": moment(row.accepted_at),
        "first_response_at": moment(row.first_response_at), "ended_at": moment(row.ended_at), "end": row.end,
        "outcome": row.outcome or "", "outcome_at": moment(row.ended_at) if row.outcome else "", "value": value,
        "assigned_by": row.assigned_by, "propensity": "" if row.propensity is None else repr(row.propensity), **attributes,
    }


def _record(world: World) -> dict[str, object]:
    """world.json: what this simulated company was made from, so that anybody can make it again."""
    return {"world": "example company", "seed": world.seed, "reference_day": world.reference_day.isoformat(),
            "assignments": len(world.past.assignments), "held_out": len(world.held_out), "spec": asdict(world.spec)}
