"""One self-contained page of a training's figures, kept in the store beside the bundle that it speaks of."""
import json

from rules.errors import Refused, StoreError
from serving.console.web.pages import render_alone
from serving.runtime.workspace import Workspace
from training.report.figures import LAYERS, Figures
from training.report.groups import worse_slices
from training.report.pictures import draw

#: What keeps the reports of a kind of item, each under the hash of its bundle, and the files of one.
KEPT, PAGE, DATA = "training_report:", "report.html", "report.json"


def page_of(figures: Figures) -> str:
    """The page as text."""
    judged = figures.judged
    return render_alone("training_alone.html", f=figures, j=judged, drawn=draw(figures), layers=LAYERS,
                        worse=worse_slices(judged.groups) if judged else ())


def files_of(figures: Figures) -> dict[str, str]:
    """The page and its figures, by file name."""
    return {PAGE: page_of(figures), DATA: json.dumps(figures.as_json(), indent=2, sort_keys=True)}


def keep(workspace: Workspace, bundle_hash: str, figures: Figures) -> None:
    """Keep the report in the store under the hash of the bundle, as the newest of its kind of item."""
    workspace.store.activate(KEPT + figures.objective, bundle_hash, files_of(figures), actor="train")


def kept(workspace: Workspace, kind: str, bundle_hash: str | None = None) -> dict[str, str]:
    """The page and the figures of a bundle, or of the one trained last; Refused where the store has none."""
    wanted = bundle_hash or workspace.store.active(KEPT + kind)
    if wanted is None:
        raise Refused(f"the store keeps no report of a training of `{kind}`; make one with `rightful train --objective {kind}`")
    try:
        return workspace.store.snapshot(KEPT + kind, wanted)
    except StoreError:
        raise Refused(f"the store keeps no report of bundle `{wanted}`: it was trained before reports were kept, or elsewhere; "
                      f"train again with `rightful train --objective {kind}`") from None
