"""Next steps: the promise and what to do, in words, on the page and on the terminal."""
import pytest

from rightful.cli.show_decisions import show_decision
from serving.decision.next_steps import next_steps
from serving.decision.parts import DecisionDocument
from tests.serving import small_company
from tests.serving.console.conftest import Console

NOTHING = {"playbook": None, "channel": None, "automation": None, "wait_until": None}


@pytest.mark.parametrize(("sla", "then", "said"), [
    (None, {}, ()),
    ({"policy": "hot", "respond_by": "2026-11-23T08:15:00Z", "clock": "business"}, {"playbook": "demo", "channel": "call"},
     ("reply by 2026-11-23T08:15:00Z (hot, in working time)", "contact by call", "playbook demo")),
    ({"policy": "quote", "respond_by": "2026-11-23T08:15:00Z", "clock": "elapsed"}, {"wait_until": "2026-11-23T08:00:00Z"},
     ("reply by 2026-11-23T08:15:00Z (quote, day and night)", "look again at 2026-11-23T08:00:00Z")),
    ({"policy": "never", "respond_by": None, "clock": "business"}, {"automation": "track"},
     ("no reply time: never is not reached in ten years of working time", "automation track")),
])
def test_what_comes_next_is_said_in_words(sla, then, said):
    assert next_steps(DecisionDocument.from_json({"sla": sla, "next": NOTHING | then})) == said


def test_the_page_and_the_terminal_say_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(small_company, "RULEBOOK", small_company.RULEBOOK.replace(
        "to: sales}", "to: sales, sla: warm, channel: call}") + "slas: {warm: {respond_within: PT5H, clock: elapsed}}\n")
    console = Console(small_company.build(tmp_path / "ws"))
    name = console.decide("L-1")
    document = console.get(f"/v1/decisions/{name}").json()
    expected = f"reply by {document['sla']['respond_by']} (warm, day and night)"
    assert f"Next: {expected}; contact by call" in console.see(f"/console/decisions/{name}").text
    show_decision(DecisionDocument.from_json(document))
    assert f"next       {expected}" in capsys.readouterr().out
    console.live.workspace.close()
