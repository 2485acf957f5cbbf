"""The accounts of a directory by domain, by name, by initials and by family, compiled once."""
from collections.abc import Mapping
from dataclasses import dataclass

from rules.accounts.company_names import CompanyName, company_name
from rules.accounts.similar_names import SimilarNames, similar_names
from rules.caching import cached_per_instance
from rules.model import Account, Directory
from rules.refdata.contacts import company_domain, is_free_email_host

_SMALL_WORDS = frozenset({"and", "of", "for", "the", "de", "der", "di", "van", "von"})


@dataclass(frozen=True, slots=True)
class AccountIndex:
    """Account ids by registered domain, by the name in it, by core of their name, by its letters alone, its initials,
    and its letters in order of the alphabet.

    `family` is the top of each account's tree; `named` are the ids in the order of the similar names' numbers.
    """

    accounts: Mapping[str, Account]
    names: Mapping[str, CompanyName]
    family: Mapping[str, str]
    by_domain: Mapping[str, list[str]]
    by_label: Mapping[str, list[str]]
    by_core: Mapping[str, list[str]]
    by_letters: Mapping[str, list[str]]
    by_initials: Mapping[str, list[str]]
    by_sorted_letters: Mapping[str, list[str]]
    named: list[str]
    similar: SimilarNames


@cached_per_instance
def account_index(directory: Directory) -> AccountIndex:
    """The index of a directory's accounts; about half a second for 10,000."""
    names = {account_id: company_name(account.name) for account_id, account in directory.accounts.items()}
    empty: list[dict[str, list[str]]] = [{} for _ in range(6)]
    by_domain, by_label, by_core, by_letters, by_initials, by_sorted_letters = empty
    spelt: list[tuple[str, str]] = []
    for account_id, account in directory.accounts.items():
        domain = own_domain(account.domain) if account.domain else None
        if domain:
            by_domain.setdefault(domain, []).append(account_id)
            by_label.setdefault(domain_label(domain), []).append(account_id)
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
        family={account_id: directory.ancestors(account_id)[-1] for account_id in directory.accounts},
        similar=similar_names([core for core, _ in spelt]),
    )


def own_domain(host: str) -> str | None:
    """The domain that one company registered behind a host; None where anybody can have an address there."""
    domain = company_domain(host) if host.count(".") > 1 else host
    return None if is_free_email_host(host) or is_free_email_host(domain) else domain


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
