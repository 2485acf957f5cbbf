"""What is learnt from: rule book, directory, and the log with its labels, as it stands or as it stood at a moment."""
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from features.events import Event
from features.plan import Objective
from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.directory.files import load_directory, read_directory_files
from rules.errors import Refused
from rules.loading import require_book
from rules.model import Directory
from serving.admission.card import DatasetCard
from serving.admission.marks import LogWarning
from serving.runtime.settings import Settings
from serving.runtime.workspace import Workspace
from training.learn.data_checks import admit, admitted, kept_because, known_by, without_columns
from training.learn.dataset import TrainingTable, read_assignments, tabulate
from training.learn.objective import require_objective


@dataclass(frozen=True, kw_only=True)
class Source:
    """What was read: rule book, directory, events, and the assignments with their labels as of a moment (the last event).

    Without what must not be learnt, of which `card` tells.
    """

    objective: Objective
    settings: Settings
    book: RuleBook
    directory: Directory
    events: tuple[Event, ...]
    as_of: datetime
    table: TrainingTable
    card: DatasetCard

    @property
    def warnings(self) -> tuple[LogWarning, ...]:
        """What a reader of any figure must know of the log."""
        return self.card.findings

    def as_it_stood(self, at: datetime) -> "Source":
        """The log as it stood at a moment: the events known before it, and the labels settled when the last of them came."""
        events = tuple(event for event in self.events if event.known_at < at)
        as_of = events[-1].known_at if events else at
        then = admitted(read_assignments(events, self.objective, as_of), self.card)
        return replace(self, events=events, as_of=as_of, table=tabulate(then, self.table.columns))


def read_source(workspace: Workspace, objective: str | None, because: str | None = None, *, as_trained: bool = False) -> Source:
    """The log with labels as of its last event; Refused where it is empty or must not be learnt from.

    `because`: the reason why marks on it may be passed, never a refusal; `as_trained`: the one that the last training gave.
    """
    goal = require_objective(workspace.settings.objectives, objective)
    book = require_book(read_book_files(workspace.rulebook_path))
    directory = load_directory(read_directory_files(workspace.folder))
    events, ahead = known_by(tuple(workspace.store.standing_events()), datetime.now(UTC))
    if not events:
        raise Refused("the store holds no events; import a history first: `rightful import history.csv --what history`")
    as_of = events[-1].known_at
    found = read_assignments(events, goal, as_of)
    because = kept_because(workspace, goal.kind) if as_trained else because
    card = admit(found, goal, as_of, because=because, more=ahead)
    return Source(objective=goal, settings=workspace.settings, book=without_columns(book, card.left_out), directory=directory,
                  events=events, as_of=as_of, table=tabulate(admitted(found, card)), card=card)
