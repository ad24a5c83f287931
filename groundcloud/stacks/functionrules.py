"""What Lambda refuses of a function's configuration, in its words: the same for its API and for templates.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html. The model lets a function have the memory, the
time and the /tmp of managed instances, which are not there: any other has at most what
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundcloud.engines.constraints import above, fault, path_of, request_faults, told
from groundcloud.errors import AwsError
from groundcloud.stacks.limits import EPHEMERAL_STORAGE_MB, FUNCTION_MEMORY_MB, FUNCTION_SECONDS, LAYERS
from groundcloud.stacks.runtimes import withdrawn_problem
from groundcloud.stacks.tagrules import tags_problem

_MOST = (
    (("MemorySize",), "memorySize", FUNCTION_MEMORY_MB),
    (("Timeout",), "timeout", FUNCTION_SECONDS),
    (("EphemeralStorage", "Size"), "ephemeralStorage.size", EPHEMERAL_STORAGE_MB),
)
NOT_ASSUMABLE = "The role defined for the function cannot be assumed by Lambda."
_CREATE = "CreateFunction"
_CONFIGURED = (_CREATE, "UpdateFunctionConfiguration")
_ASKED_BY_CLOUDFORMATION = {"FunctionName": "f", "Role": "arn:aws:iam::000000000000:role/r", "Code": {}}
_NO_MEMBERS = ("Code", "Role", "Tags", "FunctionName")


def request_problem(operation: str, asked: Mapping[str, Any]) -> AwsError | None:
    """The refusal of the body of an operation of Lambda's; None when it takes it."""
    given = {name: value for name, value in asked.items() if value is not None}
    faults = dict(request_faults("lambda", operation, given))
    runtime = faults.pop("runtime", None) if operation in _CONFIGURED else None
    if operation in _CONFIGURED:
        faults |= _over(given)
    if faults:
        return AwsError("ValidationException", told(list(faults.values())), 400)
    if runtime is not None:
        return _invalid(f"{runtime} or be a valid ARN")
    withdrawn = withdrawn_problem(given.get("Runtime")) if operation in _CONFIGURED else None
    problem = withdrawn or layers_problem(given.get("Layers")) or _levels_problem(operation, given.get("LoggingConfig"))
    if problem is not None:
        return _invalid(problem)
    return _lacking(given) if operation == _CREATE else None


def template_problem(properties: Mapping[str, Any]) -> str | None:
    """Lambda's message about the properties of an ``AWS::Lambda::Function``, or None. Its name, role and code are
    CloudFormation's to ask for."""
    asked = {name: value for name, value in properties.items() if name not in _NO_MEMBERS}
    found = request_problem(_CREATE, asked | _ASKED_BY_CLOUDFORMATION)
    return found.message if found is not None else tags_problem(_tag_keys(properties.get("Tags")))


def _tag_keys(tags: Any) -> list[str]:
    keys = [tag.get("Key") for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    return [key for key in keys if isinstance(key, str)]


def letters_problem(target: str, *, exists: bool) -> str | None:
    """Lambda's message about a dead-letter target, which is a standard queue or topic that is there. AWS says so at
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html, but not in which words."""
    if target.endswith(".fifo"):
        return f"Invalid dead letter queue ARN: {target} is FIFO. A dead letter target must be standard."
    return None if exists else f"Invalid dead letter queue ARN: {target} does not exist."


def layers_problem(layers: Any) -> str | None:
    """Lambda's message about a function's layers, as recorded of AWS in LocalStack's
    tests/aws/services/lambda_/test_lambda_api.snapshot.json (layer function exceptions); the first two are named."""
    seen: dict[str, str] = {}
    for arn in layers if isinstance(layers, list) else []:
        layer = arn.rpartition(":")[0] if isinstance(arn, str) else ""
        if layer and layer in seen:
            return (
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{seen[layer]} and {arn} are versions of the same layer."
            )
        seen[layer] = arn
    if isinstance(layers, list) and len(layers) > LAYERS:
        return f"Cannot reference more than {LAYERS} layers."
    return None


def _levels_problem(operation: str, logging: Any) -> str | None:
    """Levels are of JSON logs only; the sentence as in https://github.com/aws/aws-cdk/pull/28045. An update that does
    not name the format leaves it as it is."""
    if not isinstance(logging, Mapping) or not {"ApplicationLogLevel", "SystemLogLevel"} & logging.keys():
        return None
    if logging.get("LogFormat", "Text" if operation == _CREATE else "JSON") == "JSON":
        return None
    return (
        'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the '
        'LogFormat to "JSON" and try again.'
    )


def _over(given: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for members, path, limit in _MOST:
        value: Any = given
        for name in members:
            value = value.get(name) if isinstance(value, Mapping) else None
        if str(value).isdigit() and int(value) > limit:
            found[path_of(members[0])] = fault(value, path, above(limit))
    return found


def _lacking(given: Mapping[str, Any]) -> AwsError | None:
    """The sentence as in https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_Errors
    and the events of stacks; a runtime of one's own is its own handler."""
    runtime = given.get("Runtime")
    names = ("Runtime",) if isinstance(runtime, str) and runtime.startswith("provided") else ("Runtime", "Handler")
    if given.get("PackageType") == "Image" or all(name in given for name in names):
        return None
    return _invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, 400, Type="User")
