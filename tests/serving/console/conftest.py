import httpx
import pytest

from serving.console.web.security import COOKIE
from tests.serving import small_company
from tests.serving.api.conftest import Api
from tests.serving.console.markup import Page


class Console(Api):
    """The console as one browser uses it: it keeps its cookie and sends the forms it was given."""

    cookie: str | None = None

    def see(self, path: str, *, status: int = 200, **params: object) -> Page:
        """A page, read back."""
        answer = self.call("GET", path, headers=self._headers(), **({"params": params} if params else {}))
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("text/html")
        self.cookie = self.cookie or answer.cookies.get(COOKIE)
        return Page(answer.text)

    def decide(self, item_id: str = "L-1", *, mode: str = "recommend", **attributes: object) -> str:
        """Decide a lead; the decision's id."""
        item = small_company.lead(item_id, **attributes)
        document = self.recommend(item) if mode == "recommend" else self.assign(item, key=item_id).json()
        return document["decision_id"]

    def send(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        """Send a form."""
        return self.call("POST", path, data=form, headers=self._headers() | headers)

    def fill(self, decision_id: str, what: str, **given: str) -> httpx.Response:
        """Fill in a form of a decision's page and send it."""
        form = self.see(f"/console/decisions/{decision_id}").form(f"/{what}")
        return self.send(form.action, form.fields | given)

    def _headers(self) -> dict[str, str]:
        return {"cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}


@pytest.fixture
def console(tmp_path):
    folder = small_company.with_model(tmp_path / "ws")
    with (folder / "rightful.toml").open("a") as settings:
        settings.write("[exploration]\nshare = 0.0\n")          # rank 1 is taken, whatever key the workspace draws from
    made = Console(folder)
    yield made
    made.live.workspace.close()


@pytest.fixture
def plain_console(tmp_path):
    """A console of a workspace without history and model: owners take turns."""
    made = Console(small_company.build(tmp_path / "ws"))
    yield made
    made.live.workspace.close()
