"""What the health routes answer."""
from typing import Literal

from serving.api.shapes.exact import Exact


class Health(Exact):
    """Whether the process lives; whether it should be sent requests, and why not."""

    status: Literal["ok", "degraded", "unavailable"]
    reasons: list[str]
