"""A span as it happened → the record that is kept of it. Done by the writer, where nobody waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from groundcloud.spans import Span
from groundcloud.trace import causes, mask, place
from groundcloud.trace.errorsof import error_of, failure_of, outcome_of
from groundcloud.trace.limits import MAX_EVENT_BYTES
from groundcloud.trace.payload import NOT_PARSED, Payload, head, parsed, shown
from groundcloud.trace.record import Record

Render = Callable[[Any], dict[str, Any]]
"""A decision as IAM's own route shows it."""


@dataclass(frozen=True)
class Described:
    """The record, and what is only needed to find its place: keys of what it wrote and of what it was given; items of
    tables, by the table's ARN."""

    record: Record
    wrote: list[causes.Key]
    items: list[tuple[str, dict[str, Any]]]
    given: list[causes.Key]


def describe(span: Span, render: Render) -> Described:
    return _run(span) if span.kind != "request" else _request(span, render)


def _request(span: Span, render: Render) -> Described:
    headers = span.request_headers or []
    lower = {name.lower(): value for name, value in headers}
    body = head(span.request_chunks, span.request_size)
    answer = head(span.response_chunks, span.response_size)
    out = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in span.response_headers or ()]
    out_lower = {name.lower(): value for name, value in out}
    request, response = _request_value(body, lower), parsed(answer)
    service, operation, resource = _named(span, lower.get("host", ""), request)
    decision = _decision(span, render)
    error = error_of(span, answer, response, out_lower)
    outcome = outcome_of(span.status, error, decision)
    sent = _shown(body, span.request_size, lower, request)
    got = _shown(answer, span.response_size, out_lower, response)
    url = mask.url(span.url)
    account, region = span.account, span.region
    if not account and span.identity is not None:
        account, region = span.identity.scope.account, span.identity.scope.region
    record = Record(
        span.trace, span.id, span.parent, span.kind, service, operation, resource, span.function, account, region,
        _caller(span), span.status, outcome, span.started, span.seconds * 1000, span.request_id, error,
    )  # fmt: skip
    record.detail = {
        "requestBytes": span.request_size,
        "responseBytes": span.response_size,
        "request": {
            "method": span.method,
            "url": url,
            "headers": [[name, mask.header(name, value)] for name, value in headers],
            **_body(sent),
        },
        "response": {
            "status": span.status,
            "headers": [[name, mask.header(name, value)] for name, value in out],
            **_body(got),
        },
        "decision": decision,
    }
    record.text = f"{url} {span.request_id}"
    if span.status >= 300:
        return Described(record, [], [], [])
    wrote = causes.written(service, operation, resource, response, answer, out_lower.get("etag", ""))
    return Described(record, wrote, _items(record, request), [])


def _items(record: Record, request: Any) -> list[tuple[str, dict[str, Any]]]:
    """The items of tables that a request wrote."""
    if record.service != "dynamodb":
        return []
    arn = f"arn:aws:dynamodb:{record.region}:{record.account}:table/"
    return [(arn + table, item) for table, item in causes.items_written(record.operation, request)]


def _run(span: Span) -> Described:
    """A run of a function, or a step of a part."""
    event_bytes = b"".join(span.request_chunks or ())
    event = parsed(event_bytes) if len(event_bytes) <= MAX_EVENT_BYTES else None
    answer = head(span.response_chunks, span.response_size)
    kind = causes.kind_of(event) if span.kind == "invocation" else span.kind
    error = failure_of(span, answer)
    record = Record(
        span.trace, span.id, span.parent, kind, span.service, span.operation, span.resource, span.function,
        span.account, span.region, span.caller or causes.source_of(event), span.status,
        "denied" if span.status in (401, 403) else "error" if error or span.failed else "ok",
        span.started, span.seconds * 1000, span.request_id, error,
    )  # fmt: skip
    given = head([event_bytes], span.request_size)
    sent = _shown(given, span.request_size, _JSON, event if given is event_bytes else None)
    got = _shown(answer, span.response_size, _JSON, parsed(answer))
    record.detail = {
        "requestBytes": span.request_size,
        "responseBytes": span.response_size,
        "request": {"method": "", "url": "", "headers": [], **_body(sent)} if span.request_size else None,
        "response": {"status": span.status, "headers": [], **_body(got)} if span.response_size else None,
        "decision": None,
        "coldStart": span.cold,
        "initMs": span.init_ms if span.cold else None,
    }
    record.text = f"{span.function} {span.request_id}"
    return Described(record, [], [], causes.delivered(event))


_JSON = {"content-type": "application/json"}
_FORM = "application/x-www-form-urlencoded"


def _shown(raw: bytes, size: int, headers: dict[str, str], value: Any) -> Payload:
    """`value` is what the body was read as."""
    content_type = headers.get("content-type", "")
    if content_type.startswith(_FORM):
        value = NOT_PARSED
    return shown(raw, size, content_type, headers.get("content-encoding", ""), value)


def _request_value(body: bytes, headers: dict[str, str]) -> Any:
    if headers.get("content-type", "").startswith(_FORM):
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    return parsed(body)


def _named(span: Span, host: str, request: Any) -> tuple[str, str, str]:
    identity = span.identity
    path = span.url.partition("?")[0]
    if span.service:
        return span.service, span.operation, span.resource
    if identity is None:
        service, operation, resource = place.data_plane(host, path, span.method)
        return service, mask.text(operation), resource
    resource = place.resource_of(identity.service, host, span.url, request)
    return identity.service, identity.operation or f"{span.method} {path}", mask.text(resource)


def _caller(span: Span) -> str:
    identity, signer = span.identity, span.signer
    if span.caller:
        return span.caller
    if signer is not None and signer.key is not None:
        return str(signer.key.arn)
    if signer is not None and identity is not None:
        return f"arn:aws:iam::{identity.scope.account}:root"
    return identity.access_key if identity is not None and identity.access_key else "anonymous"


def _decision(span: Span, render: Render) -> dict[str, Any] | None:
    """The first refusal, else the first decision; a root user's need none."""
    if not span.decisions:
        if span.signer is not None and span.signer.key is None:
            reason = "The account's administrator may do everything"
            return {
                "allowed": True, "action": "", "resource": "", "statement": None, "missing": None, "reason": reason,
            }  # fmt: skip
        return None
    deciding = next((one for one in span.decisions if not one.decision.allowed), span.decisions[0])
    shown_one = render(deciding)
    matched, remedies = shown_one["matched"], shown_one["remedies"]
    wanted = next((one for one in remedies if not one["remove"]), None)
    return {
        "allowed": shown_one["allowed"],
        "action": shown_one["action"],
        "resource": shown_one["resource"],
        "statement": matched["statement"] if matched else None,
        "policy": matched["policy"] if matched else None,
        "missing": wanted["statement"] if wanted else None,
        "reason": shown_one["message"],
        "refused": shown_one["refused"],
        "mode": shown_one["mode"],
        "principal": shown_one["principal"],
    }


def _body(payload: Payload) -> dict[str, Any]:
    return {"body": payload.body, "truncated": payload.truncated, "masked": payload.masked}
