"""What keeps a console page to itself: strict headers, and a token that only a page of ours can put into a form.

The server answers on loopback only and checks the Host (serving/api/local_only.py). Against a page elsewhere that posts
into this browser: a cookie that other sites never send (SameSite=Strict), a token bound to it, and Origin if given.
"""
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from rules.errors import Refused

COOKIE = "rightful_console"
FIELD = "form_token"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
                               "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_MOST_BYTES, _MOST_FIELDS = 64 * 1024, 40


class NotFromHere(Refused):
    """A form that no page of this console sent."""

    code, status = "not-from-here", 403
    remedy = "Open the console's own page again and send its form."


class FormTooLarge(Refused):
    """A form with more in it than any of ours."""

    code, status = "too-large", 413
    remedy = "Send less at once, or use the HTTP API."


def new_visitor() -> str:
    """A random name for one browser, kept in its cookie."""
    return secrets.token_urlsafe(24)


def token_for(key: bytes, visitor: str) -> str:
    """The token that a form of this visitor carries."""
    return hmac.new(key, b"console form\x1f" + visitor.encode(), "sha256").hexdigest()


async def read_form(request: Request, key: bytes) -> dict[str, str]:
    """The fields of a form that one of our pages sent; NotFromHere for any other."""
    _require_same_origin(request)
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > _MOST_BYTES:
            raise FormTooLarge(f"the form holds more than {_MOST_BYTES} bytes; write a shorter note")
    try:
        fields = dict(parse_qsl(content.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise NotFromHere("the form cannot be read; go back, load the page again and send it once more") from None
    _require_token(fields, request.cookies.get(COOKIE), key)
    return fields


def _require_same_origin(request: Request) -> None:
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    ours = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if site != "same-origin" or not ours:
        raise NotFromHere("the form was sent by another page; open the console itself and send it from there")


def _require_token(fields: Mapping[str, str], visitor: str | None, key: bytes) -> None:
    given = fields.get(FIELD, "")
    if visitor is None or not hmac.compare_digest(given.encode(), token_for(key, visitor).encode()):
        raise NotFromHere("the form's token does not fit this browser; load the page again and send the form once more")
