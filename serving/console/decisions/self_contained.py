"""One decision as one page: the style inlined, nothing to fetch, no script; made by `rightful decisions show --html`.

What the console answers when asked is written out here: a replay, and a contrast with every other candidate and with
the first owners of each rule.
"""
from rules.errors import BundleError
from serving.console.decisions.compared import ContrastView, compared
from serving.console.decisions.decision_view import Asking, DecisionShown, show
from serving.console.web import pages
from serving.runtime.replay import Replayer
from serving.runtime.workspace import Workspace

#: At most so many owners are compared with beyond the one that the decision itself names.
MOST_CONTRASTS = 40


def decision_page(workspace: Workspace, decision_id: str) -> str:
    """The page as text. NoSuchDecision when there is no such decision."""
    replayer = Replayer(workspace)
    shown = show(decision_id, store=workspace.store, replayer=replayer)
    [replayed] = replayer.from_log([decision_id])
    asking = Asking(replayed=replayed, contrasts=_contrasts(shown, replayer))
    return pages.render_alone("self_contained.html", shown=shown, asking=asking)


def _contrasts(shown: DecisionShown, replayer: Replayer) -> tuple[ContrastView, ...]:
    """The chosen against everyone offered, as far as there is room; a contrast whose bundle is gone is left out."""
    if shown.owner is None:
        return ()
    told = None if shown.contrast is None else shown.contrast.versus.owner_id
    directory = replayer.directory(shown.document.versions.directory)
    found = []
    for each in (*shown.offered.eligible, *shown.offered.excluded)[:MOST_CONTRASTS]:
        if each.owner_id != told:
            try:
                answer = replayer.versus(shown.document, each.owner_id)
            except BundleError:
                continue
            found.append(compared(answer, shown.document, directory))
    return tuple(filter(None, found))
