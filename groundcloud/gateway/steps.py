"""What execution logs say of an integration: called only while a request's notes are kept."""

from __future__ import annotations

from collections.abc import Iterable

from groundcloud.gateway.call import Call
from groundcloud.http import Response


def sending(call: Call, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
    """A request is about to go to an endpoint."""
    if call.notes is not None:
        call.notes.add(f"Endpoint request URI: {url.partition('?')[0]}")
        call.notes.pairs("Endpoint request headers", headers)
        call.notes.body("Endpoint request body after transformations", body)
        call.notes.add(f"Sending request to {url.partition('?')[0]}")


def received(call: Call, response: Response, seconds: float) -> None:
    """The endpoint has answered after `seconds`."""
    call.integration_status = response.status
    call.endpoint_request_id = response.headers.get("x-amzn-requestid") or response.headers.get("x-amz-request-id")
    if call.notes is not None:
        latency = round(seconds * 1000)
        call.notes.add(f"Received response. Status: {response.status}, Integration latency: {latency} ms")
        call.notes.pairs("Endpoint response headers", response.headers.items)
        call.notes.body("Endpoint response body before transformations", response.body)
