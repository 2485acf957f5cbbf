"""What every shape of the API has in common: all fields known, no type bent."""
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from serving.actions.commands import LONGEST_NOTE


class Exact(BaseModel):
    """A shape whose fields are all known and whose types are not bent."""

    model_config = ConfigDict(extra="forbid", strict=True)


Note = Annotated[str, Field(max_length=LONGEST_NOTE)]
