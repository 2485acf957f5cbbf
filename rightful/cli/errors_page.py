"""The page of error codes: what each error class says of itself, its HTTP status, when it comes, and what to do."""
from collections.abc import Iterator
from inspect import getdoc

import serving.api.server
import serving.offboarding.apply  # noqa: F401, both so that every error class is there
from rules.errors import RightfulError
from rules.reference.pages import page, table

#: Answers that no error class stands behind: code, status, when, what to do.
OTHERS = (
    ("http", "404, 405", "There is no such address, or it does not take the method.", "See `/openapi.json`."),
    ("not-local", "403", "The request was addressed to another name than this machine's own.",
     "Address the server as `127.0.0.1` or `localhost`."),
    ("internal", "500", "An error of ours; nothing was decided.", "Report it with what the server's log says."),
)


def error_classes(above: type[RightfulError] = RightfulError) -> Iterator[type[RightfulError]]:
    """A class of errors and every one below it, the tree from the top down."""
    yield above
    for below in sorted(above.__subclasses__(), key=lambda each: each.__name__):
        yield from error_classes(below)


def errors_page() -> str:
    """Every error as Markdown, a line a class."""
    rows = [(f"`{each.code}`", str(each.status), str(each.retry_after or ""), _path(each), (getdoc(each) or "").splitlines()[0],
             each.remedy) for each in error_classes()]
    rows += [(f"`{code}`", status, "", "", when, remedy) for code, status, when, remedy in OTHERS]
    return page(
        "Every error",
        "The API answers with a problem document (RFC 9457): `type` is `urn:rightful:problem:CODE`, `detail` says what was\n"
        "wrong, `problems` lists each fault with its field. Where `again after` names seconds, so does `Retry-After`.\n"
        "The command line prints the message and exits 1. In Python, catch a class or any one it stands below.",
        table(("code", "status", "again after", "class", "when", "what to do"), rows))


def _path(error: type[RightfulError]) -> str:
    """The class below those that it stands under: `Refused` > `StaleBook`."""
    line = [each.__name__ for each in error.__mro__ if issubclass(each, RightfulError) and each is not RightfulError]
    return " > ".join(f"`{name}`" for name in reversed(line)) or "`RightfulError`"
