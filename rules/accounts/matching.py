"""Which account an item belongs to, by what evidence, who comes second, and when a person should look.

Evidence in order of weight: the account's id; the exact domain of web address or e-mail (a domain that several accounts
share is told apart by name, country and city); the exact normalised company name; a name that differs by a slip of the
pen, ratio at least 90 with a margin of 2 over the runner-up inside the country, or by two letters swapped. What stays
ambiguous is no match: the candidates are named for review. Evidence against a match is kept beside it.
"""
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.fuzz import ratio

from rules.accounts.company_names import NO_NAME, CompanyName, company_name
from rules.accounts.index import AccountIndex, account_index, domain_label, initials, living_account, sorted_letters
from rules.accounts.similar_names import is_slip, is_swap
from rules.model import AccountMatch, Directory
from rules.refdata.contacts import own_domain
from rules.refdata.text import letters_of, without_marks

#: Evidence for a match.
BY_ID, BY_DOMAIN, BY_NAME, BY_SIMILAR_NAME, BY_COUNTRY, BY_CITY = "id", "domain", "name", "similar_name", "country", "city"
#: The account of that name is of the family whose domain the item has; the company is called by its initials or domain.
BY_FAMILY, BY_INITIALS, BY_DOMAIN_NAME = "family_domain", "initials", "domain_name"
#: Item and account have one page at a host where anybody can have one: never enough by itself.
BY_PAGE = "page"
#: Evidence against one.
DOMAIN_DISAGREES, NAME_DISAGREES, COUNTRY_DISAGREES = "domain_disagrees", "name_disagrees", "country_disagrees"
#: A similar name is taken from this ratio on, and with this lead over the next.
TAKEN_FROM, MARGIN = 90.0, 2.0
#: Below this ratio, names without a word in common are unlike.
UNLIKE_BELOW = 60.0
#: What a match by domain is worth where the item's company is called otherwise, and a page alone.
DOUBTED, WEAK = 0.8, 0.5
#: How many candidates a review names.
REVIEWED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Clues:
    """What an item says about its account; `domains` are companies' own ones, the most trusted first, `pages` weak ones."""

    account_id: str | None = None
    domains: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    company: str | None = None
    country: str | None = None
    city: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Matching:
    """The account, or the candidates among which a person must choose; neither where nothing fits."""

    account: AccountMatch | None = None
    review: tuple[AccountMatch, ...] = ()
    warnings: tuple[str, ...] = ()


def match_account(clues: Clues, directory: Directory) -> Matching:
    """The account that an item's clues point to; a few tenths of a millisecond among 10,000 accounts."""
    named = None if clues.account_id is None else living_account(directory, clues.account_id)
    if named is not None:
        return Matching(account=_by_id(named, clues.domains, account_index(directory) if clues.domains else None))
    warnings: tuple[str, ...] = ()
    if clues.account_id is not None:
        warnings = (f"account: unknown account `{clues.account_id[:80]}`, taken as missing",)
    if not directory.accounts or not (clues.domains or clues.pages or clues.company):
        return Matching(warnings=warnings)
    name = company_name(clues.company) if clues.company else None
    search = _Search(clues, name if name and name.core else NO_NAME, account_index(directory))
    found = search.by_domain() or search.by_name() or search.by_page()
    if found.review:
        warnings += (_review_warning(clues, found.review),)
    match = found.account
    if match is not None and (lasting := living_account(directory, match.account_id)) not in (None, match.account_id):
        match = replace(match, account_id=lasting)
    return Matching(account=match, review=found.review, warnings=warnings)


def _by_id(account_id: str, domains: tuple[str, ...], index: AccountIndex | None) -> AccountMatch:
    """The account named by its id; a domain that is another's is evidence against it."""
    others = [index.by_domain[domain] for domain in domains if domain in index.by_domain] if index else []
    if any(account_id in sharing for sharing in others):
        return AccountMatch(account_id=account_id, evidence=(BY_ID, BY_DOMAIN), score=1.0)
    if others:
        return AccountMatch(account_id=account_id, evidence=(BY_ID, DOMAIN_DISAGREES), score=1.0, runner_up=others[0][0])
    return AccountMatch(account_id=account_id, evidence=(BY_ID,), score=1.0)


def _review_warning(clues: Clues, candidates: Sequence[AccountMatch]) -> str:
    told = ", ".join(f"`{found.account_id}` ({', '.join(found.evidence)}: {found.score:.2f})" for found in candidates)
    told = told if len(candidates) == 1 else f"any of several: {told}"
    return f"account_review: `{(clues.company or (*clues.domains, *clues.pages)[0])[:80]}` may be {told}; taken as missing"


@dataclass(frozen=True, slots=True)
class _Search:
    clues: Clues
    name: CompanyName
    index: AccountIndex

    def by_domain(self) -> Matching | None:
        """The account of the first domain that any has; None where none has one."""
        by_domain = self.index.by_domain
        sharing = next((by_domain[domain] for domain in self.clues.domains if domain in by_domain), None)
        if sharing is None:
            return None
        named = [found for found in self._of_that_name() if not self._elsewhere(found)]
        agreeing = [found for found in sharing if self._is_called_so(found)]
        if len(named) == 1 and not agreeing:
            if self.index.family[named[0]] in {self.index.family[found] for found in sharing}:
                return _match(named[0], (BY_NAME, BY_FAMILY), 1.0, sharing)
            if len(sharing) > 1:
                return _match(named[0], (BY_NAME, DOMAIN_DISAGREES), 1.0, sharing)
        if len(sharing) > 1:
            return self._among_sharing(sharing, agreeing)
        if agreeing:
            return _match(sharing[0], (BY_DOMAIN, BY_NAME), 1.0, named)
        if named or self._is_unlike(sharing[0]):
            return _match(sharing[0], (BY_DOMAIN, NAME_DISAGREES), DOUBTED, named)
        return _match(sharing[0], (BY_DOMAIN,), 1.0, named)

    def _among_sharing(self, sharing: Sequence[str], called_so: Sequence[str]) -> Matching:
        """The one of several accounts with one domain: by name, by a slip of the pen in it, by country and city."""
        if called_so:
            here = [found for found in called_so if self._is_whole_name(found) and not self._elsewhere(found)]
            return self._narrowed(here if len(here) == 1 else called_so, (BY_DOMAIN, BY_NAME), sharing)
        slips = [found for found in sharing if self._is_slip_of(found, sure=False)]
        return self._narrowed(slips or sharing, (BY_DOMAIN, BY_SIMILAR_NAME) if slips else (BY_DOMAIN,), sharing)

    def by_page(self) -> Matching:
        """A person looks where nothing but a page, or a domain of many, speaks for an account and no name against it."""
        found = self._here(self.index.by_page.get(page, ()) for page in self.clues.pages)
        if self.name.core or not 0 < len(found) <= REVIEWED:
            return Matching()
        return _review(sorted(found), (BY_PAGE,), dict.fromkeys(found, WEAK))

    def by_name(self) -> Matching | None:
        """The account of that name, else of one almost the same, else one that is called so for short."""
        if not self.name.core:
            return None
        named = self._of_that_name()
        here = [found for found in named if not self._elsewhere(found)]
        if here:
            left = _agreeing(here, (self._has_country, self._is_whole_name, self._has_domain_of_that_name))
            against = (DOMAIN_DISAGREES,) if self._has_other_domain(left[0]) else ()
            return self._narrowed(left, (BY_NAME, *against), here)
        if named:
            return _review(named, (BY_NAME, COUNTRY_DISAGREES), dict.fromkeys(named, 0.9))
        return self._by_similar_name() or self._by_short_name()

    def _by_similar_name(self) -> Matching | None:
        """The account whose name this is with a slip of the pen; a review where it may as well be another company's."""
        names, ids = self.index.names, self.index.named
        alike: dict[str, float] = {}
        for core in self.name.cores:
            for score, number in self.index.similar.like(core, lambda number: not self._elsewhere(ids[number])):
                if names[ids[number]].numbers == self.name.numbers:
                    alike[ids[number]] = max(score, alike.get(ids[number], 0.0))
        ranked = sorted(alike, key=lambda found: -alike[found])
        if not ranked or alike[ranked[0]] < TAKEN_FROM:
            return self._by_swapped_letters()
        slips = [found for found in ranked if self._is_slip_of(found)]
        if slips and alike[slips[0]] >= TAKEN_FROM and not self._has_other_domain(slips[0]) \
                and (len(slips) == 1 or alike[slips[0]] - alike[slips[1]] >= MARGIN):
            return _match(slips[0], (BY_SIMILAR_NAME,), alike[slips[0]] / 100, ranked)
        near = {found: alike[found] / 100 for found in ranked if alike[ranked[0]] - alike[found] < MARGIN or found in slips[:2]}
        return _review(near, (BY_SIMILAR_NAME,), near)

    def _by_swapped_letters(self) -> Matching | None:
        """The account of a short name in which two letters were swapped: one slip that costs the ratio two letters."""
        swapped = [found for found in self._here([self.index.by_sorted_letters.get(sorted_letters(self.name.core), ())])
                   if is_swap(self.name, self.index.names[found], self.index.similar.words)]
        if len(swapped) != 1 or self._has_other_domain(swapped[0]):
            return _review(sorted(swapped), (BY_SIMILAR_NAME,), dict.fromkeys(swapped, 0.9)) if swapped else None
        return _match(swapped[0], (BY_SIMILAR_NAME,), ratio(self.name.core, self.index.names[swapped[0]].core) / 100)

    def _by_short_name(self) -> Matching:
        """`IBM`: initials and domain together name one account; one of the two is worth a look."""
        letters = self.name.core.replace(" ", "")
        if len(letters) < 3:
            return Matching()
        short, index = {letters, *initials(self.name)}, self.index
        by_initials = self._here([index.by_initials.get(letters, ()),
                                  *(index.by_core.get(core, ()) for core in short - {letters})])
        by_label = self._here(index.by_label.get(label, ()) for label in short)
        both = by_initials & by_label
        if len(both) == 1 and not self._has_other_domain(next(iter(both))):
            return _match(both.pop(), (BY_INITIALS, BY_DOMAIN_NAME), 0.95, sorted(by_initials | by_label))
        found = dict.fromkeys(sorted(by_initials | by_label), 0.5)
        return _review(found, (BY_INITIALS if by_initials else BY_DOMAIN_NAME,), found) if len(found) <= REVIEWED else Matching()

    def _here(self, several: Iterable[Iterable[str]]) -> set[str]:
        return {found for one in several for found in one if not self._elsewhere(found)}

    def _of_that_name(self) -> list[str]:
        """The accounts with this name, legal form aside, in any country; blanks may differ."""
        if not self.name.core:
            return []
        found = dict.fromkeys(one for core in self.name.cores for one in self.index.by_core.get(core, ()))
        return list(found or dict.fromkeys(
            one for core in self.name.cores for one in self.index.by_letters.get(core.replace(" ", ""), ())))

    def _narrowed(self, left: Sequence[str], evidence: tuple[str, ...], others: Collection[str]) -> Matching:
        """The one that is left when country and city are asked too, else a review of all that are."""
        for clue, question in ((BY_COUNTRY, self._has_country), (BY_CITY, self._has_city)):
            agreeing = _agreeing(left, (question,))
            if len(agreeing) < len(left):
                left, evidence = agreeing, (*evidence, clue)
        return _match(left[0], evidence, 1.0, others) if len(left) == 1 else \
            _review(left, evidence, dict.fromkeys(left, 1 / len(left)))

    def _is_called_so(self, account_id: str) -> bool:
        return not set(self.name.cores).isdisjoint(self.index.names[account_id].cores)

    def _is_unlike(self, account_id: str) -> bool:
        """Whether the item's company has nothing of the account's name or domain in its own."""
        name, other = self.name, self.index.names[account_id]
        if not name.core or not other.core or set(name.words) & set(other.words) - {"and"} or initials(name) & {other.core} \
                or initials(other) & {name.core}:
            return False
        letters = name.core.replace(" ", "")
        labels = {domain_label(domain) for domain in self.index.accounts[account_id].domains}
        return ratio(name.core, other.core) < UNLIKE_BELOW and not any(label in letters or letters in label for label in labels)

    def _is_slip_of(self, account_id: str, *, sure: bool = True) -> bool:
        return bool(self.name.core) and is_slip(self.name, self.index.names[account_id], self.index.similar.words, sure=sure)

    def _is_whole_name(self, account_id: str) -> bool:
        return self.index.names[account_id].whole == self.name.whole

    def _elsewhere(self, account_id: str) -> bool:
        country = self.index.accounts[account_id].country
        return self.clues.country is not None and country is not None and country != self.clues.country

    def _has_country(self, account_id: str) -> bool:
        return self.clues.country is not None and self.index.accounts[account_id].country == self.clues.country

    def _has_city(self, account_id: str) -> bool:
        city = self.index.accounts[account_id].city
        return bool(city and self.clues.city and _plain(city) == _plain(self.clues.city))

    def _has_domain_of_that_name(self, account_id: str) -> bool:
        """Whether item and account have one name under different endings: acme.de and acme.com."""
        labels = set(map(domain_label, self.clues.domains))
        return any(domain_label(domain) in labels for domain in self._own_domains(account_id))

    def _has_other_domain(self, account_id: str) -> bool:
        return bool(self.clues.domains and self._own_domains(account_id)) and not self._has_domain_of_that_name(account_id)

    def _own_domains(self, account_id: str) -> list[str]:
        return [domain for domain in self.index.accounts[account_id].domains if own_domain(domain, shared=self.index.shared)]


def _plain(name: str) -> str:
    return without_marks(letters_of(name))


def _agreeing(found: Sequence[str], questions: tuple[Callable[[str], bool], ...]) -> list[str]:
    """Those that pass each question in turn, where at least one of them does."""
    for question in questions:
        if len(found) > 1:
            found = [one for one in found if question(one)] or found
    return list(found)


def _match(account_id: str, evidence: tuple[str, ...], score: float, others: Collection[str] = ()) -> Matching:
    runner_up = next((other for other in others if other != account_id), None)
    return Matching(account=AccountMatch(account_id=account_id, evidence=evidence, score=round(score, 4), runner_up=runner_up))


def _review(found: Iterable[str], evidence: tuple[str, ...], scores: Mapping[str, float]) -> Matching:
    candidates = (AccountMatch(account_id=one, evidence=evidence, score=round(scores[one], 4)) for one in found)
    return Matching(review=tuple(candidates)[:REVIEWED])
