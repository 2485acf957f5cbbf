"""GET /console/models: which bundle ranks each kind of item, since when and by whom, and what it is made of.

Everything is read from the store's changes and the bundles folder; training's registry is never opened.
"""
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from features.catalogue import catalogue
from features.plan import Objective
from rules.digests import PREFIX
from rules.errors import BundleError
from serving.console.web.pages import page
from serving.console.web.problem_pages import ConsoleRoute
from serving.ranking.bundle import Bundle, bundle_path, load_bundle
from serving.ranking.layers import INDICATOR
from serving.runtime.live import Live
from serving.store.snapshots import Change

_MOST_CHANGES = 20

router = APIRouter(route_class=ConsoleRoute, include_in_schema=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Coefficient:
    """One column of the linear part; `reach` is what it moves log-odds by across the range that training saw."""

    label: str
    coef: float
    reach: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectiveShown:
    """One kind of item that is ranked: its champion, its past champions, and why one cannot be shown.

    `coefficients`: the columns that count, by how far they reach; `unused`: the labels of those that do not.
    """

    learnt: Objective
    horizon: str
    held: tuple[Change, ...]
    bundle: Bundle | None
    problem: str | None
    coefficients: tuple[Coefficient, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelsShown:
    """Who ranks now, and with what."""

    ranking: str
    switched: tuple[Change, ...]
    settings_ranking: str
    objectives: tuple[ObjectiveShown, ...]
    idle: tuple[str, ...]
    problems: tuple[str, ...]


@router.get("/console/models")
def models_page(request: Request) -> HTMLResponse:
    """The champions, what each is made of, and the mode switch."""
    return page(request, "models.html", shown=models(request.app.state.live))


def models(live: Live) -> ModelsShown:
    """The models page's content as of now."""
    settings = live.in_force.settings
    objectives = tuple(_objective(live, kind) for kind in settings.objectives)
    ranked = {change.value for each in objectives for change in each.held}
    folder = live.workspace.bundles
    lying = sorted(PREFIX + path.name for path in folder.iterdir() if len(path.name) == 64) if folder.is_dir() else []
    return ModelsShown(ranking=live.store.head().ranking or settings.policy.ranking,
                       switched=live.store.changes("mode")[:_MOST_CHANGES], settings_ranking=settings.policy.ranking,
                       objectives=objectives,
                       idle=tuple(name for name in lying if name not in ranked),
                       problems=tuple(f"{what}: {why}" for what, why in sorted(live.problems.items())))


def _objective(live: Live, kind: str) -> ObjectiveShown:
    learnt = live.in_force.settings.objectives[kind]
    held = live.store.changes(f"champion:{kind}")
    bundle, problem = _champion(live, kind, held[0].value) if held and held[0].value else (None, None)
    hours = None if learnt.horizon is None else learnt.horizon.total_seconds() / 3600
    horizon = ("when the item is closed" if hours is None else
               f"{hours:g} hours after it was assigned" if hours < 48 else f"{hours / 24:g} days after it was assigned")
    columns = [] if bundle is None else _columns(bundle)
    return ObjectiveShown(
        learnt=learnt, horizon=horizon, held=held[:_MOST_CHANGES], bundle=bundle, problem=problem,
        coefficients=tuple(sorted((each for each in columns if each.coef != 0.0), key=lambda each: -abs(each.reach))),
        unused=tuple(each.label for each in columns if each.coef == 0.0))


def _champion(live: Live, kind: str, wanted: str) -> tuple[Bundle | None, str | None]:
    """The bundle named champion, from memory where it is in use."""
    present = live.in_force.bundles.get(kind)
    if present is not None and present.hash == wanted:
        return present, None
    try:
        return load_bundle(bundle_path(live.workspace.bundles, wanted)), None
    except BundleError as error:
        return None, str(error)


def _columns(bundle: Bundle) -> list[Coefficient]:
    """The columns of the linear part, in their order."""
    labels = {feature.name: feature.label for feature in catalogue(bundle.plan)}
    least, most = bundle.linear.shape(np.stack((bundle.range_low, bundle.range_high)))
    width = np.nan_to_num(most - least)
    widths = dict(zip(bundle.features, width.tolist(), strict=True))
    return [Coefficient(label=_label(name, labels), coef=coef, reach=coef * widths.get(name, 1.0))
            for name, coef in zip(bundle.linear.names, bundle.linear.coef.tolist(), strict=True)]


def _label(column: str, labels: Mapping[str, str]) -> str:
    """A feature's label; for the column that marks its gaps, that it is unknown."""
    feature = column.removeprefix(INDICATOR)
    told = labels.get(feature, feature)
    return told if feature == column else f"{told}: unknown"
