"""Pages from templates: one environment with strict names and escaping, one way to answer a browser."""
import base64
from functools import cache, lru_cache
from importlib import resources

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from rules.digests import letters
from serving.console.web import bars, security, wording
from serving.presentation import difference, simulation
from serving.runtime.version import VERSION

STYLE, SCRIPT, ICON = "console.css", "console.js", "icon.svg"
_WORDS = ("signed", "score", "odds", "percent", "when", "words", "figure", "spoken", "short")
_BARS = ("length", "centred", "diverging", "largest")


@cache
def _environment() -> Environment:
    made = Environment(loader=PackageLoader("serving.console"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
    made.filters |= {name: getattr(wording, name) for name in _WORDS}
    made.globals |= {"version": VERSION, "difference": difference, "simulation": simulation}
    made.globals |= {name: getattr(bars, name) for name in _BARS}
    return made


def render(template: str, **shown: object) -> str:
    """A template's text."""
    return _environment().get_template(template).render(**shown)


@lru_cache(maxsize=8)
def static_text(name: str) -> str:
    """One of the console's own files."""
    return resources.files("serving.console").joinpath("static", name).read_text(encoding="utf-8")


def render_alone(template: str, **shown: object) -> str:
    """A page that asks for nothing from anywhere: the style inlined, and nothing else allowed."""
    style = static_text(STYLE)
    digest = base64.b64encode(bytes.fromhex(letters(style))).decode()
    return render(template, style=style, style_digest=digest, standalone=True, **shown)


def page(request: Request, template: str, *, status: int = 200, **shown: object) -> HTMLResponse:
    """A page for this visitor, whose forms carry a token that fits the visitor's cookie."""
    visitor = request.cookies.get(security.COOKIE) or security.new_visitor()
    token = security.token_for(request.app.state.live.key, visitor)
    text = render(template, path=request.url.path, navigation=request.app.state.navigation, form_token=token, **shown)
    answer = HTMLResponse(text, status_code=status, headers=security.HEADERS)
    answer.set_cookie(security.COOKIE, visitor, path="/console", httponly=True, samesite="strict")
    return answer


def see(address: str) -> RedirectResponse:
    """After a form: look at what came of it, so that loading the page again sends nothing twice."""
    return RedirectResponse(address, status_code=303, headers=security.HEADERS)
