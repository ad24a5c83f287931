"""The export is OTLP, as OpenTelemetry's own messages read it, and a collector gets it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from groundcloud.trace import otlp
from groundcloud.trace.push import Push
from groundcloud.trace.record import Record

TRACE = "1-67412345-0123456789abcdef01234567"


def record(span: str, parent: str = "", **given: Any) -> Record:
    fields: dict[str, Any] = {
        "kind": "request", "service": "dynamodb", "operation": "PutItem", "resource": "tasks", "function": "",
        "account": "111122223333", "region": "us-east-1", "caller": "ann", "status": 200, "outcome": "ok",
        "started": 1_763_000_000.25, "ms": 1.5, "request_id": "r",
    }  # fmt: skip
    return Record(TRACE, span, parent, **{**fields, **given})


def span(span_id: str, parent: str | None = None, **given: Any) -> dict[str, Any]:
    return {
        "spanId": span_id, "parentId": parent, "traceId": TRACE, "kind": "request", "service": "dynamodb",
        "operation": "PutItem", "resource": "tasks", "account": "1", "region": "us-east-1", "caller": "ann",
        "status": 200, "outcome": "ok", "error": None, "startedAt": 1_763_000_000.25, "durationMs": 1.5,
        "function": None, "requestId": "r", "coldStart": False, "requestBytes": 7, "responseBytes": 2,
        "request": {"method": "POST", "url": "/"}, "decision": {"allowed": True, "action": "dynamodb:PutItem"},
        "logs": [{"time": 1_763_000_000.5, "level": "INFO", "message": "hello"}], **given,
    }  # fmt: skip


def read(exported: dict[str, Any]) -> ExportTraceServiceRequest:
    """As a collector would: OTLP's JSON is protobuf's, but that ids are hex
    (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding)."""

    def in_base64(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: base64.b64encode(bytes.fromhex(one)).decode()
                if name in ("traceId", "spanId", "parentSpanId")
                else in_base64(one)
                for name, one in value.items()
            }
        return [in_base64(one) for one in value] if isinstance(value, list) else value

    return json_format.ParseDict(in_base64(json.loads(json.dumps(exported))), ExportTraceServiceRequest())


def test_an_export_is_what_opentelemetry_reads() -> None:
    failed = span("2" * 16, "1" * 16, function="F", outcome="error", error={"code": "E", "message": "no"}, logs=[])
    linked = {**failed, "links": [{"traceId": TRACE, "spanId": "3" * 16}]}
    found = read(otlp.export([span("1" * 16), linked]))
    first, second = (each.scope_spans[0].spans[0] for each in found.resource_spans)
    assert first.trace_id.hex() == "674123450123456789abcdef01234567" and first.span_id.hex() == "1" * 16
    assert (first.start_time_unix_nano, first.end_time_unix_nano) == (1763000000250000000, 1763000000251500000)
    assert first.name == "dynamodb PutItem" and first.events[0].name == "log" and not first.parent_span_id
    assert second.parent_span_id == first.span_id and second.status.code == 2 and second.status.message == "E: no"
    assert second.links[0].span_id.hex() == "3" * 16
    attributes = {each.key: each.value for each in first.attributes}
    assert attributes["http.response.status_code"].int_value == 200
    assert attributes["groundcloud.iam.allowed"].bool_value is True
    names = [each.resource.attributes[0].value.string_value for each in found.resource_spans]
    assert names == ["dynamodb", "F"]


class _Collector(BaseHTTPRequestHandler):
    taken: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def collector() -> Iterator[HTTPServer]:
    _Collector.taken = []
    server = HTTPServer(("127.0.0.1", 0), _Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_collector_gets_the_spans(collector: HTTPServer) -> None:
    push = Push(f"http://127.0.0.1:{collector.server_port}/")
    push.start()
    push.put([record("1" * 16), record("2" * 16, "1" * 16)])
    push.stop()
    assert {path for path, _ in _Collector.taken} == {"/v1/traces"}
    found = [read(json.loads(body)) for _, body in _Collector.taken]
    assert sum(len(each.resource_spans[0].scope_spans[0].spans) for each in found) == 2
    assert (push.shown()["spans"], push.shown()["lost"], push.shown()["error"]) == (2, 0, None)


def test_a_collector_that_is_away_costs_spans_and_nothing_else(free_port: int) -> None:
    push = Push(f"http://127.0.0.1:{free_port}")
    push.start()
    push.put([record("1" * 16)])
    push.stop()
    assert (push.shown()["spans"], push.shown()["lost"]) == (0, 1) and push.shown()["error"]
