"""Every setting of rightful.toml, read strictly by the fields that declare it: name, type, bounds, default and meaning.

What changes a decision is a field of `Policy` or of an `Objective`, the rest of `Settings`. Unknown sections and keys are
refused with the nearest known name; `rightful settings` and the docs print the declarations.
"""
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import Field, TypeAdapter

from features.plan import Objective
from rules.errors import Problem, SettingsError, nearest_name
from rules.refdata.times import TIME_EXPECTED, parse_instant
from serving.decision.request import Policy

FILE = "rightful.toml"
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_KIND = "objectives.KIND"                                 # stands for one section per kind of item


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a workspace as typed values; `policy` are those that change a decision."""

    policy: Policy = Policy()
    effects_by: Annotated[tuple[str, ...], Field(
        title="features.effects_by", description="item attributes for owner x attribute effects; empty: chosen by "
        "marginal likelihood")] = ()
    unknown_fields: Annotated[Literal["refuse", "warn"], Field(
        title="intake.unknown_fields", description="an item with a field that the rule book does not know is refused, or decided "
        "on without it: told in the decision's `warnings` and counted on `/readyz`")] = "refuse"
    two_people: Annotated[bool, Field(
        title="rulebook.two_people", description="a rule book comes into force only when somebody other than who drafted it "
        "approved it")] = False
    store_url: Annotated[str | None, Field(
        title="store.url", description="another store than the workspace's rightful.db, as a SQLAlchemy URL "
        "(RIGHTFUL_STORE_URL wins)")] = None
    postal_places: Annotated[str | None, Field(
        title="geography.postal_places", description="a file of postal codes with latitude and longitude in GeoNames' form, "
        "beside rightful.toml or by its whole path; with it `nearest` finds places by postal code in every country of the "
        "file, where the item brings no latitude and longitude")] = None
    rollback_under: Annotated[float, Field(
        ge=-100, le=-0.01, title="holdback.rollback_under", description="points of success per item: when the lower bound of the "
        "model's difference to what is held back lies under it, `rightful report benefit --enforce` takes the model's place from "
        "it")] = -1.0
    tracking_uri: Annotated[str | None, Field(
        title="mlflow.tracking_uri", description="another MLflow than the workspace's mlflow.db; used by training alone")] = None
    import_cut: Annotated[datetime | None, Field(
        title="import.cut", description="people, teams and tables made from a log (profile servicenow) come only from what "
        "was closed before this moment; empty: from all of it")] = None
    import_until: Annotated[datetime | None, Field(
        title="import.until", description="keep such a log as it stood at this moment: what became known later is left out; "
        "empty: all of it")] = None

    @property
    def objectives(self) -> Mapping[str, Objective]:
        """What is learnt, by kind of item."""
        return {objective.kind: objective for objective in self.policy.objectives}


def duration(given: Any) -> timedelta:
    """`30m`, `36h` or `60d` as a timedelta."""
    found = re.fullmatch(r"(\d{1,6})([mhd])", given) if isinstance(given, str) else None
    if not found or int(found[1]) == 0:
        raise ValueError("not a duration")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _names(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or "" in given:
        raise ValueError("not a list of names")
    return tuple(given)


#: Types that the file spells in its own way: how such a text is read, and what it should have been.
_SPELT: dict[Any, tuple[Callable[[Any], Any], str]] = {
    str: (lambda given: given, "text"),
    bool: (lambda given: given, "`true` or `false`"),
    str | None: (lambda given: None if given == "" else given, "text"),
    tuple[str, ...]: (_names, 'a list of names such as `["seniority"]`'),
    timedelta: (duration, "a duration above zero such as `30m`, `36h` or `60d`"),
    timedelta | None: (lambda given: None if given == "closed" else duration(given), "a duration such as `60d`, or `closed`"),
    datetime | None: (lambda given: None if given == "" else parse_instant(given), f"{TIME_EXPECTED}, or nothing"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One key of the file as its field declares it; `attribute` is the field's name in `of`."""

    name: str                                             # `section.key`, the spelling of messages and of `rightful settings`
    of: type
    attribute: str
    kind: Any                                             # the type with its bounds
    default: str                                          # as it would be written in the file
    meaning: str

    @property
    def changes_a_decision(self) -> bool:
        """Whether it is kept with every decision, so that a replay follows what it said then."""
        return self.of is not Settings

    @property
    def expected(self) -> str:
        """What the file may say, in words."""
        plain, declared = get_args(self.kind)[:2]
        if get_origin(plain) is Literal:
            return " or ".join(f"`{word}`" for word in get_args(plain))
        if plain in _SPELT:
            return _SPELT[plain][1]
        least, most = declared.metadata
        return f"a {'whole number' if plain is int else 'number'} from {least.ge} to {most.le}"

    def read(self, given: object) -> Any:
        """The value that the file means; ValueError where it does not fit."""
        spelt, _ = _SPELT.get(get_args(self.kind)[0], (lambda given: given, ""))
        return TypeAdapter(self.kind).validate_python(spelt(given), strict=True)


def _spelling(value: object) -> str:
    if isinstance(value, timedelta):
        return json.dumps(f"{value.days}d")
    return json.dumps("" if value is None else value)


def _declared(shape: type) -> tuple[Setting, ...]:
    kinds = get_type_hints(shape, include_extras=True)
    return tuple(Setting(name=told.title, of=shape, attribute=own.name, kind=kinds[own.name], default=_spelling(own.default),
                         meaning=told.description)
                 for own in fields(shape) for told in getattr(kinds[own.name], "__metadata__", ()))


SETTINGS = tuple(setting for shape in (Objective, Policy, Settings) for setting in _declared(shape))
_SECTIONS = tuple(dict.fromkeys(setting.name.partition(".")[0] for setting in SETTINGS))


def table() -> list[dict[str, str]]:
    """The settings as rows for people: name, default as the file would spell it, meaning."""
    return [{"name": setting.name, "default": setting.default, "meaning": setting.meaning} for setting in SETTINGS]


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
        if section not in _SECTIONS:
            reader.blame(f"unknown section `{section}`", section, nearest=nearest_name(section, _SECTIONS))
    objectives = tuple(Objective(kind=kind, **reader.section(_KIND, body, f"objectives.{kind}")) for kind, body in kinds.items())
    told: dict[str, Any] = {"objectives": objectives}
    for section in _SECTIONS:
        if section != "objectives":
            told |= reader.section(section, tree.get(section, {}), section)
    if reader.problems:
        raise SettingsError(reader.problems)
    policy = Policy(**{own.name: told.pop(own.name) for own in fields(Policy) if own.name in told})
    return Settings(policy=policy, **told)


class _Reader:
    """Reads sections by the declarations and gathers every problem with its line."""

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
        """What a section says, by the names of fields."""
        known = {setting.name.rpartition(".")[2]: setting for setting in SETTINGS if setting.name.rpartition(".")[0] == name}
        values: dict[str, Any] = {}
        if not isinstance(body, dict):
            self.blame(f"`{written}` is not a section", written, given=body, expected=f"`[{written}]` with its keys")
            return values
        for key, given in body.items():
            if key not in known:
                self.blame(f"unknown setting `{written}.{key}`", key, nearest=nearest_name(key, known))
                continue
            try:
                values[known[key].attribute] = known[key].read(given)
            except (TypeError, ValueError):
                self.blame(f"`{written}.{key}` does not fit", key, given=given, expected=known[key].expected)
        return values
