"""Spans in OpenTelemetry's JSON. Pure.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: ids in hex, 64-bit numbers as strings, names in
camelCase. Attributes: https://opentelemetry.io/docs/specs/semconv/.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from groundcloud import __version__

_SERVER, _CLIENT, _INTERNAL, _CONSUMER = 2, 3, 1, 5
_KINDS = {"request": _SERVER, "invocation": _SERVER, "delivery": _CONSUMER}
_ERROR = 2


def export(spans: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """An `ExportTraceServiceRequest` of spans as the route of one trace shows them: one resource a service."""
    services: dict[str, list[dict[str, Any]]] = {}
    for span in spans:
        services.setdefault(span["function"] or span["service"] or "groundcloud", []).append(_span(span))
    return {"resourceSpans": [_resource(service, found) for service, found in services.items()]}


def _resource(service: str, spans: list[dict[str, Any]]) -> dict[str, Any]:
    attributes = {"service.name": service, "service.namespace": "groundcloud", "cloud.provider": "aws"}
    scope = {"name": "groundcloud", "version": __version__}
    return {
        "resource": {"attributes": _attributes(attributes)},
        "scopeSpans": [{"scope": scope, "spans": spans}],
    }


def trace_id(trace: str) -> str:
    """X-Ray's ``1-xxxxxxxx-24 digits`` is OpenTelemetry's 32 digits with two dashes and a version
    (https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids)."""
    return trace.replace("1-", "", 1).replace("-", "")


def _span(span: dict[str, Any]) -> dict[str, Any]:
    started = span["startedAt"]
    shape: dict[str, Any] = {
        "traceId": trace_id(span["traceId"]),
        "spanId": span["spanId"],
        "name": f"{span['service']} {span['operation']}".strip(),
        "kind": _KINDS.get(span["kind"], _INTERNAL),
        "startTimeUnixNano": _nanoseconds(started),
        "endTimeUnixNano": _nanoseconds(started + span["durationMs"] / 1000),
        "attributes": _attributes(_facts(span)),
        "status": {"code": _ERROR, "message": _message(span)} if span["outcome"] != "ok" else {},
    }
    if span["parentId"]:
        shape["parentSpanId"] = span["parentId"]
    if span.get("links"):
        shape["links"] = [{"traceId": trace_id(one["traceId"]), "spanId": one["spanId"]} for one in span["links"]]
    if span["logs"]:
        shape["events"] = [
            {
                "timeUnixNano": _nanoseconds(line["time"]),
                "name": "log",
                "attributes": _attributes({"log.severity": line["level"], "log.message": line["message"]}),
            }
            for line in span["logs"]
        ]
    return shape


def _facts(span: dict[str, Any]) -> dict[str, Any]:
    request, decision = span.get("request") or {}, span.get("decision") or {}
    return {
        "rpc.system": "aws-api" if span["kind"] == "request" and span["region"] else None,
        "rpc.service": span["service"],
        "rpc.method": span["operation"],
        "aws.request_id": span["requestId"],
        "aws.resource": span["resource"],
        "cloud.account.id": span["account"],
        "cloud.region": span["region"],
        "enduser.id": span["caller"],
        "http.request.method": request.get("method"),
        "url.full": request.get("url"),
        "http.response.status_code": span["status"],
        "http.request.body.size": span.get("requestBytes"),
        "http.response.body.size": span.get("responseBytes"),
        "faas.invoked_name": span["function"],
        "faas.coldstart": span["coldStart"] if span["function"] else None,
        "groundcloud.kind": span["kind"],
        "groundcloud.iam.action": decision.get("action"),
        "groundcloud.iam.allowed": decision.get("allowed"),
        "error.type": (span["error"] or {}).get("code"),
    }


def _message(span: dict[str, Any]) -> str:
    error = span["error"] or {}
    return f"{error.get('code', '')}: {error.get('message', '')}".strip(": ")


def _nanoseconds(epoch: float) -> str:
    return str(int(epoch * 1_000_000) * 1000)


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items() if value not in (None, "")]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}
