"""What the health routes answer."""
from typing import Literal

from serving.api.shapes.exact import Exact


class Health(Exact):
    """Whether the process lives; whether it should be sent requests, and why not.

    `unknown_fields`: how often this process decided on an item without a field that the rule book does not know, by field.
    """

    status: Literal["ok", "degraded", "unavailable"]
    reasons: list[str]
    unknown_fields: dict[str, int] | None = None
