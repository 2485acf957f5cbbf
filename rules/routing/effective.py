"""The moment from which a rule book decides: asked before anything is decided by it."""
from datetime import datetime

from rules.book.schema import RuleBook
from rules.errors import Refused
from rules.refdata.times import format_instant


def require_effective(book: RuleBook, at: datetime) -> None:
    """Refuse a book that takes effect only later."""
    if book.effective_from is not None and at < book.effective_from:
        starts, given = (format_instant(moment, "seconds") for moment in (book.effective_from, at))
        raise Refused(f"the rule book `{book.version}` takes effect at `{starts}`, given the moment `{given}`; name a later "
                      "moment (--at), or use the book in force then")
