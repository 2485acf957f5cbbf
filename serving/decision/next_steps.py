"""Next steps: what a decision promises and says to do, in words for the page and for the terminal."""
from serving.decision.parts import DecisionDocument

#: Whose time a service level's clock runs in.
_CLOCKS = {"business": "in working time", "elapsed": "day and night"}


def next_steps(document: DecisionDocument) -> tuple[str, ...]:
    """By when a reply is due, how to go about it, and when the item is looked at again."""
    sla, then = document.sla, document.next
    steps = []
    if sla is not None:
        steps.append(f"reply by {sla.respond_by} ({sla.policy}, {_CLOCKS[sla.clock]})" if sla.respond_by else
                     f"no reply time: {sla.policy} is not reached in ten years of working time")
    for key, words in (("channel", "contact by {}"), ("playbook", "playbook {}"), ("automation", "automation {}"),
                       ("wait_until", "look again at {}")):
        if getattr(then, key) is not None:
            steps.append(words.format(getattr(then, key)))
    return tuple(steps)
