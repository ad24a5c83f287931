"""Every error of the runtime in AWS's words.

The first half are answers of the Invoke API (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html), raised
as `AwsError`. The second half are payloads of a call that ended badly: results with `function_error`, not exceptions.
"""

from __future__ import annotations

import json

from groundcloud.errors import AwsError, GroundcloudError
from groundcloud.runtime import limits

SUPPORTED = "python3.x, nodejs18.x and newer, provided.al2 and provided.al2023 functions deployed as a zip archive"


class EnvironmentGoneError(GroundcloudError):
    """The environment died before it took the call: nothing ran, another environment may take it."""


class NeverRunsError(AwsError):
    """A throttle that no waiting ends: the function's reserved concurrency is zero."""


def function_not_found(arn: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404, Type="User")


def invalid_function_name(name: str) -> AwsError:
    pattern = (
        r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
        r"([a-zA-Z0-9-_\.]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
    )
    return AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: {pattern}",
        400,
    )


def not_ready(state: str) -> AwsError:
    return AwsError(
        "ResourceConflictException",
        f"The operation cannot be performed at this time. The function is currently in the following state: {state}",
        409,
        Type="User",
    )


def function_throttled(reserved: int = 1) -> AwsError:
    return (AwsError if reserved else NeverRunsError)(
        "TooManyRequestsException",
        "Rate Exceeded.",
        429,
        Reason="ReservedFunctionConcurrentInvocationLimitExceeded",
        Type="User",
    )


def account_throttled(why: str) -> AwsError:
    return AwsError(
        "TooManyRequestsException",
        f"Rate Exceeded. ({why})",
        429,
        Reason="ConcurrentInvocationLimitExceeded",
        Type="User",
    )


def queue_full() -> AwsError:
    return AwsError(
        "TooManyRequestsException",
        f"Rate Exceeded. ({limits.ASYNC_QUEUE} asynchronous invocations are waiting)",
        429,
        Reason="CallerRateLimitExceeded",
        Type="User",
    )


def request_too_large(size: int, kind: str, limit: int) -> AwsError:
    """The API's page lists `RequestTooLargeException`; what AWS sends is the error common to its services:
    https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html, github.com/ASFHyP3/hyp3/issues/2241."""
    message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
    if kind == "Event":
        message = f"{size} byte payload is too large for the Event invocation type (limit {limit} bytes)"
    return AwsError("RequestEntityTooLargeException", message, 413, Type="User")


def invalid_json(reason: str) -> AwsError:
    return AwsError(
        "InvalidRequestContentException",
        f"Could not parse request body into json: Could not parse payload into json: {reason}",
        400,
        Type="User",
    )


def invalid_client_context() -> AwsError:
    return AwsError(
        "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.", 400, Type="User"
    )


def invalid_parameter(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, 400, Type="User")


def role_not_assumable() -> AwsError:
    return AwsError(
        "AccessDeniedException", "The role defined for the function cannot be assumed by Lambda.", 403, Type="User"
    )


def unsupported(what: str) -> AwsError:
    return AwsError(
        "InvalidRuntimeException",
        f"The runtime or runtime version specified is not supported: {what}. This cloud runs {SUPPORTED}. "
        "Container images and other runtimes run on the LocalStack profile.",
        502,
        Type="User",
    )


def bad_package(reason: str) -> AwsError:
    return AwsError(
        "InvalidZipFileException", f"Lambda could not unzip the deployment package: {reason}", 502, Type="User"
    )


def service_failure(reason: str) -> AwsError:
    return AwsError("ServiceException", f"Lambda was unable to run the function: {reason}", 500, Type="Service")


def timed_out_payload(request_id: str, seconds: float) -> bytes:
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message}).encode()


def exit_reason(status: int) -> str:
    """What AWS says of a runtime that ended: `status` as `Popen.returncode` has it, negative for a signal."""
    if status == 0:
        return "Runtime exited without providing a reason"
    if status > 0:
        return f"Runtime exited with error: exit status {status}"
    return f"Runtime exited with error: signal: {_SIGNAL_NAMES.get(-status, str(-status))}"


def exited_payload(request_id: str, status: int) -> bytes:
    message = f"RequestId: {request_id} Error: {exit_reason(status)}"
    return json.dumps({"errorType": "Runtime.ExitError", "errorMessage": message}).encode()


def response_too_large_payload(limit: int = limits.RESPONSE_BYTES) -> bytes:
    message = f"Response payload size exceeded maximum allowed payload size ({limit} bytes)."
    return json.dumps({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}).encode()


def truncated_payload(request_id: str) -> bytes:
    """A streamed response that broke off. The type is that of AWS's supervisor (`fatalerror` in its open emulator,
    github.com/aws/aws-lambda-runtime-interface-emulator); the words are ours."""
    message = f"RequestId: {request_id} Error: The runtime closed the connection in the middle of its response"
    return json.dumps({"errorType": "Runtime.TruncatedResponse", "errorMessage": message}).encode()


# As Go's syscall package words them, which is what AWS's supervisor prints.
_SIGNAL_NAMES = {
    1: "hangup",
    2: "interrupt",
    3: "quit",
    4: "illegal instruction",
    5: "trace/breakpoint trap",
    6: "aborted",
    8: "floating point exception",
    9: "killed",
    11: "segmentation fault",
    13: "broken pipe",
    14: "alarm clock",
    15: "terminated",
}
