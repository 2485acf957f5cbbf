"""Gap: an item that no rule takes. Exceptions end, so they cover nothing for good."""
from rules.analysis.boxes import NotProved
from rules.analysis.order import Order
from rules.book.findings import Findings


def find_gap(order: Order, findings: Findings) -> bool:
    """Report one item that no rule takes; False when it could not be told whether there is one."""
    last = order.book.stages[-1]
    here = findings.within(stage=last.name)
    try:
        example, any_part = order.example(order.cover.left(order.space.full, order.ordinary), telling=True)
    except NotProved:
        here.add("not_proved", "gap: whether every item is taken by some rule was not proved: too many cases", last.place,
                 expected="a rule without `when` in the last stage")
        return False
    if example is not None:
        here.add("gap", "no rule takes some items", last.place, expected="a rule for them in the last stage", example=example)
    elif any_part:
        here.add("not_proved", "gap: no rule takes some values together, and no item was found that has them", last.place,
                 expected="a rule without `when` in the last stage")
    return example is not None or not any_part
