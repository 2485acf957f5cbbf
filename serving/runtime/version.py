"""Which code and which calendar data decide: both stand in every decision's `versions`."""
from functools import cache
from importlib.metadata import version

from rules.digests import digest_of

VERSION = "0.1.0"
_CALENDAR_DATA = ("holidays", "tzdata")


@cache
def running_versions() -> dict[str, str]:
    """`code`, and `calendar`: the digest of the pinned packages that holidays and time zones come from."""
    pinned = "\n".join(f"{name}=={version(name)}" for name in _CALENDAR_DATA)
    return {"calendar": digest_of(pinned), "code": VERSION}
