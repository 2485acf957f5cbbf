"""The rules of a book in the order in which they are asked, as boxes, and which of them stand before which.

An exception stands before the ordinary rules of its stage and ends; what is proved holds from the moment given on, so
an exception takes items only from what ends no later than itself. Named accounts and compliance are not in the order:
they take nothing from a rule. Rules of one stage with different targets take nothing from each other: they overlap.
"""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from rules.book.schema import Rule, RuleBook
from rules.errors import ItemError
from rules.intake.item import read_item
from rules.model import Account, Directory, Moment, WorkItem
from rules.regions.boxes import Box, Cover
from rules.regions.dates import Moments
from rules.regions.space import ExampleItem, Space, space_of
from rules.routing.territory import is_in_force

#: So many items of a piece are read back before the next piece is tried, and so many pieces are tried.
_ITEMS_TRIED, _PIECES_TRIED = 40, 25


@dataclass(frozen=True, kw_only=True)
class Order:
    """A book's rules that may still match at a moment; a rule is known by its position."""

    book: RuleBook
    directory: Directory | None
    at: datetime
    space: Space
    rules: tuple[Rule, ...]
    stage_of: tuple[int, ...]
    cover: Cover

    @cached_property
    def ordinary(self) -> int:
        """The rules that do not end, as bits."""
        return sum(1 << place for place, rule in enumerate(self.rules) if not rule.is_exception)

    @cached_property
    def in_stage(self) -> tuple[int, ...]:
        """Per stage its rules, as bits."""
        bits = [0] * len(self.book.stages)
        for place, stage in enumerate(self.stage_of):
            bits[stage] |= 1 << place
        return tuple(bits)

    @cached_property
    def before_stage(self) -> tuple[int, ...]:
        """Per stage the rules of all stages before it, as bits."""
        running, bits = 0, []
        for own in self.in_stage:
            bits.append(running)
            running |= own
        return tuple(bits)

    @cached_property
    def _like(self) -> Mapping[object, int]:
        """The rules of one stage, of one sort (ordinary, exception) and with one target, as bits."""
        bits: dict[object, int] = {}
        for place in range(len(self.rules)):
            bits[self._sort(place)] = bits.get(self._sort(place), 0) | 1 << place
        return bits

    def same_target(self, place: int) -> int:
        """The rules of its stage and sort that send to one place in one way with it, itself included, as bits."""
        return self._like[self._sort(place)]

    def takers_before(self, place: int) -> int:
        """The rules that may take items from a rule for good: of stages before, and of its own with the same target."""
        own = self.same_target(place) & ((1 << place) - 1)
        return self.lasting(place) & (self.before_stage[self.stage_of[place]] | own | self.overruling(place))

    def overruling(self, place: int) -> int:
        """The exceptions that stand before a rule of their stage for as long as what is decided by days goes, as bits."""
        if self.space.deciding is None or self.rules[place].is_exception:
            return 0
        return self.in_stage[self.stage_of[place]] & ~self.ordinary

    def lasting(self, *places: int) -> int:
        """The rules that last as long as those given do together, as bits."""
        if self.space.deciding is not None:
            return (1 << len(self.rules)) - 1             # the boxes themselves say until when
        ends = [_ends(self.rules[place]) for place in places if self.rules[place].is_exception]
        if not ends:
            return self.ordinary
        last = min(ends)
        return self.ordinary | sum(1 << place for place, rule in enumerate(self.rules)
                                   if rule.is_exception and _ends(rule) >= last)

    def example(self, parts: Iterator[Box], *, telling: bool = False) -> tuple[dict[str, str] | None, bool]:
        """An item of the first part that has one which reads back as meant, and whether there was any part."""
        any_part = False
        for part, _ in zip(parts, range(_PIECES_TRIED), strict=False):
            any_part = True
            for example in self.space.examples(part, telling=telling, most=_ITEMS_TRIED):
                if self._reads_back(example):
                    return example.told(), True
        return None, any_part

    def _reads_back(self, example: ExampleItem) -> bool:
        """Whether the item in words is read as the very item that was meant."""
        item = self.item_of(example.words())
        return item is not None and all(item.value(name) == value for name, value in example.values().items())

    def item_of(self, words: Mapping[str, str]) -> WorkItem | None:
        """The item that words of the book spell, None where they spell none; accounts that they name are taken as known."""
        directory = self.directory
        if directory is None or not directory.accounts:
            named = [words[name] for name, attribute in self.book.attributes.items()
                     if attribute.type == "account_ref" and name in words]
            directory = Directory(owners={}, accounts={account: Account(account_id=account) for account in named})
        try:
            return read_item(words, book=self.book, directory=directory, at=self.at)
        except ItemError:
            return None

    def _sort(self, place: int) -> object:
        rule = self.rules[place]
        return self.stage_of[place], rule.is_exception, rule.target, rule.sla


def order_of(book: RuleBook, directory: Directory | None, at: datetime) -> Order:
    """The order of a book's rules at a moment."""
    known = directory.accounts if directory is not None else {}
    accounts = {account.account_id: account.country for account in known.values()} if known else None
    moment = Moment(at=at)
    begins = (moment.at - timedelta(hours=12)).date()     # where it is still the day before
    space = space_of(book, accounts=accounts, moments=Moments(first=begins, shown=moment.at.date()))
    asked = [(rule, number) for number, stage in enumerate(book.stages) for rule in stage.rules if is_in_force(rule, moment)]
    rules = tuple(rule for rule, _ in asked)
    cover = Cover([space.box_of(rule) for rule in rules], space.full)
    return Order(book=book, directory=directory, at=at, space=space, rules=rules,
                 stage_of=tuple(stage for _, stage in asked), cover=cover)


def _ends(rule: Rule) -> datetime:
    """The first moment at which an exception no longer matches, without zone (all are in UTC)."""
    last = rule.expires
    if isinstance(last, datetime):
        return last.replace(tzinfo=None)
    return datetime.combine(last, time()) + timedelta(days=1) if last is not None and last < date.max else datetime.max


