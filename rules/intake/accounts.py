"""Which account an item belongs to: by its id, else by the exact domain of its e-mail or web address.

Where id and domain disagree the id wins and the disagreement is evidence, with the other account as runner-up.
"""
from rules.intake.contacts import company_domain, is_free_email_host
from rules.remembered import once_per
from rules.vocabulary import AccountMatch, Directory

#: Evidence words of a match.
BY_ID, BY_DOMAIN, DOMAIN_DISAGREES = "id", "domain", "domain_disagrees"


@once_per
def _accounts_by_domain(directory: Directory) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for account in directory.accounts.values():
        if account.domain:
            domain = domain_of_host(account.domain, from_email=False)
            found[domain] = (*found.get(domain, ()), account.account_id)
    return found


def domain_of_host(host: str, *, from_email: bool) -> str | None:
    """The company's domain behind a host; None where anybody can have an address there."""
    if from_email and is_free_email_host(host):
        return None
    return company_domain(host) if host.count(".") > 1 else host


def match_account(account_id: str | None, domain: str | None,
                  directory: Directory) -> tuple[AccountMatch | None, str | None]:
    """The account by id or exact domain, and a warning where the id is unknown or the domain names several."""
    same_domain = _accounts_by_domain(directory).get(domain, ()) if domain else ()
    warning = None
    if account_id is not None:
        if account_id in directory.accounts:
            others = tuple(other for other in same_domain if other != account_id)
            agrees, differs = account_id in same_domain, bool(same_domain) and account_id not in same_domain
            evidence = (BY_ID, BY_DOMAIN) if agrees else (BY_ID, DOMAIN_DISAGREES) if differs else (BY_ID,)
            return AccountMatch(account_id=account_id, evidence=evidence, score=1.0,
                                runner_up=others[0] if differs else None), None
        warning = f"account: unknown account `{account_id[:80]}`, taken as missing"
    if len(same_domain) == 1:
        return AccountMatch(account_id=same_domain[0], evidence=(BY_DOMAIN,), score=1.0), warning
    if same_domain:
        several = ", ".join(same_domain[:5])
        warning = "; ".join(filter(None, (warning, f"account: the domain `{domain}` is that of several ({several})")))
    return None, warning
