"""What AWS's own API models call sensitive is masked, but for what is no secret: names, addresses, texts.

Source: the `sensitive` trait of shapes in botocore's service models (smithy.io/2.0/spec/documentation-traits.html,
"sensitive": data that must not be exposed in logs).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.model import Shape

from groundcloud.trace import mask

SECRET = "hunter2Z9x"
SHOWN = {
    "cognito-idp": {
        "AuthParameters",
        "ChallengeResponses",
        "ClientId",
        "EncodedData",
        "IpAddress",
        "Username",
        "Value",
    },
    "cognito-identity": set(),
    "iam": set(),
    "kms": {"AccessKeyId", "Message", "PublicKey"},
    "lambda": {"ErrorData", "ErrorMessage", "ErrorType", "InputPayload", "Message", "Payload", "Result", "StackTrace"}
    | {"Variables", "ZipFile"},
    "rds": {"InitQuery", "LogFileData", "PreSignedUrl", "Value"},
    "s3": {"KMSKeyArn", "KMSKeyId", "KMSMasterKeyID", "KeyId", "SSEKMSEncryptionContext", "SSEKMSKeyId"},
    "secretsmanager": set(),
    "sns": {"PhoneNumber", "phoneNumber", "phoneNumbers"},
    "ssm": {"Configuration", "Description", "IPAddress", "Input", "IpAddress", "OwnerInformation", "Parameters"}
    | {"Payload", "Value", "Values"},
    "sts": set(),
}
"""Personal data, and members that hold what their users put there: of those the names and forms within decide."""

DEPTH = 6


def filled(shape: Shape, depth: int = 0, sensitive: bool = False) -> Any:
    """An example of a shape, with `SECRET` wherever it is sensitive."""
    sensitive = sensitive or bool(shape.metadata.get("sensitive"))
    if depth > DEPTH:
        return None
    if shape.type_name == "structure":
        return {name: filled(member, depth + 1, sensitive) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [filled(shape.member, depth + 1, sensitive)]
    if shape.type_name == "map":
        return {"key": filled(shape.value, depth + 1, sensitive)}
    if shape.type_name in ("string", "blob", "character"):
        return SECRET if sensitive else "x"
    return 1


def named(value: Any, name: str = "") -> Iterator[str]:
    """The names of the members that still show it."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from named(one, name if key == "key" else key)
    elif isinstance(value, list):
        for one in value:
            yield from named(one, name)
    elif value == SECRET:
        yield name


@pytest.mark.parametrize("service", sorted(SHOWN))
def test_what_the_models_call_sensitive(service: str) -> None:
    """botocore's model of the service, every operation's request and answer."""
    model = botocore.session.get_session().get_service_model(service)
    shown: set[str] = set()
    for operation in map(model.operation_model, model.operation_names):
        for shape in (operation.input_shape, operation.output_shape):
            if shape is not None:
                shown.update(named(mask.tree(filled(shape))))
    assert shown <= SHOWN[service]
