"""A simulation or a difference of two rule books as one page that can be sent to somebody."""
from rules.change.comparison import Comparison
from serving.console.web.pages import render_alone
from serving.rulebooks.compare import Simulated


def simulation_page(found: Simulated) -> str:
    """A simulation as a page of its own."""
    return render_alone("simulation_alone.html", found=found)


def difference_page(found: Comparison, before: str, after: str) -> str:
    """A comparison as a page of its own; `before` and `after` are the books as they were named."""
    return render_alone("difference_alone.html", found=found, before=before, after=after)
