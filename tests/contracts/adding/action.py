"""An action on a decision, by its owner alone: a route, a form on the page, an event, a line in the log and in the reference."""
from pathlib import Path

from rightful.cli.reference_pages import routes_page
from tests.serving import small_company
from tests.serving.console.conftest import Console

CHANGES = {
    "serving/actions/kinds/release.py": '''\
"""Release: the owner gives an item back; its place is free."""
from rules.errors import Refused
from serving.actions.commands import ActionCommand
from serving.actions.handlers import ActionKind, ActionResult, action_of, event_of, over
from serving.runtime.live import Live
from serving.store import decision_log, event_log
from serving.store.decision_status import DecisionStatus
from serving.store.writer import Writing


def carry_out(writing: Writing, _live: Live, wish: ActionCommand, standing: DecisionStatus) -> ActionResult:
    """The end of the assignment."""
    if not standing.holds or standing.owner_id is None:
        raise over(standing)
    if wish.actor != standing.owner_id:
        raise Refused(f"`{wish.actor}` cannot give back what `{standing.owner_id}` has")
    action = action_of(KIND, writing, wish, standing.owner_id)
    document = decision_log.find(writing.connection, wish.decision_id).document
    ended = event_of("rejected", document, standing.owner_id, action)
    return ActionResult(action=action, events=event_log.append(writing, [ended]))


KIND = ActionKind(
    name="release", done="released", told="given back by", carry_out=carry_out, summary="The owner gives the item back",
    explained="Only the owner may.", body="Why.", fields=("reason", "note"), codes={"reason": {"ill": "they are ill"}},
    notice="It is given back.")
''',
    "serving/console/templates/review.html": [("{% else %}<p class=\"quiet\">{{ now.why_nobody }}</p>{% endif %}\n", '''\
  <form method="post" action="/console/decisions/{{ doc.decision_id|urlencode }}/release">
    <input type="hidden" name="form_token" value="{{ form_token }}"><input type="hidden" name="reason" value="ill">
    <label>Your name <input name="actor"></label><button>Give back</button>
  </form>
''')],
    "rightful/cli/reference.toml": [('''\
[http."POST /v1/decisions/{decision_id}/accept"]
''', '''\
headers = {Idempotency-Key = "accept-1", X-Actor = "ann"}
body = '{}'

[http."POST /v1/decisions/{decision_id}/release"]
''')]}


def check(folder: Path) -> None:
    """Eve gives back what she has, through each door; nobody else may, and no reason but one is known."""
    console = Console(small_company.build(folder))
    first, second = (console.decide(name, mode="assign", country="FR") for name in ("L-1", "L-2"))
    assert "cannot give back" in console.act(first, "release", {"reason": "ill"}, X_Actor="bob").text
    assert console.act(first, "release", {"reason": "bored"}, X_Actor="eve").status_code == 422
    answer = console.act(first, "release", {"reason": "ill"}, X_Actor="eve").json()
    assert (answer["action"], answer["owner_id"], answer["reason"]) == ("released", "eve", "ill")
    assert console.live.store.standing(first).state == "rejected" != console.live.store.standing(second).state
    third = console.decide("L-3", mode="assign", country="FR")
    assert console.fill(third, "release", actor="eve").headers["location"].endswith(f"{third}?done=release#since")
    text = console.see(f"/console/decisions/{third}", done="release").text
    assert "It is given back." in text and "given back by Eve" in text and "they are ill" in text
    assert "## POST /v1/decisions/{decision_id}/release\n\nThe owner gives the item back. Only the owner may." in routes_page()
    assert "/v1/decisions/{decision_id}/release" in console.app.openapi()["paths"]
