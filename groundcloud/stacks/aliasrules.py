"""What Lambda refuses of an alias's versions and the engine takes, the same for its API and for templates: pure.

https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html. The words are those of recordings made
against AWS (LocalStack's tests/aws/services/lambda_/test_lambda_api.snapshot.json, alias lifecycle).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundcloud.errors import AwsError

_ROUTING = "at 'routingConfig.additionalVersionWeights' failed to satisfy constraint:"
_VALUES = (
    "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
    "Member must have value greater than or equal to 0.0, Member must not be null]"
)
_KEYS = (
    "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
    "Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+, "
    "Member must not be null]"
)


def weights_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The weights by version that an alias is asked to have besides its main one."""
    routing = asked.get("RoutingConfig")
    weights = routing.get("AdditionalVersionWeights") if isinstance(routing, dict) else None
    return weights if isinstance(weights, dict) else {}


def alias_problem(asked: Mapping[str, Any]) -> AwsError | None:
    """The refusal of an alias with this FunctionVersion and RoutingConfig."""
    weights = weights_of(asked)
    if len(weights) > 1:
        return _invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    for version, weight in weights.items():
        if not version.isdecimal():
            return _outside(version, weight, _KEYS)
        if not isinstance(weight, (int, float)) or not 0.0 <= weight <= 1.0:
            return _outside(version, weight, _VALUES)
        main = asked.get("FunctionVersion")
        if main == "$LATEST":
            return _invalid("$LATEST is not supported for an alias pointing to more than 1 version")
        if main == version:
            return _invalid(
                f"Invalid function version {version}. Function version {version} is already included in routing "
                "configuration."
            )
    return None


def template_weights(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What Lambda's API is asked for an ``AWS::Lambda::Alias``, whose weights are a list; as far as it is known."""
    asked = {name: properties[name] for name in ("FunctionVersion",) if isinstance(properties.get(name), (str, int))}
    routing = properties.get("RoutingConfig")
    listed = routing.get("AdditionalVersionWeights") if isinstance(routing, dict) else None
    if not isinstance(listed, list):
        return asked
    weights = {}
    for position, one in enumerate(listed):
        version = one.get("FunctionVersion") if isinstance(one, dict) else None
        weight = _number(one.get("FunctionWeight")) if isinstance(one, dict) else None
        # A version that is not known yet is some number, and another than any that is.
        weights[str(version) if isinstance(version, (str, int)) else "0" * (position + 2)] = weight or 0.0
    return {**asked, "RoutingConfig": {"AdditionalVersionWeights": weights}}


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, (str, int, float)) else None
    except ValueError:
        return None


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, 400, Type="User")


def _outside(version: str, weight: object, constraint: str) -> AwsError:
    shown = float(weight) if isinstance(weight, (int, float)) else weight
    return AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{{{version}={shown}}}' {_ROUTING} {constraint}",
        400,
    )
