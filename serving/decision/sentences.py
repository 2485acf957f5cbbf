"""The governed dictionary of reasons: (feature, sign) -> a plain sentence with its numbers. Nothing else is ever said.

A comparison ("replies sooner") is only made when the two values bear it out; where the model counts a feature another
way, the sentence says that it counts and shows the values, no more.
"""
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from features.catalogue import OWNED, Feature
from rules.model import WorkItem
from serving.decision.parts import Term
from serving.ranking.contrast import ContrastTerm, OwnerContrast, ScoredOwner
from serving.ranking.reasons import Reason

MOST_SENTENCES = 4
MENTIONED = 0.05                # a term under this share of all terms is not worth a sentence


def _odds(effect: float) -> str:
    return f"{math.expm1(effect) * 100:+.0f} % odds"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _hours(log_hours: float) -> str:
    hours = math.expm1(log_hours)
    return f"{hours * 60:.0f} min" if hours < 1.0 else f"{hours:.1f} h"


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 120.0 else f"{minutes / 60.0:.1f} h"


def _yes(flag: float) -> str:
    return "yes" if flag >= 0.5 else "no"


def _plain(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100.0 or number == int(number) else f"{number:.2f}"


def _with(unit: str) -> Callable[[float], str]:
    return lambda number: f"{_plain(number)} {unit}"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureWords:
    """How one feature is told: which way is better (1 more, -1 less), `better` with {x} ahead of {y}, how to write it."""

    direction: int
    better: str
    show: Callable[[float], str]


#: By feature name; a name ending in `_` stands for every feature that begins so, {of} being the item's value there.
DICTIONARY: Mapping[str, FeatureWords] = {
    "effect_owner": FeatureWords(direction=1, show=_odds, better=(
        "{x} has the better past results, measured against what the items promised: {vx} against {vy} for {y}")),
    "effect_owner_x_": FeatureWords(direction=1, show=_odds, better=(
        "{of} suits {x} better: {vx} on top of the general results, against {vy} for {y}")),
    "effect_team_x_": FeatureWords(direction=1, show=_odds, better=(
        "{x}'s team has the better past results with {of}: {vx} against {vy} for {y}'s")),
    "effect_hier": FeatureWords(direction=1, show=_odds, better=(
        "{x} has the better past results with items like this one: {vx} against {vy} for {y}")),
    "n_matured": FeatureWords(direction=1, show=_with("settled items"), better="{x} has the longer record: {vx} against {vy}"),
    "reply_log_hours": FeatureWords(direction=-1, show=_hours, better="{x} replies sooner: {vx} against {vy} for {y}"),
    "accept_rate": FeatureWords(direction=1, show=_percent, better="{x} accepts more of what is offered: {vx} against {vy}"),
    "sla_kept_rate": FeatureWords(direction=1, show=_percent, better="{x} keeps promised times more often: {vx} against {vy}"),
    "load_ratio": FeatureWords(direction=-1, show=_percent, better=(
        "{x} has more room: {vx} of capacity is taken, against {vy} for {y}")),
    "today_ratio": FeatureWords(direction=-1, show=_percent, better=(
        "{x} was given less today: {vx} of the daily limit, against {vy} for {y}")),
    "minutes_until_working": FeatureWords(direction=-1, show=_minutes, better=(
        "{x} can start sooner: in {vx}, against {vy} for {y}")),
    "native_language": FeatureWords(direction=1, show=_yes, better="{x} speaks the customer's language natively, {y} does not"),
    "skill_match": FeatureWords(direction=1, show=_percent, better="{x} has more of the skills asked for: {vx} against {vy}"),
    "prior_relationship": FeatureWords(direction=1, show=_yes, better="{x} has worked with the account before, {y} has not"),
    "distance_km": FeatureWords(direction=-1, show=_with("km"), better="{x} is nearer: {vx} against {vy} for {y}"),
    "familiarity": FeatureWords(direction=1, show=_with("items"), better=(
        "{x} has handled more items like this one lately: {vx} against {vy} for {y}")),
    "tenure_days": FeatureWords(direction=1, show=_with("days"), better="{x} has been here longer: {vx} against {vy} for {y}"),
    "ramp": FeatureWords(direction=-1, show=_percent, better=(
        "{x} is further past the learning months: {vx} of the start-up effect is left, against {vy} for {y}")),
    "days_since_last_assignment": FeatureWords(direction=1, show=_with("days"), better=(
        "{x} has waited longer for an item: {vx} against {vy} for {y}")),
}
#: The same where effects count what was owned.
COUNTED: Mapping[str, FeatureWords] = {
    "effect_owner": FeatureWords(direction=1, show=_plain, better="{x} has owned more items lately: {vx} against {vy} for {y}"),
    "effect_owner_x_": FeatureWords(direction=1, show=_plain, better=(
        "{x} has owned more items with {of} lately: {vx} against {vy} for {y}")),
    "effect_team_x_": FeatureWords(direction=1, show=_plain, better=(
        "{x}'s team has owned more items with {of} lately: {vx} against {vy} for {y}'s")),
    "effect_hier": FeatureWords(direction=1, show=_plain, better=(
        "{x} has owned more items like this one lately: {vx} against {vy} for {y}")),
}
PREFIXES = tuple(name for name in DICTIONARY if name.endswith("_"))
COUNTS = "{label} counts for {x} in this model: {vx}, against {vy} for {y}"
AGAINST = "Against this choice: "

# Why an eligible owner needs no ranking: named in the account's row, kept by the book, nearest of a pool, alone.
NAMED = "{owner} is named for this account ({rule})"
HELD = "{owner} has the item already, by `{assignment}`"
KEPT = "The item stays with {owner}: {reason}"
NEAREST = "{owner} is the nearest of {team} that may take it"
ONLY_ONE = "{owner} is the only one of {considered} considered in {team} who may and can take it now"
# What another owner was to a decision that did not score them.
ALSO_ELIGIBLE = "{owner} was eligible too; a person chose {chosen}"
HELD_BY_ANOTHER = "{owner} was eligible too; {chosen} has the item already"
NOBODY_GOT_IT = "{owner} was eligible, and nobody got the item: {why}"
LATER_IN_TURN = "{owner} was eligible too and number {rank} in turn; {chosen} was next"
EXCLUDED = "{owner} was left out by {rule}: {reason}"
OUTSIDE = "{owner} is not in {team}, where the item goes"
NOT_NAMED = "{owner} is not {named}, whom {rule} names"

_WHY_NO_MODEL: Mapping[Reason, str] = {
    Reason.SWITCHED_OFF: "ranking by model is switched off",
    Reason.NO_BUNDLE: "no model is in use for this kind of item",
    Reason.NO_OWNER_SIGNAL: "past outcomes do not tell these owners apart",
    Reason.TINY_SLATE: "too few owners are eligible for ranking",
    Reason.STALE_STATE: "what is known of the owners is out of date",
    Reason.COLD_START: "none of the eligible owners has a settled outcome yet",
    Reason.OUT_OF_RANGE: "most of the owners are unlike anyone the model was trained on",
    Reason.MODEL_FAILED: "the model gave no usable score",
    Reason.FAIRNESS_HOLD: "a fairness check held the model's ranking back",
    Reason.OVERRIDE: "a person chose",
    Reason.HOLDBACK: "the item is held back from the model, to measure what the model is worth",
    Reason.TURNS: "the rule book has them take turns",
}


@lru_cache(maxsize=4096)
def entry_of(feature: str, unit: str = "") -> tuple[FeatureWords | None, str]:
    """A feature's entry in the dictionary and the item attribute that its name ends with, if it does."""
    words = DICTIONARY if unit != OWNED else {**DICTIONARY, **COUNTED}
    for prefix in PREFIXES:
        if feature.startswith(prefix):
            return words[prefix], feature.removeprefix(prefix)
    return words.get(feature), ""


def label_of(feature: Feature, item: WorkItem) -> str:
    """A feature's plain label, for effects by attribute with the item's own value: `past results with ENT items`."""
    _, attribute = entry_of(feature.name)
    return f"{feature.label} ({_of(attribute, item)})" if attribute else feature.label


def shown(term: ContrastTerm | Term, unit: str = "") -> tuple[str, str]:
    """Both values as people read them; `unit`: the feature's."""
    entry, _ = entry_of(term.feature, unit)
    show = entry.show if entry else _plain
    chosen, versus = ("unknown" if value is None else show(value) for value in (term.chosen_value, term.versus_value))
    return chosen, versus


def term_sentence(term: ContrastTerm, contrast: OwnerContrast, feature: Feature, item: WorkItem) -> str:
    """The dictionary's sentence for one term, ahead being whoever the term speaks for."""
    entry, attribute = entry_of(term.feature, feature.unit)
    owners, values, said = (contrast.chosen, contrast.versus), (term.chosen_value, term.versus_value), shown(term, feature.unit)
    if term.effect < 0:
        owners, values, said = owners[::-1], values[::-1], said[::-1]
    words = {"x": owners[0], "y": owners[1], "vx": said[0], "vy": said[1], "of": _of(attribute, item),
             "label": label_of(feature, item)}
    compared = (entry is not None and values[0] is not None and values[1] is not None and said[0] != said[1]
                and (values[0] - values[1]) * entry.direction > 0)
    sentence = (entry.better if entry is not None and compared else COUNTS).format(**words)
    if term.effect < 0:
        return f"{AGAINST}{sentence}"
    return sentence if compared else sentence[0].upper() + sentence[1:]


def contrast_sentences(opening: Sequence[str], contrast: OwnerContrast, features: Mapping[str, Feature],
                       item: WorkItem) -> tuple[str, ...]:
    """The opening, then the largest terms whose values a reader can tell apart, at most four sentences in all."""
    least = MENTIONED * sum(abs(term.effect) for term in contrast.terms)
    told = list(opening)
    for term in contrast.terms:
        if len(told) == MOST_SENTENCES or abs(term.effect) < least:
            break
        said = shown(term, features[term.feature].unit)
        if said[0] != said[1]:
            told.append(term_sentence(term, contrast, features[term.feature], item))
    return tuple(told)


def drawn_opening(chosen: ScoredOwner, versus: ScoredOwner, *, drawn: int, tied: Sequence[int], slate: int, share: float,
                  measure: str) -> str:
    """How the model's distribution came to this owner; says first when a lottery or exploration drew."""
    if drawn not in tied:
        return (f"Drawn by exploration, which gives {_percent(share)} of items to others than the first: "
                f"{chosen.owner_id} is rank {drawn + 1} of {slate}, {versus.owner_id} is rank 1")
    if len(tied) > 1:
        return f"Drawn by lottery among {len(tied)} of {slate} that are nearly equal: {chosen.owner_id}, rank {drawn + 1}"
    rank = "ranks first" if drawn == 0 else f"is rank {drawn + 1}"
    return f"{chosen.owner_id} {rank} of {slate}: {_amount(chosen)} {measure}, against {_amount(versus)} for {versus.owner_id}"


def _amount(owner: ScoredOwner) -> str:
    """What the model expects of an owner: a chance, or a time."""
    return f"{owner.p * 100:.1f} %" if owner.hours is None else _hours(math.log1p(owner.hours))


def passed_over(first: str, chosen: str, rank: int, why: str) -> str:
    """Why the first in rank does not have the item, and that the chosen is the first who may."""
    return f"{first} ranks first and may not have it now: {why}; {chosen}, rank {rank}, is the first who may"


def largest_share(owner: str, had: int, could_have: int, most: float, per: str) -> str:
    """Whose largest share is reached."""
    return (f"{owner} had {had} of the {could_have} items of this {per} that they could have had, "
            f"and with one more would be over {_percent(most)}")


def least_share(owner: str, had: int, could_have: int, least: float, per: str) -> str:
    """Whose least share makes them come first."""
    return (f"{owner} had {had} of the {could_have} items of this {per} that they could have had, "
            f"and is due to have at least {_percent(least)}")


def turn_opening(chosen: str, level: int, slate: int) -> str:
    """Where turns left the model a choice."""
    return f"{chosen} ranks first of the {level} of {slate} whose turn is equally near"


def rotation_sentence(owner_id: str | None, team: str | None, slate: int, reason: Reason) -> str:
    """Why rotation decided and whose turn it is."""
    return f"{owner_id} is next in turn of {slate} eligible in {team}: {_WHY_NO_MODEL[reason]}"


def person_opening(owner_id: str, instead_of: str | None, why: str) -> str:
    """A person's choice, and the words of the reason code given for it."""
    return f"{owner_id} was chosen by a person{f' instead of {instead_of}' if instead_of else ''}: {why}"


def ranks_sentence(chosen: ScoredOwner, versus: ScoredOwner, *, drawn: int, slate: int, measure: str) -> str:
    """Where the model ranks a person's choice, and whom it ranks first (or next)."""
    return (f"The model ranks {chosen.owner_id} {drawn + 1} of {slate}: {_amount(chosen)} {measure}, "
            f"against {_amount(versus)} for {versus.owner_id}")


def unranked_sentence(slate: int, team: str | None, reason: Reason) -> str:
    """That nothing ranked the owners a person chose among, and why."""
    return f"{slate} were eligible in {team} and not ranked: {_WHY_NO_MODEL[reason]}"


def nobody_free_sentence(team: str | None, taken_out: Mapping[str, int]) -> str:
    """Why nobody is proposed, by how many each rule took out."""
    counts = ", ".join(f"{count} by {rule}" for rule, count in taken_out.items())
    return f"Nobody in {team} may and can take it now: {counts}" if counts else f"Nobody is in {team}"


def compared_opening(chosen: ScoredOwner, versus: ScoredOwner, measure: str) -> str:
    """The two chances, or times, beside each other."""
    return f"{chosen.owner_id} has {_amount(chosen)} {measure} with this item, {versus.owner_id} {_amount(versus)}"


def _of(attribute: str, item: WorkItem) -> str:
    value = item.value(attribute) if attribute else None
    return f"{attribute} {value}" if value is not None else f"unknown {attribute}"

