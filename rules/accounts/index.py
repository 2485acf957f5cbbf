"""The accounts of a directory by domain, by name, by initials and by family, compiled once."""
from collections.abc import Mapping
from dataclasses import dataclass

from rules.accounts.company_names import CompanyName, company_name
from rules.accounts.similar_names import SimilarNames, similar_names
from rules.caching import cached_per_instance
from rules.model import Account, Directory
from rules.refdata.contacts import company_domain, own_domain, page_at, shared_kind
from rules.refdata.record_ids import record_key

#: The further column of accounts.csv that names the records merged into an account.
MERGED_IDS = "merged_ids"
#: So many accounts with unlike names make their domain nobody's own.
_UNLIKE = 3
_SMALL_WORDS = frozenset({"and", "of", "for", "the", "de", "der", "di", "van", "von"})


@dataclass(frozen=True, slots=True)
class AccountIndex:
    """Account ids by registered domain, by the name in it, by core of their name, by its letters alone, its initials,
    and its letters in order of the alphabet.

    `family` is the top of each account's tree; `named` are the ids in the order of the similar names' numbers. `shared`: hosts
    that are nobody's own in this directory; `by_page`: accounts by what they took at a shared host.
    """

    accounts: Mapping[str, Account]
    names: Mapping[str, CompanyName]
    family: Mapping[str, str]
    shared: frozenset[str]
    by_domain: Mapping[str, list[str]]
    by_page: Mapping[str, list[str]]
    by_label: Mapping[str, list[str]]
    by_core: Mapping[str, list[str]]
    by_letters: Mapping[str, list[str]]
    by_initials: Mapping[str, list[str]]
    by_sorted_letters: Mapping[str, list[str]]
    named: list[str]
    similar: SimilarNames


@cached_per_instance
def merged_into(directory: Directory) -> dict[str, str]:
    """By the key of each record that was merged away, the account that lists it: `merged_ids`, as imports write it."""
    return {record_key(merged): account.account_id for account in directory.accounts.values()
            for merged in account.attributes.get(MERGED_IDS, "").split(";") if merged}


def living_account(directory: Directory, account_id: str) -> str | None:
    """The account that an id names: through every merge, and by 15 letters as by 18; None where there is none."""
    into, key, seen = merged_into(directory), record_key(account_id), set()
    while key in into and key not in seen:
        seen.add(key)
        key = record_key(account_id := into[key])
    return account_id if account_id in directory.accounts else _by_key(directory).get(key)


@cached_per_instance
def _by_key(directory: Directory) -> dict[str, str]:
    return {record_key(account_id): account_id for account_id in directory.accounts}


@cached_per_instance
def account_index(directory: Directory) -> AccountIndex:
    """The index of a directory's accounts; about half a second for 10,000."""
    names = {account_id: company_name(account.name) for account_id, account in directory.accounts.items()}
    family = {account_id: directory.ancestors(account_id)[-1] for account_id in directory.accounts}
    shared = directory.shared_hosts | _of_unlike_names(directory, names, family)
    empty: list[dict[str, list[str]]] = [{} for _ in range(7)]
    by_domain, by_page, by_label, by_core, by_letters, by_initials, by_sorted_letters = empty
    spelt: list[tuple[str, str]] = []
    for account_id, account in directory.accounts.items():
        for domain in dict.fromkeys(filter(None, (_own(host, names[account_id], shared) for host in account.domains))):
            by_domain.setdefault(domain, []).append(account_id)
            by_label.setdefault(domain_label(domain), []).append(account_id)
        for page in filter(None, (page_at(host, shared) for host in account.domains)):
            by_page.setdefault(page, []).append(account_id)
        for core in filter(None, names[account_id].cores):
            by_core.setdefault(core, []).append(account_id)
            by_letters.setdefault(core.replace(" ", ""), []).append(account_id)
            by_sorted_letters.setdefault(sorted_letters(core), []).append(account_id)
            spelt.append((core, account_id))
        for letters in initials(names[account_id]):
            by_initials.setdefault(letters, []).append(account_id)
    return AccountIndex(
        accounts=directory.accounts, names=names, by_domain=by_domain, by_label=by_label, by_core=by_core,
        by_letters=by_letters, by_initials=by_initials, by_sorted_letters=by_sorted_letters,
        named=[account_id for _, account_id in spelt],
        family=family, shared=shared, by_page=by_page,
        similar=similar_names([core for core, _ in spelt]),
    )


def _own(host: str, name: CompanyName, shared: frozenset[str]) -> str | None:
    """The domain that is an account's own; that of a shared host only where the account is called so: LinkedIn's linkedin.com."""
    called_so = shared_kind(host) is not None and domain_label(host) in {core.replace(" ", "") for core in name.cores}
    return own_domain(host, mailed=called_so, shared=shared)


def _of_unlike_names(directory: Directory, names: Mapping[str, CompanyName], family: Mapping[str, str]) -> frozenset[str]:
    """Domains of three accounts or more that have neither a family nor a word of their names in common."""
    sharing: dict[str, list[str]] = {}
    for account_id, account in directory.accounts.items():
        for domain in {own for host in account.domains if (own := own_domain(host))}:
            sharing.setdefault(domain, []).append(account_id)
    return frozenset(domain for domain, found in sharing.items()
                     if len(found) >= _UNLIKE and _groups(found, names, family) >= _UNLIKE)


def _groups(account_ids: list[str], names: Mapping[str, CompanyName], family: Mapping[str, str]) -> int:
    """How many groups of accounts with a word of their names or their family in common."""
    groups: list[set[str]] = []
    for account_id in account_ids:
        marks = {f"family {family[account_id]}", *(word for word in names[account_id].words if word not in _SMALL_WORDS)}
        alike = [group for group in groups if not group.isdisjoint(marks)]
        groups = [group for group in groups if group.isdisjoint(marks)] + [marks.union(*alike)]
    return len(groups)


def domain_label(domain: str) -> str:
    """The name in a domain, without its ending and dashes: `acme` for acme.co.uk and acme.de."""
    return company_domain(domain).partition(".")[0].replace("-", "")


def sorted_letters(core: str) -> str:
    """What a name and the same name with two letters swapped have in common."""
    return "".join(sorted(core))


def initials(name: CompanyName) -> set[str]:
    """What a name of three or more words may be called for short: `ibm`; with and without its small words."""
    large = [word for word in name.words if word not in _SMALL_WORDS]
    return {"".join(word[0] for word in words) for words in (name.words, large) if len(words) >= 3}
