"""GET /docs: the API on one page, made from its own OpenAPI document; nothing is fetched from elsewhere."""
import json
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter()
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_STYLE = ("body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
          "code,pre{background:#f3f3f3;padding:.1rem .3rem}pre{padding:.6rem;overflow-x:auto}"
          "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2rem .6rem;text-align:left}")


@router.get("/docs", include_in_schema=False)
async def page(request: Request) -> HTMLResponse:
    """Every route with its parameters, an example body and its answers."""
    described = request.app.openapi()
    parts = [_route(method, path, operation) for path, methods in described["paths"].items()
             for method, operation in methods.items()]
    return HTMLResponse(f"<!doctype html><html lang=en><meta charset=utf-8><title>Rightful API</title><style>{_STYLE}</style>"
                        f"<h1>{escape(described['info']['title'])} {escape(described['info']['version'])}</h1>"
                        f"<p>{escape(described['info']['summary'])} Machine-readable: <a href=/openapi.json>openapi.json</a>."
                        f"</p>{''.join(parts)}</html>", headers=_HEADERS)


def _route(method: str, path: str, operation: dict) -> str:
    parameters = "".join(
        f"<tr><td><code>{escape(given['name'])}</code><td>{escape(given['in'])}<td>{escape(given.get('description', ''))}"
        for given in operation.get("parameters", ()))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    examples = "".join(f"<pre>{escape(json.dumps(example, indent=1))}</pre>" for example in body.get("examples", ()))
    answers = "".join(f"<tr><td>{escape(status)}<td>{escape(answer['description'])}"
                      for status, answer in operation["responses"].items())
    return (f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation.get('description', ''))}</p>"
            + (f"<table><tr><th>parameter<th>in<th>meaning{parameters}</table>" if parameters else "") + examples
            + f"<table><tr><th>status<th>meaning{answers}</table>")
