"""Writes access and execution logs of the stages that ask for them.

The lines of execution logs are those of https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html
"""

from __future__ import annotations

from groundcloud.gateway.access_log import line
from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError
from groundcloud.gateway.execution_log import Notes
from groundcloud.gateway.log_delivery import LogDelivery
from groundcloud.gateway.model import Method
from groundcloud.gateway.usage import method_key
from groundcloud.http import Response

_FAILURES = {
    "API_CONFIGURATION_ERROR": "Execution failed due to configuration error: {}",
    "AUTHORIZER_CONFIGURATION_ERROR": "Execution failed due to an authorizer configuration error: {}",
    "INTEGRATION_FAILURE": "Execution failed due to a network error communicating with endpoint: {}",
    "INTEGRATION_TIMEOUT": "Execution failed due to a timeout error",
    "DEFAULT_5XX": "Execution failed due to configuration error: Malformed Lambda proxy response",
}


class Journal:
    """Notes what happens to calls, and hands the lines to `delivery` when they are answered."""

    def __init__(self, delivery: LogDelivery) -> None:
        self._delivery = delivery

    def begin(self, call: Call, method: Method) -> None:
        """A call of `method` begins; its notes are kept if its execution is logged."""
        logging = call.stage.logging
        wanted = logging.of(method_key(method.resource_path, call.request.method)) if logging else None
        if wanted is not None:
            call.notes = Notes(wanted.data, secrets_of(method))
            begin(call, method)

    def end(self, call: Call, response: Response, latency: float) -> None:
        """The call was answered; `latency` in seconds."""
        stage = call.stage
        if stage.logging is None:
            return
        if stage.logging.access is not None:
            text = line(stage.logging.access.parts, call, response, latency)
            self._delivery.add(stage.scope, stage.logging.access.group, [text])
        if call.notes is None or call.match is None:
            return
        end(call, response)
        wanted = stage.logging.of(method_key(call.match.method.resource_path, call.request.method))
        kept = call.notes.lines if wanted is not None and wanted.level == "INFO" else call.notes.failures
        if kept:
            group = f"API-Gateway-Execution-Logs_{stage.api_id}/{stage.name}"
            self._delivery.add(stage.scope, group, [f"({call.request_id}) {one}" for one in kept])


def begin(call: Call, method: Method) -> None:
    """The lines with which every execution log begins."""
    notes, request = call.notes, call.request
    assert notes is not None
    notes.add(f"Extended Request Id: {call.extended_request_id}")
    notes.add(f"Starting execution for request: {call.request_id}")
    notes.add(f"HTTP Method: {request.method}, Resource Path: {method.resource_path}")
    notes.pairs("Method request path", ((call.match.parameters or {}) if call.match else {}).items())
    notes.pairs("Method request query string", request.query)
    notes.pairs("Method request headers", request.headers.items)
    notes.body("Method request body before transformations", request.body)


def end(call: Call, response: Response) -> None:
    """The lines with which every execution log ends."""
    notes = call.notes
    assert notes is not None
    if call.error is None:
        notes.body("Method response body after transformations", response.body)
        notes.pairs("Method response headers", response.headers.items)
        notes.add("Successfully completed execution")
        notes.add(f"Method completed with status: {response.status}")
        return
    notes.fail(failure(call.error))
    notes.add(f"Gateway response type: {call.error.type} with status code: {response.status}")
    notes.body("Gateway response body", response.body)
    notes.fail(f"Method completed with status: {response.status}")


def failure(error: GatewayError) -> str:
    """What an execution log says of a refusal or failure; a reason that is kept from the client is in it."""
    form = _FAILURES.get(error.type)
    if form is None or (error.type == "DEFAULT_5XX" and error.status != 502):
        return f"Execution ended: {error.type}: {error.message}"
    return form.format(error.__cause__ or error.message)


def secrets_of(method: Method) -> set[str]:
    """The names of the parameters from which the method's authorizer reads who calls."""
    sources = method.authorizer.identity_sources if method.authorizer else ()
    return {source.rpartition(".")[2].lower() for source in sources if source.startswith("method.request.")}
