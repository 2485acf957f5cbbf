"""Every setting of rightful.toml: its name, default and meaning in one table, and the strict reading of the file.

Unknown sections and keys are refused with the nearest known name; `rightful settings` and the docs print the table.
"""
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from features.plan import Objective
from rules.errors import Problem, SettingsError, nearest_name
from rules.refdata.times import TIME_EXPECTED, NotReadable, parse_instant
from serving.decision.request import Ranking

FILE = "rightful.toml"
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class _Unfit(ValueError):
    """A value that a setting does not take; carries what was expected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One key: where it stands, its default as it would be written in the file, its meaning, and how it is read."""

    section: str                                          # `objectives.KIND` stands for one section per kind of item
    key: str
    default: object
    meaning: str
    read: Callable[[object], object]

    @property
    def name(self) -> str:
        """`section.key`, the spelling of messages and of `rightful settings`."""
        return f"{self.section}.{self.key}"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a workspace as typed values."""

    objectives: Mapping[str, Objective] = field(default_factory=dict)
    exploration_share: float = 0.05
    effects_by: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    ranking: Ranking = "model"
    min_slate: int = 2
    stale_after: timedelta = timedelta(days=30)
    store_url: str | None = None
    tracking_uri: str | None = None
    import_cut: datetime | None = None
    import_until: datetime | None = None
    two_people: bool = False


def duration(text: object) -> timedelta:
    """`30m`, `36h` or `60d` as a timedelta."""
    found = re.fullmatch(r"(\d{1,6})([mhd])", text) if isinstance(text, str) else None
    if not found or int(found[1]) == 0:
        raise _Unfit("a duration above zero such as `30m`, `36h` or `60d`")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _horizon(given: object) -> timedelta | None:
    if given == "closed":
        return None
    try:
        return duration(given)
    except _Unfit:
        raise _Unfit("a duration such as `60d`, or `closed`") from None


def _one_of(*words: str) -> Callable[[object], object]:
    def read(given: object) -> object:
        if given not in words:
            raise _Unfit(" or ".join(f"`{word}`" for word in words))
        return given

    return read


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise _Unfit("text")
    return given


def _names(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(name, str) and name for name in given):
        raise _Unfit('a list of names such as `["seniority"]`')
    return tuple(given)


def _share(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 0.5:
        raise _Unfit("a number from 0 to 0.5")
    return float(given)


def _count(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 1000:
        raise _Unfit("a whole number from 1 to 1000")
    return given


def _maybe_moment(given: object) -> datetime | None:
    if given == "":
        return None
    try:
        return parse_instant(_text(given))
    except (NotReadable, _Unfit):
        raise _Unfit(f"{TIME_EXPECTED}, or nothing") from None


def _yes_or_no(given: object) -> bool:
    if not isinstance(given, bool):
        raise _Unfit("`true` or `false`")
    return given


def _maybe_text(given: object) -> str | None:
    return _text(given) or None


SETTINGS: tuple[Setting, ...] = (
    Setting(section="objectives.KIND", key="learn", default="outcome", read=_one_of("outcome", "agreement"),
            meaning="what the ranker learns for this kind of item: `outcome`, or `agreement` with who ended up owning it"),
    Setting(section="objectives.KIND", key="positive", default=[], read=_names,
            meaning="outcome values that count as success"),
    Setting(section="objectives.KIND", key="horizon", default="60d", read=_horizon,
            meaning="when the label is settled: this long after the assignment, or `closed`: when the item is closed"),
    Setting(section="objectives.KIND", key="value", default="value", read=_text,
            meaning="the item attribute that holds its worth; a missing worth counts as the training median"),
    Setting(section="exploration", key="share", default=0.05, read=_share,
            meaning="total probability not on rank 1, inside the eligible set; 0 also turns the near-tie lottery off"),
    Setting(section="features", key="effects_by", default=[], read=_names,
            meaning="item attributes for owner x attribute effects; empty: chosen by the backtest"),
    Setting(section="features", key="protected", default=[], read=_names,
            meaning="columns of owners.csv that may never become features"),
    Setting(section="mode", key="ranking", default="model", read=_one_of("model", "rotation"),
            meaning="`rotation`: rules only, free of individual behaviour; `rightful mode` overrides it"),
    Setting(section="ranking", key="min_slate", default=2, read=_count,
            meaning="fewer eligible owners than this are not ranked by the model"),
    Setting(section="ranking", key="stale_after", default="30d", read=duration,
            meaning="when the newest event is older than this at the moment of decision, the model abstains"),
    Setting(section="rulebook", key="two_people", default=False, read=_yes_or_no,
            meaning="a rule book comes into force only when somebody other than who drafted it approved it"),
    Setting(section="store", key="url", default="", read=_maybe_text,
            meaning="another store than the workspace's rightful.db, as a SQLAlchemy URL (RIGHTFUL_STORE_URL wins)"),
    Setting(section="mlflow", key="tracking_uri", default="", read=_maybe_text,
            meaning="another MLflow than the workspace's mlflow.db; used by training alone"),
    Setting(section="import", key="cut", default="", read=_maybe_moment,
            meaning="people, teams and tables made from a log (profile servicenow) come only from what was closed before this "
                    "moment; empty: from all of it"),
    Setting(section="import", key="until", default="", read=_maybe_moment,
            meaning="keep such a log as it stood at this moment: what became known later is left out; empty: all of it"),
)


def table() -> list[dict[str, str]]:
    """The settings as rows for people: name, default as the file would spell it, meaning."""
    return [{"name": setting.name, "default": json.dumps(setting.default), "meaning": setting.meaning}
            for setting in SETTINGS]


def load_settings(path: Path) -> Settings:
    """The settings in a file; all defaults where there is no file. SettingsError lists every problem at once."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([Problem(message=f"cannot be read: {error}", file=path.name)]) from None
    return parse_settings(text, file=path.name)


def parse_settings(text: str, *, file: str = FILE) -> Settings:
    """The settings in a text."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([Problem(message=f"is not TOML: {error}", file=file)]) from None
    reader = _Reader(text, file)
    kinds = reader.kinds(tree)
    for section in tree:
        if section not in _sections():
            reader.blame(f"unknown section `{section}`", section, nearest=nearest_name(section, _sections()))
    objectives = {kind: Objective(kind=kind, **reader.section("objectives.KIND", body, f"objectives.{kind}"))
                  for kind, body in kinds.items()}
    plain = {name: reader.section(name, tree.get(name, {}), name) for name in _sections() if name != "objectives"}
    if reader.problems:
        raise SettingsError(reader.problems)
    return Settings(
        objectives=objectives, exploration_share=plain["exploration"]["share"],
        effects_by=plain["features"]["effects_by"], protected=plain["features"]["protected"],
        ranking=plain["mode"]["ranking"], min_slate=plain["ranking"]["min_slate"],
        stale_after=plain["ranking"]["stale_after"], store_url=plain["store"]["url"],
        tracking_uri=plain["mlflow"]["tracking_uri"],
        import_cut=plain["import"]["cut"], import_until=plain["import"]["until"],
        two_people=plain["rulebook"]["two_people"],
    )


def _sections() -> tuple[str, ...]:
    return tuple(dict.fromkeys(setting.section.partition(".")[0] for setting in SETTINGS))


class _Reader:
    """Reads sections by the table and gathers every problem with its line."""

    def __init__(self, text: str, file: str):
        self.lines = text.splitlines()
        self.file = file
        self.problems: list[Problem] = []

    def blame(self, message: str, word: str, **more: Any) -> None:
        pattern = re.compile(rf"""^\s*\[?["'\w.]*\b{re.escape(word)}\b""")
        line = next((number for number, line in enumerate(self.lines, 1) if pattern.match(line)), None)
        self.problems.append(Problem(message=message, file=self.file, line=line, **more))

    def kinds(self, tree: Mapping[str, object]) -> dict[str, object]:
        given = tree.get("objectives", {})
        if isinstance(given, dict):
            return given
        self.blame("`objectives` is not a section", "objectives", given=given, expected="sections `[objectives.KIND]`")
        return {}

    def section(self, name: str, body: object, written: str) -> dict[str, Any]:
        known = {setting.key: setting for setting in SETTINGS if setting.section == name}
        values = {key: setting.read(setting.default) for key, setting in known.items()}
        if not isinstance(body, dict):
            self.blame(f"`{written}` is not a section", written, given=body, expected=f"`[{written}]` with its keys")
            return values
        for key, given in body.items():
            if key not in known:
                self.blame(f"unknown setting `{written}.{key}`", key, nearest=nearest_name(key, known))
                continue
            try:
                values[key] = known[key].read(given)
            except _Unfit as unfit:
                self.blame(f"`{written}.{key}` does not fit", key, given=given, expected=str(unfit))
        return values
