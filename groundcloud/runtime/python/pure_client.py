"""A runtime client for Python functions in pure Python, where AWS's own `awslambdaric` has no wheel (macOS) or none
for the interpreter that runs the function.

It speaks the Lambda Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) and gives handlers
what AWS documents (https://docs.aws.amazon.com/lambda/latest/dg/python-context.html): the same contract tests run over
both. It runs inside the function's process, so it uses the standard library only and works on Python 3.10 and later.
It differs in one thing: a named tuple is returned as a list, not as an object.
"""

# The environment and its paths are the function's, not the cloud's.

from __future__ import annotations

import importlib
import json
import logging
import math
import os
import random
import sys
import time
import traceback
from decimal import Decimal

# Type checkers take this for true; importing typing would cost a cold start 4 ms.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Protocol, TextIO

    class RuntimeClient(Protocol):
        """`api_client.RuntimeClient`, which stands in a file of its own."""

        def next(self) -> tuple[dict[str, str], bytes]: ...
        def respond(self, request_id: str, body: bytes, content_type: str) -> None: ...
        def fail(self, request_id: str, body: bytes, headers: str = "") -> None: ...
        def fail_init(self, body: bytes, headers: str = "") -> None: ...


_TEXT_FRAME = 0xA55A0003
_ERROR_FRAME = 0xA55A0017
_FRAMES = {10: 0xA55A000B, 20: 0xA55A000F, 30: 0xA55A0013, 40: 0xA55A0017, 50: 0xA55A001B}
_JSON_TIME = "%Y-%m-%dT%H:%M:%SZ"
_RECORD_NAMES = {*logging.makeLogRecord({}).__dict__, "aws_request_id", "taskName"}
_UNICODE_SINCE = (3, 12)


class FaultError(Exception):
    """A failure that the runtime, not the handler, reports: its type, message and trace."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.trace = trace or []


def _error_header(error: dict[str, Any]) -> str:
    return f"Lambda-Runtime-Function-Error-Type: {error['errorType']}\r\n"


class _Record:
    """An object with the members it is given, and None for any other of `names`."""

    def __init__(self, names: Iterable[str], values: dict[str, Any] | None) -> None:
        for name in names:
            setattr(self, name, (values or {}).get(name))


class LambdaContext:
    """The handler's second argument."""

    def __init__(self, headers: dict[str, str]) -> None:
        environ = os.environ
        self.aws_request_id = headers.get("lambda-runtime-aws-request-id")
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.function_name = environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.tenant_id = None
        self.client_context = _client_context(headers.get("lambda-runtime-client-context"))
        self.identity = _identity(headers.get("lambda-runtime-cognito-identity"))
        self._deadline = int(headers.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message: object) -> None:
        sys.stdout.write(str(message))


def _client_context(text: str | None) -> _Record | None:
    if not text:
        return None
    values = json.loads(text)
    if values.get("client") is not None:
        names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
        values["client"] = _Record(names, values["client"])
    return _Record(("custom", "env", "client"), values)


def _identity(text: str | None) -> _Record:
    values = json.loads(text) if text else {}
    names = {"cognito_identity_id": "cognitoIdentityId", "cognito_identity_pool_id": "cognitoIdentityPoolId"}
    return _Record(names, {name: values.get(key) for name, key in names.items()})


class _Unbuffered:
    """A stream that is flushed at each write, so that output is there before the answer is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def writelines(self, texts: Iterable[str]) -> None:
        self._stream.writelines(texts)
        self._stream.flush()


class _Frames(logging.Handler):
    """Writes log records as frames to the telemetry descriptor; see `groundcloud/runtime/output.py`."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        record.aws_request_id = self.request_id
        self.frame(self.format(record), _FRAMES.get(record.levelno // 10 * 10, _TEXT_FRAME))

    def frame(self, text: str, kind: int) -> None:
        data = text.encode("utf-8", "replace")
        stamp = time.time_ns() // 1000
        frame = kind.to_bytes(4, "big") + len(data).to_bytes(4, "big") + stamp.to_bytes(8, "big") + data
        view = memoryview(frame)
        while view:
            view = view[os.write(self._descriptor, view) :]


class _JsonFormatter(logging.Formatter):
    """A record as one JSON object, for functions whose log format is JSON; what was passed as `extra` is in it."""

    def format(self, record: logging.LogRecord) -> str:
        plain = isinstance(record.msg, dict) and not record.args
        kind, error, trace = record.exc_info or (None, None, None)
        values = {
            "timestamp": self.formatTime(record, _JSON_TIME),
            "level": record.levelname,
            "message": record.msg if plain else record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(trace) if kind else None,
            "errorType": kind.__name__ if kind else None,
            "errorMessage": str(error) if kind else None,
            "requestId": getattr(record, "aws_request_id", None),
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if kind else None,
        }
        for name, value in record.__dict__.items():
            if name not in _RECORD_NAMES and name not in values:
                values[name] = value
        return _json_line({name: value for name, value in values.items() if value is not None})


def _json_line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, default=str) + "\n"


def _is_json() -> bool:
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


def _set_up_logging() -> _Frames:
    handler = _Frames(int(os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD")))
    logging.Formatter.converter = time.gmtime
    if _is_json():
        handler.setFormatter(_JsonFormatter())
        logging.getLogger().addHandler(handler)
        level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "")
        level = "DEBUG" if level == "TRACE" else level
        if level in ("DEBUG", "INFO", "WARN", "ERROR", "FATAL"):
            logging.getLogger().setLevel(level)
        return handler
    layout = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
    handler.setFormatter(logging.Formatter(layout, "%Y-%m-%dT%H:%M:%S"))
    logging.getLogger().addHandler(handler)
    return handler


def _find_handler(name: str) -> Callable[[Any, LambdaContext], Any]:
    module_name, dot, function = name.rpartition(".")
    if not dot:
        message = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        raise FaultError("Runtime.MalformedHandlerName", message)
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {module_name} as a handler module"
        raise FaultError("Runtime.BuiltInModuleConflict", message)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise FaultError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        message = f"Syntax error in module '{module_name}': {error}"
        raise FaultError("Runtime.UserCodeSyntaxError", message, trace) from error
    if not hasattr(module, function):
        raise FaultError("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module_name}'")
    found: Callable[[Any, LambdaContext], Any] = getattr(module, function)
    return found


def _encode(value: Any) -> bytes:
    """JSON as Lambda's marshaller writes it: decimals as numbers with all their digits."""
    mark = f"{random.getrandbits(64):016x}:"
    found = False

    def default(item: Any) -> Any:
        nonlocal found
        if not isinstance(item, Decimal):
            raise TypeError(f"Object of type {type(item).__name__} is not JSON serializable")
        if item.is_nan():
            return math.nan
        found = True
        return mark + str(item)

    text = json.dumps(value, default=default, ensure_ascii=sys.version_info < _UNICODE_SINCE)
    if found:
        # Every marked string is one of ours: nobody else knows the mark.
        head, *rest = text.split('"' + mark)
        text = head + "".join(part.replace('"', "", 1) for part in rest)
    return text.encode()


def _marshal(value: Any) -> tuple[bytes, str]:
    if isinstance(value, bytes):
        return value, "application/unknown"
    try:
        return _encode(value), "application/json"
    except Exception as error:
        raise FaultError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _describe(error: Exception, request_id: str = "") -> dict[str, Any]:
    """The error payload, with the trace from the first frame that is not ours."""
    if isinstance(error, FaultError):
        return _payload(error.message, error.kind, request_id, error.trace)
    frames = [
        (frame.filename, frame.lineno or 0, frame.name, frame.line)
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    ours = sum(1 for _ in _leading(frames))
    # Tuples, not frames: AWS's traces have no markers under the line.
    return _payload(str(error), type(error).__name__, request_id, traceback.format_list(frames[ours:]))


def _leading(frames: list[Any]) -> Iterator[Any]:
    for frame in frames:
        if frame[0] != __file__:
            return
        yield frame


def _payload(message: str, kind: str, request_id: str, trace: list[str]) -> dict[str, Any]:
    return {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}


def _log_error(handler: _Frames, error: dict[str, Any]) -> None:
    if _is_json():
        moment = time.strftime(_JSON_TIME, time.gmtime())
        handler.frame(_json_line({"timestamp": moment, "level": "ERROR", **error}), _ERROR_FRAME)
        return
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}", "Traceback (most recent call last):"]
    for element in error["stackTrace"]:
        for line in element.splitlines():
            text = line.lstrip(" ")
            lines.append("\u00a0" * (len(line) - len(text)) + text)
    handler.frame("\n".join(lines), _ERROR_FRAME)


def _run_one(client: RuntimeClient, function: Callable[[Any, LambdaContext], Any], handler: _Frames) -> None:
    headers, body = client.next()
    request_id = headers["lambda-runtime-aws-request-id"]
    handler.request_id = request_id
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id", "")
    try:
        try:
            event = json.loads(body)
        except ValueError as error:
            raise FaultError("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error
        answer, content_type = _marshal(function(event, LambdaContext(headers)))
    except Exception as error:  # noqa: BLE001  whatever the handler raises is its result
        described = _describe(error, request_id)
        _log_error(handler, described)
        client.fail(request_id, _encode(described), _error_header(described))
    else:
        client.respond(request_id, answer, content_type)


def main(name: str, client: RuntimeClient) -> None:
    """Import the handler `name` and serve the invocations of `client` for ever."""
    sys.stdout = _Unbuffered(sys.stdout)
    sys.stderr = _Unbuffered(sys.stderr)
    handler = _set_up_logging()
    try:
        function = _find_handler(name)
    except Exception as error:  # noqa: BLE001  whatever a module raises while it is imported is the init error
        described = _describe(error)
        _log_error(handler, described)
        client.fail_init(_encode(described), _error_header(described))
        sys.exit(1)
    while True:
        _run_one(client, function, handler)
