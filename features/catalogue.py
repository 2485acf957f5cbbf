"""Every feature a ranker may see and which owner columns may be features: name, label, unit, sign, family, sensitivity."""
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache

from features.plan import FeaturePlan
from features.roster import has_numbers
from rules.digests import digest_of
from rules.errors import Refused
from rules.model import Directory


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Words that no feature's name may hold, be it of owners or of items: characteristics that law protects.
PROTECTED_WORDS = _words("""
    age ages birth birthday birthdate birthplace dob born gender genders sex sexual sexuality orientation pronoun pronouns
    race racial ethnic ethnicity skin caste religion religious faith belief creed church nationality citizenship citizen
    ancestry immigration disability disabilities disabled handicap impairment medical genetic pregnancy pregnant maternity
    paternity parental marital married marriage spouse political politics veteran conviction
""")
#: Words that no owner column may hold besides: a person's identity and private circumstances.
PRIVATE_WORDS = _words("""
    name firstname lastname surname nickname email mail phone address ssn passport photo picture portrait origin national
    color colour health illness sick sickness leave absence part parttime family child children union party military
    criminal visa
""")
#: Under such a strength what a team had says nothing, and effects are learnt as counts of items owned, not of what came of them.
COUNTING = 1e9
#: The unit of effects that count what was owned instead of telling what came of it.
OWNED, LATELY = "items, older ones for less", "lately"
#: Features that speak of an item attribute begin so.
EFFECT_PREFIXES = ("effect_owner_x_", "effect_team_x_")


@dataclass(frozen=True, kw_only=True, slots=True)
class Feature:
    """One column of the pair matrix.

    `sign`: 1 = more never lowers a score, -1 = more never raises it, 0 = free. `sensitivity`: `behaviour` (drawn from
    what the owner did), `presence` (load and working time now), `profile` (stated in the directory).
    """

    name: str
    label: str
    unit: str
    sign: int
    family: str
    sensitivity: str


def _family(family: str, sensitivity: str, *rows: tuple[str, str, str, int]) -> tuple[Feature, ...]:
    return tuple(Feature(name=name, label=label, unit=unit, sign=sign, family=family, sensitivity=sensitivity)
                 for name, label, unit, sign in rows)


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def is_protected(name: str, protected: Collection[str] = (), *, of_item: bool = False) -> bool:
    """Whether a column may never become a feature: by its words (`birth_date`, `isPartTime`) or because settings say so.

    An item attribute (`of_item`, or inside `effect_..._x_NAME`) may say `product_name` or `account_health`; a column
    about owners may not.
    """
    folded = name.strip().casefold()
    if folded in {word.strip().casefold() for word in protected}:
        return True
    found = {part.casefold() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)} | {folded}
    of_item = of_item or folded.startswith(EFFECT_PREFIXES)
    return not found.isdisjoint(PROTECTED_WORDS if of_item else PROTECTED_WORDS | PRIVATE_WORDS)


def numeric_owner_columns(directory: Directory, protected: Collection[str] = ()) -> tuple[str, ...]:
    """The further columns of owners.csv that can become features: numeric and not protected, in file order."""
    return tuple(column for column in directory.owner_columns
                 if has_numbers(directory, column) and not is_protected(column, protected))


@lru_cache(maxsize=64)
def catalogue(plan: FeaturePlan) -> tuple[Feature, ...]:
    """The features of a plan in the matrix's order; Refused where a name is protected or stands twice."""
    prior = plan.effects.prior
    conversion = (_owned(plan.dimensions) if counts_items(plan) else
                  _conversion(plan.dimensions, borrows=prior is not None and prior.borrows))
    features = (*conversion, *_RESPONSIVENESS, *_CAPACITY, *_FIT,
                *_STANDING,
                *_family("standing", "profile", *((name, _spoken(name), "as in owners.csv", 0) for name in plan.owner_columns)))
    refused = [name for name in plan.dimensions if is_protected(name, of_item=True)]
    refused += [name for name in plan.owner_columns if is_protected(name)]
    if refused:
        raise Refused(f"given the features {_list(refused)}, expected none that is protected; leave them out of the plan")
    names = [feature.name for feature in features]
    if twice := {name for name in names if names.count(name) > 1}:
        raise Refused(f"given {_list(sorted(twice))} more than once among the features, expected different names; "
                      "rename the owner column or leave it out")
    return features


def counts_items(plan: FeaturePlan) -> bool:
    """Whether a plan's effects count the items that owners had: what `learn = "agreement"` goes by."""
    return plan.effects.k_team >= COUNTING


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def catalogue_digest(features: Iterable[Feature]) -> str:
    """What identifies a catalogue: a hash over every field of every feature in order."""
    text = json.dumps([asdict(feature) for feature in features], sort_keys=True, separators=(",", ":"))
    return digest_of(text)


def _conversion(dimensions: tuple[str, ...], *, borrows: bool) -> tuple[Feature, ...]:
    like = "the same or similar" if borrows else "the same"
    by_owner = [(f"effect_owner_x_{name}", f"past results with {like} {_spoken(name)}, beyond the general", "log-odds", 1)
                for name in dimensions]
    by_team = [(f"effect_team_x_{name}", f"the team's past results with the same {_spoken(name)}", "log-odds", 1)
               for name in dimensions]
    return _family(
        "historical conversion", "behaviour",
        ("effect_owner", "past results", "log-odds", 1), *by_owner, *by_team,
        ("effect_hier", "past results, general and with like items", "log-odds", 1),
        ("n_matured", "items whose result is known", "items", 0))


def _owned(dimensions: tuple[str, ...]) -> tuple[Feature, ...]:
    """The same features where every item owned is a success: counts of them."""
    return _family(
        "items owned", "behaviour", ("effect_owner", f"items owned {LATELY}", OWNED, 1),
        *((f"effect_owner_x_{name}", f"items owned {LATELY} with the same {_spoken(name)}", OWNED, 1) for name in dimensions),
        *((f"effect_team_x_{name}", f"the team's items {LATELY} with the same {_spoken(name)}", OWNED, 1) for name in dimensions),
        ("effect_hier", f"items owned {LATELY}, general and like this one", OWNED, 1),
        ("n_matured", "items owned", "items", 0))


_RESPONSIVENESS = _family(
    "responsiveness", "behaviour",
    ("reply_log_hours", "time to first reply", "log(1 + hours)", -1),
    ("accept_rate", "share of offers accepted", "share", 1),
    ("sla_kept_rate", "share of replies in time", "share", 1))
_CAPACITY = _family(
    "capacity", "presence",
    ("load_ratio", "open items against the limit", "share", -1),
    ("today_ratio", "items received today against the limit", "share", -1),
    ("minutes_until_working", "time until working hours", "minutes", -1))
_FIT = (
    *_family("fit", "profile",
             ("native_language", "native speaker of the customer's language", "yes or no", 1),
             ("skill_match", "skills that the item asks for", "share", 1)),
    *_family("fit", "behaviour", ("prior_relationship", "has worked with the account before", "yes or no", 1)),
    *_family("fit", "profile", ("distance_km", "distance to the customer", "km", -1)),
    *_family("fit", "behaviour", ("familiarity", "like items handled lately", "items", 1)))
_STANDING = (
    *_family("standing", "profile", ("tenure_days", "time in the job", "days", 0)),
    *_family("standing", "profile", ("ramp", "still new in the job", "share", 0)),
    *_family("standing", "behaviour",
             ("days_since_last_assignment", "time since the last item received", "days", 0)))
