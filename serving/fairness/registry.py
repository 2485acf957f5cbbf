"""Every fairness check that a decision carries, found by being in checks/: each with verdict, number and limit; the worst counts.

`pass`, `warn`, `hold` or `not_enough`. Nothing here is called fair: the names say what is computed.
"""
import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

from serving.fairness import checks
from serving.fairness.check import Check, Facts

#: The modules in the order of their ids.
CHECKS: tuple[ModuleType, ...] = tuple(sorted(
    (import_module(f"{checks.__name__}.{name}") for _, name, _ in pkgutil.iter_modules(checks.__path__)),
    key=lambda module: module.ID))
#: What each check asks, in one line, by id.
ASKS: Mapping[str, str] = {module.ID: module.ASKS for module in CHECKS}


def checked(facts: Facts) -> tuple[Check, ...]:
    """What every check that looks at such facts says."""
    return tuple(outcome(module, facts) for module in CHECKS if module.LOOKS_AT is type(facts))


def outcome(module: ModuleType, facts: Facts) -> Check:
    """What one check says of the facts."""
    verdict, value, limit = module.judge(facts)
    return Check(id=module.ID, name=module.NAME, verdict=verdict, value=value, limit=limit)
