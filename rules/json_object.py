"""A JSON object as it was read: which kind of value a key holds is known to its reader, not to Python's types."""
from collections.abc import Mapping
from typing import Any

JsonObject = Mapping[str, Any]
