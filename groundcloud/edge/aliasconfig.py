"""What Lambda refuses of an alias's versions and the engine takes: pure, by the body alone.

https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html. The words are those of recordings made
against AWS (LocalStack's tests/aws/services/lambda_/test_lambda_api.snapshot.json, alias lifecycle).
"""

from __future__ import annotations

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


def check_alias(asked: dict[str, Any]) -> None:
    """Raises `AwsError` for the body of CreateAlias or UpdateAlias."""
    routing = asked.get("RoutingConfig")
    weights = routing.get("AdditionalVersionWeights") if isinstance(routing, dict) else None
    if not isinstance(weights, dict) or not weights:
        return
    if len(weights) > 1:
        raise _invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    ((version, weight),) = weights.items()
    if not version.isdecimal():
        raise _outside(version, weight, _KEYS)
    if not isinstance(weight, (int, float)) or not 0.0 <= weight <= 1.0:
        raise _outside(version, weight, _VALUES)
    main = asked.get("FunctionVersion")
    if main == "$LATEST":
        raise _invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    if main == version:
        raise _invalid(
            f"Invalid function version {version}. Function version {version} is already included in routing "
            "configuration."
        )


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, 400, Type="User")


def _outside(version: str, weight: object, constraint: str) -> AwsError:
    shown = float(weight) if isinstance(weight, (int, float)) else weight
    return AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{{{version}={shown}}}' {_ROUTING} {constraint}",
        400,
    )
