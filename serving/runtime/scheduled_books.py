"""Rule books that wait for their moment, loaded beforehand, so that the first decision at that moment is made by them."""
from datetime import UTC, datetime

from features.clock import runs_ahead
from rules.book.indexing.index import compiled
from rules.book.schema import RuleBook
from rules.errors import RuleBookError
from rules.loading import require_book
from rules.refdata.times import format_instant
from serving.store import rulebook_log
from serving.store.store import Store

_NEVER = datetime.max.replace(tzinfo=UTC)


class PlannedBooks:
    """What is scheduled in a store, as one tuple that is replaced as a whole. `problem`: why one of them cannot be used."""

    def __init__(self, store: Store):
        self._store = store
        self._books: tuple[tuple[datetime, RuleBook], ...] = ()
        self.first_at = _NEVER
        self.problem: str | None = None
        self.reload()

    def reload(self) -> None:
        """Take over what is scheduled now."""
        with self._store.reading() as connection:
            planned = rulebook_log.scheduled(connection)
        known = {book.digest: book for _, book in self._books}
        books, self.problem = [], None
        for step in planned:
            try:
                book = known.get(step.digest) or require_book(self._store.snapshot(rulebook_log.RULEBOOK, step.digest))
            except RuleBookError as error:
                self.problem = f"the rule book scheduled for `{format_instant(step.takes_effect_at)}` cannot be used: {error}"
                continue
            compiled(book)                                # now, and not within the first decision
            books.append((step.takes_effect_at, book))
        self._books = tuple(books)
        self.first_at = books[0][0] if books else _NEVER

    def book_at(self, at: datetime) -> RuleBook | None:
        """The scheduled book that holds at a moment, None before the first."""
        return next((book for effective_at, book in reversed(self._books) if effective_at <= at), None)

    def keep_in_time(self, at: datetime, book: RuleBook | None = None) -> None:
        """Keep in the store that what is due has come into force, and that what a clock ahead took for due has not.

        Whichever process is first does it. `book`: the one in force, None = not known yet.
        """
        if at >= self.first_at:
            self._store.write(lambda writing: rulebook_log.take_due(writing, at))
        elif book is None or runs_ahead(book.effective_from, now=at):
            with self._store.reading() as connection:
                early = rulebook_log.too_early(connection, at)
            if early is not None and self._store.write(lambda writing: rulebook_log.wait_again(writing, at)):
                self.reload()
