"""GET /healthz and /readyz: whether the process lives, whether it decides as it should, and why not."""
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from features.clock import runs_ahead
from rules.errors import StoreError
from rules.refdata.times import format_instant
from serving.api.shapes.health import Health
from serving.runtime.live import Live

router = APIRouter()


@router.get("/healthz", response_model=Health, summary="Does the process live")
async def health() -> Response:
    """Always ok: answering is the proof."""
    return _health("ok", [])


@router.get("/readyz", response_model=Health, responses={503: {"model": Health}}, summary="Does it decide as it should")
def ready(request: Request) -> Response:
    """`degraded` (200): it decides with the last good files or model, `reasons` say which are bad. `unavailable`: 503."""
    live: Live = request.app.state.live
    try:
        newest, now = live.store.head().newest_at, datetime.now(UTC)
    except StoreError as error:
        return _health("unavailable", [str(error)], status=503)
    reasons = [f"{what}: {why}" for what, why in sorted(live.problems.items())]
    if newest is not None and runs_ahead(newest, now=now):
        reasons.append(f"clock: the newest known time, `{format_instant(newest)}`, lies ahead of this machine's clock, "
                       f"`{format_instant(now)}`; decisions are dated by the clock")
    return _health("degraded" if reasons else "ok", reasons, unknown_fields=live.unknown_fields)


def _health(word: str, reasons: list[str], *, status: int = 200, unknown_fields: Mapping[str, int] | None = None) -> Response:
    told = {"unknown_fields": dict(unknown_fields)} if unknown_fields else {}
    return Response(orjson.dumps({"status": word, "reasons": reasons, **told}), status_code=status,
                    media_type="application/json")
