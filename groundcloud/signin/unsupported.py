"""What of Cognito is refused, by name, so that nothing is accepted and then silently not done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin import errors
from groundcloud.signin.desk import Call

_DEVICES, _PASSKEYS = "device tracking", "passkeys (WebAuthn)"
OPERATIONS = {
    "AdminForgetDevice": _DEVICES,
    "AdminGetDevice": _DEVICES,
    "AdminListDevices": _DEVICES,
    "AdminUpdateDeviceStatus": _DEVICES,
    "CompleteWebAuthnRegistration": _PASSKEYS,
    "ConfirmDevice": _DEVICES,
    "DeleteWebAuthnCredential": _PASSKEYS,
    "ForgetDevice": _DEVICES,
    "GetDevice": _DEVICES,
    "ListDevices": _DEVICES,
    "ListWebAuthnCredentials": _PASSKEYS,
    "StartWebAuthnRegistration": _PASSKEYS,
    "UpdateDeviceStatus": _DEVICES,
}
"""Operations that are refused, and the feature they belong to."""

_OF_POOLS = {
    ("DeviceConfiguration",): f"DeviceConfiguration ({_DEVICES})",
    ("LambdaConfig", "CustomEmailSender"): "the CustomEmailSender trigger",
    ("LambdaConfig", "CustomSMSSender"): "the CustomSMSSender trigger",
    ("EmailMfaConfiguration",): "EmailMfaConfiguration (one-time passwords by e-mail)",
    ("EmailAuthenticationMessage",): "EmailAuthenticationMessage (one-time passwords by e-mail)",
    ("WebAuthnConfiguration",): f"WebAuthnConfiguration ({_PASSKEYS})",
    ("WebAuthnRelyingPartyID",): f"WebAuthnRelyingPartyID ({_PASSKEYS})",
}
_ONLY_BY_API = "RefreshTokenRotation in templates: set it by UpdateUserPoolClient"


def of_operation(operation: str) -> AwsError | None:
    feature = OPERATIONS.get(operation)
    if feature is None:
        return None
    return AwsError("UnsupportedOperationException", f"{operation}: {feature} is not supported by Groundcloud")


def of_resource(kind: str, properties: Mapping[str, Any]) -> str | None:
    """Why a resource of a template is refused."""
    if kind == "AWS::Cognito::UserPool":
        feature = _of_pool(properties)
        return f"Groundcloud does not support {feature}" if feature else None
    rotation = properties.get("RefreshTokenRotation") if kind == "AWS::Cognito::UserPoolClient" else None
    asks = isinstance(rotation, Mapping) and rotation.get("Feature") == "ENABLED"
    return f"Groundcloud does not support {_ONLY_BY_API}" if asks else None


async def check_pool(call: Call) -> Response | None:
    """CreateUserPool, UpdateUserPool, SetUserPoolMfaConfig: the engine's, but for what is refused."""
    feature = _of_pool(call.data)
    if feature:
        raise errors.invalid_parameter(f"Groundcloud does not support {feature}")
    return None


def _of_pool(settings: Mapping[str, Any]) -> str:
    for path, feature in _OF_POOLS.items():
        value: Any = settings
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        if value:
            return feature
    return ""
