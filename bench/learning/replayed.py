"""What a model that was trained at a split says of everything later, replayed as of then; written apart from `evaluate`.

Only events known before the split are learnt from. Then the log goes on event by event, and each later assignment is scored
from the state of its own moment, as a live decision would be. Labels are read here from the words of the log.
"""
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from features.events import Event
from features.plan import Objective
from features.state import State
from features.view import view
from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.directory.files import load_directory, read_directory_files
from rules.loading import require_book
from rules.model import WorkItem
from serving.ranking.bundle import Bundle, bundle_path, load_bundle
from serving.ranking.layers import sigmoid
from serving.runtime.workspace import Workspace
from serving.store import event_log
from training.learn.rows import before_each_instant
from training.report.trained import TrainReport
from training.retrain import train


@dataclass(frozen=True, kw_only=True)
class Row:
    """One assignment with a known end: when it was made, whether it succeeded, when that became known."""

    assignment_id: str
    item: WorkItem
    owner_id: str
    at: datetime
    known: datetime
    success: bool


@dataclass(frozen=True, kw_only=True)
class Replay:
    """Rows settled before the split, rows assigned after it, and the shipped model's chance of each later row."""

    book: RuleBook
    before: tuple[Row, ...]
    later: tuple[Row, ...]
    chance: np.ndarray
    signal: str
    unknown_owner: int


def read_labels(events: Sequence[Event], objective: Objective) -> tuple[Row, ...]:
    """Every assignment of which an outcome is told, by the last word; one handed on, rejected or lapsed before has none."""
    assigned = {event.assignment_id: event for event in events if event.kind == "assigned"}
    said: dict[str, Event] = {}
    for event in events:
        if event.outcome is not None and assigned[event.assignment_id].assigned_item.kind == objective.kind:
            said[event.assignment_id] = event
    return tuple(Row(assignment_id=name, item=assigned[name].assigned_item, owner_id=assigned[name].owner_id,
                     at=assigned[name].occurred_at, known=word.known_at, success=word.outcome in objective.positive)
                 for name, word in said.items())


def replay(workspace: Workspace, split: datetime) -> Replay:
    """Train on what was known at the split, then follow the log to its end."""
    objective = next(iter(workspace.settings.objectives.values()))
    events = tuple(workspace.store.standing_events())
    rows = read_labels(events, objective)
    with tempfile.TemporaryDirectory() as place:
        folder = shutil.copytree(workspace.folder, Path(place) / "ws", ignore=shutil.ignore_patterns("rightful.db*"))
        then = Workspace.at(folder)
        try:
            known = [event for event in events if event.known_at < split]
            then.store.write(lambda writing: event_log.append(writing, known))
            learnt = train(then, objective.kind, track=False)
            bundle = load_bundle(bundle_path(then.bundles, learnt.bundle_hash))
        finally:
            then.close()
    directory = load_directory(read_directory_files(workspace.folder))
    later = sorted((row for row in rows if row.at >= split), key=lambda row: row.at)
    scored = tuple(row for row in later if row.owner_id in directory.owners)
    return Replay(book=require_book(read_book_files(workspace.rulebook_path)), signal=bundle.signal,
                  before=tuple(row for row in rows if row.known < split), later=scored,
                  chance=chances(scored, events, learnt=learnt, bundle=bundle, workspace=workspace),
                  unknown_owner=len(later) - len(scored))


def chances(rows: Sequence[Row], events: Sequence[Event], *, learnt: TrainReport, bundle: Bundle,
            workspace: Workspace) -> np.ndarray:
    """The model's chance of success of each row for the owner who had it, as of its moment."""
    directory = load_directory(read_directory_files(workspace.folder))
    base = {row.assignment_id: bundle.item_log_odds(row.item) for row in rows}
    expected = {name: float(sigmoid(np.array(z))) for name, z in base.items()}
    state = State(learnt.prepared.fold, expectations=expected | learnt.prepared.expected)
    wanted = {row.assignment_id: place for place, row in enumerate(rows)}
    said = np.full(len(rows), np.nan)
    for event in before_each_instant(events, state):
        place = wanted.get(event.assignment_id)
        if place is not None:
            now = view(state, directory=directory, at=event.occurred_at)
            matrix = now.matrix(event.assigned_item, (event.owner_id,), bundle.plan)
            said[place] = bundle.probability(bundle.log_odds(matrix, base[event.assignment_id]))[0]
    return said
