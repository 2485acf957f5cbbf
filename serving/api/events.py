"""POST /v1/events: what happened outside, up to 1,000 at once; each is stored, known already, or refused with its problem."""
from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from rules.digests import digest_of
from rules.errors import Problem, nearest_name
from rules.refdata.times import TIME_EXPECTED, NotReadable, parse_instant
from serving.actions.consequences import Reported
from serving.actions.reported_events import REPORTED, EventReport, ReportCommand, Reporter, Result
from serving.api.body import field_problem, read_bytes, read_model
from serving.api.headers import KEY_HEADER, key_of, takes
from serving.api.problem import shown
from serving.api.shapes.events import EventBatch, EventResults, ReportedEvent
from serving.api.shapes.problems import refusals
from serving.api.waiting import outcome

_PROBLEMS = refusals({
    400: "the body is not one JSON object in UTF-8", 409: "a request under the same Idempotency-Key is running",
    413: "the body is above 256 KB", 415: "the body is not JSON",
    422: "the body does not fit, or the key stood for another request", 503: "try again later"})

router = APIRouter()


@router.post("/v1/events", response_model=EventResults, responses=_PROBLEMS, summary="Report what happened",
             openapi_extra=takes(EventBatch.described(), KEY_HEADER))
async def report_events(request: Request) -> Response:
    """Late and back-dated events are welcome: they count from when they became known, which is now."""
    key = key_of(request, needed=False)
    content = await read_bytes(request)
    told = [_read(raw) for raw in read_model(content, EventBatch).events]
    reporter: Reporter = request.app.state.reporter
    report: EventReport = await outcome(reporter.submit(ReportCommand(
        told=told, key=key, digest="" if key is None else digest_of(content))))
    return Response(report.canonical, media_type="application/json",
                    headers={"Idempotency-Replayed": "true"} if report.replayed else None)


def _read(raw: object) -> Reported | Result:
    """One event as told, or its refusal."""
    if not isinstance(raw, Mapping):
        return _refused(None, Problem(message="the event is not an object", given=raw, expected="an object with `event_id`"))
    given_id = raw.get("event_id")
    event_id = given_id if isinstance(given_id, str) and len(given_id) <= 128 else None
    try:
        read = ReportedEvent.model_validate(raw)
    except ValidationError as error:
        return _refused(event_id, field_problem(error.errors()[0], ReportedEvent))
    kind = next((known for known in REPORTED if known == read.kind), None)
    if kind is None:
        return _refused(event_id, Problem(message="unknown kind of event", column_name="kind", given=read.kind,
                                          expected=f"one of {', '.join(REPORTED)}",
                                          nearest=nearest_name(read.kind, REPORTED)))
    try:
        occurred_at = parse_instant(read.occurred_at)
    except NotReadable as fault:
        return _refused(event_id, Problem(message=f"`occurred_at`: {fault.message}", column_name="occurred_at",
                                          given=read.occurred_at, expected=TIME_EXPECTED))
    return Reported(event_id=read.event_id, kind=kind, occurred_at=occurred_at, decision_id=read.decision_id,
                    item_id=read.item_id, outcome=read.outcome, value=read.value, owner_id=read.owner_id,
                    into=read.into, retracts=read.retracts)


def _refused(event_id: str | None, problem: Problem) -> Result:
    return Result(event_id=event_id, status="refused", problem=replace(problem, given=shown(problem.given)))
