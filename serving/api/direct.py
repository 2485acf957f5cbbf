"""A route that hands the request straight to its function: what FastAPI would read from it, the function reads itself."""
from collections.abc import Callable

from fastapi.routing import APIRoute


class Direct(APIRoute):
    """For functions of the request alone that answer with a Response: documented like any other, called without detours."""

    def get_route_handler(self) -> Callable:
        """The function itself."""
        return self.endpoint
