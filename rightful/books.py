"""Rule books from files: load one, check one, and the people beside it."""
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path

from rules.analysis.check import CheckReport, check
from rules.book.reading import read_book_files
from rules.book.schema import RuleBook
from rules.directory.files import load_directory, read_directory_files
from rules.errors import DirectoryError, Problem, RuleBookError
from rules.loading import require_book
from rules.model import Directory
from rules.progress import Progress, silent
from rules.refdata.postal_places import PostalPlaces

AnyPath = str | PathLike[str]


def load_book(path: AnyPath) -> RuleBook:
    """The rule book of a file, or of the folder that holds it; RuleBookError with every fault.

    >>> book = rightful.load_book("my-company")
    >>> sorted(book.teams)
    ['manual-review', 'nurture', 'sales', 'solo']
    """
    return require_book(read_book_files(Path(path)))


def check_book(path: AnyPath, *, people: AnyPath | None = None, at: datetime | None = None,
               progress: Progress = silent, places: PostalPlaces | None = None) -> CheckReport:
    """Everything wrong or doubtful in a rule book, as `rightful rules check` tells it; `ok` when it may be used.

    `people`: the folder of owners.csv, when left out the book's own; `at`: the moment it is checked for, now when left out.

    >>> report = rightful.check_book("my-company")
    >>> report.ok
    True
    """
    place = Path(path)
    beside = place if place.is_dir() else place.parent
    problems: list[Problem] = []
    files: dict[str, str] = {}
    try:
        files = dict(read_book_files(place))
    except RuleBookError as error:
        problems += error.problems
    directory = None
    try:
        directory = people_of(beside if people is None else Path(people))
    except DirectoryError as error:
        problems += error.problems
    tables = {f"tables/{table.name}" for table in (beside / "tables").glob("*.csv")}
    return check(files, directory, at=at or datetime.now(UTC), beside=tables, problems=problems,
                 progress=progress, places=places)


def people_of(folder: Path) -> Directory | None:
    """Everyone in a folder's directory files, None where it has no owners.csv."""
    return load_directory(read_directory_files(folder)) if (folder / "owners.csv").exists() else None
