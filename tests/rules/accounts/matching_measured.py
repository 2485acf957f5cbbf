"""Accounts for leads: how often right and how fast, beside a plain loop over all names.

`python -m tests.rules.accounts.matching_measured` prints the table.
The plain loop does what the design names and no more: exact domain, exact normalised name, then the ratio to every name
of the country, taken from 90 on with a margin of 2.
"""
import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from rapidfuzz.fuzz import ratio

from rules.accounts.company_names import company_name
from rules.accounts.index import account_index
from rules.accounts.matching import MARGIN, TAKEN_FROM, Clues, match_account
from rules.directory.files import load_directory
from rules.model import Directory
from rules.refdata.contacts import email_host, own_domain, page_at, web_host
from rules.refdata.countries import country_of
from tests.rules.accounts.lookalike_leads import Lookalikes, lookalikes


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Figures of one way over one set; precision of the accounts named, recall of those that leads truly have."""

    accounts: int
    leads: int
    way: str
    precision: float
    recall: float
    ms_per_lead: float
    prepared_seconds: float


def clues_of(record: dict[str, str], shared: frozenset[str]) -> Clues:
    """What the matching asks of a raw record; `shared`: hosts that are nobody's own among the accounts."""
    web, mail = web_host(record.get("domain", "")), email_host(record.get("email", ""))
    own = (own_domain(web, shared=shared) if web else None, own_domain(mail, mailed=True, shared=shared) if mail else None)
    return Clues(domains=tuple(dict.fromkeys(filter(None, own))),
                 pages=tuple(page for host in (web, mail) if host and (page := page_at(host, shared))),
                 company=record.get("company"), country=country_of(record["country"]) if "country" in record else None)


def matched(clues: Clues, directory: Directory) -> str | None:
    """Rightful's own answer."""
    found = match_account(clues, directory).account
    return found.account_id if found else None


def plain_loop(directory: Directory) -> Callable[[Clues, Directory], str | None]:
    """The same evidence without an index and without doubt."""
    by_domain = {own_domain(account.domain): account.account_id for account in directory.accounts.values() if account.domain}
    names = [(company_name(account.name).core, account.country, account.account_id) for account in directory.accounts.values()]
    by_name = {(core, country): account_id for core, country, account_id in names}

    def answer(clues: Clues, directory: Directory) -> str | None:
        for domain in clues.domains:
            if domain in by_domain:
                return by_domain[domain]
        if not clues.company:
            return None
        core = company_name(clues.company).core
        if (core, clues.country) in by_name:
            return by_name[core, clues.country]
        ranked = sorted(((ratio(core, other), account_id) for other, country, account_id in names
                         if clues.country in (None, country)), reverse=True)[:2]
        if ranked and ranked[0][0] >= TAKEN_FROM and (len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= MARGIN):
            return ranked[0][1]
        return None

    return answer


def measure(world: Lookalikes, directory: Directory) -> list[Measured]:
    """Both ways over one set; records are read into clues beforehand, for either way alike."""
    shared = account_index(load_directory({"owners.csv": "owner_id,kind\no,person\n", "accounts.csv": world.accounts_csv})).shared
    asked = [(clues_of(lead.record, shared), lead.account_id) for lead in world.leads]
    figures = []
    for way in ("rightful", "plain loop"):
        start = time.perf_counter()
        if way == "rightful":
            account_index(directory)
        answer = matched if way == "rightful" else plain_loop(directory)
        answer(Clues(company="Warm Up"), directory)
        prepared, start = time.perf_counter() - start, time.perf_counter()
        answers = [answer(clues, directory) for clues, _ in asked]
        seconds = time.perf_counter() - start
        right = sum(given is not None and given == truth for given, (_, truth) in zip(answers, asked, strict=True))
        figures.append(Measured(
            accounts=len(directory.accounts), leads=len(asked), way=way, ms_per_lead=1000 * seconds / len(asked),
            precision=right / max(1, sum(given is not None for given in answers)), prepared_seconds=prepared,
            recall=right / sum(truth is not None for _, truth in asked)))
    return figures


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="account matching beside a plain loop over all names")
    parser.add_argument("--accounts", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--leads", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    rows = []
    for accounts in wanted.accounts:
        world = lookalikes(wanted.seed, accounts=accounts, leads=wanted.leads)
        rows += measure(world, load_directory({"owners.csv": "owner_id,kind\no,person\n", "accounts.csv": world.accounts_csv}))
    if wanted.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return
    print("| accounts | leads | way | precision | recall | ms a lead | prepared in s |\n|---|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row.accounts:,} | {row.leads:,} | {row.way} | {row.precision:.3f} | {row.recall:.3f} | {row.ms_per_lead:.3f} "
              f"| {row.prepared_seconds:.2f} |")


if __name__ == "__main__":
    main()
