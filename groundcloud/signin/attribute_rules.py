"""Which attributes a user may have, and who may write them: pure functions.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
"""

from __future__ import annotations

import re
from typing import Any

from groundcloud.signin import errors
from groundcloud.signin.directory import Client, Pool

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+|[^@\s]+@localhost")
_PHONE = re.compile(r"\+[0-9]{5,15}")
_FLAGS = ("email_verified", "phone_number_verified")
_NEVER = ("sub", "identities", "cognito:mfa_enabled")


def named_values(attributes: object) -> dict[str, str]:
    """Name to value of a list of attributes; empty when the list is not in order, which the engine then refuses."""
    if not isinstance(attributes, list) or not all(isinstance(one, dict) and "Name" in one for one in attributes):
        return {}
    pairs: list[dict[str, Any]] = attributes
    return {str(one["Name"]): str(one.get("Value") or "") for one in pairs}


def check_written(pool: Pool, client: Client, attributes: dict[str, str]) -> None:
    """What a user writes through an app client. Raises `NotAuthorizedException`, `InvalidParameterException`."""
    writable = client.settings.get("WriteAttributes") or []
    for name in attributes:
        if name in _FLAGS or (writable and name not in writable):
            # Users may not say of their own addresses that they were verified either.
            raise errors.not_authorized("A client attempted to write unauthorized attribute")
    check_values(pool, attributes)


def check_values(pool: Pool, attributes: dict[str, str]) -> None:
    """What anybody writes has to fit the pool's schema. Raises `InvalidParameterException`."""
    schema = {str(one["Name"]): one for one in pool.settings.get("SchemaAttributes") or []}
    if not schema:
        return
    for name, value in attributes.items():
        if name in _NEVER:
            raise errors.invalid_parameter(f"Cannot modify the non-mutable attribute {name}")
        if name not in schema:
            raise _not_conforming(name, "Attribute does not exist in the schema.")
        problem = _problem(schema[name], value)
        if problem:
            raise _not_conforming(name, problem)
    if attributes.get("email") and not _EMAIL.fullmatch(attributes["email"]):
        raise errors.invalid_parameter("Invalid email address format.")
    if attributes.get("phone_number") and not _PHONE.fullmatch(attributes["phone_number"]):
        raise errors.invalid_parameter("Invalid phone number format.")


def check_mutable(pool: Pool, attributes: dict[str, str], present: dict[str, str]) -> None:
    """Attributes that may not change, once they have a value. Raises `InvalidParameterException`."""
    for one in pool.settings.get("SchemaAttributes") or []:
        name = str(one["Name"])
        changes = name in attributes and attributes[name] != present.get(name)
        if changes and one.get("Mutable") is False and name not in _NEVER:
            raise errors.invalid_parameter(f"user.{name}: Attribute cannot be updated.\n")


def required_missing(pool: Pool, attributes: dict[str, str]) -> list[str]:
    """The required attributes without a value."""
    schema = pool.settings.get("SchemaAttributes") or []
    required = [str(one["Name"]) for one in schema if one.get("Required")]
    return [name for name in required if name != "sub" and not attributes.get(name)]


def check_required(pool: Pool, attributes: dict[str, str]) -> None:
    for name in required_missing(pool, attributes):
        raise _not_conforming(name, "The attribute is required")


def _problem(rule: dict[str, Any], value: str) -> str:
    if rule.get("AttributeDataType") == "Number":
        limits = rule.get("NumberAttributeConstraints") or {}
        if not re.fullmatch(r"-?[0-9]+", value):
            return "The attribute is not a valid number" if value else ""
        return _out_of(int(value), limits.get("MinValue"), limits.get("MaxValue"), "Number must be no {} than {}")
    if rule.get("AttributeDataType") == "Boolean":
        return "" if value in ("true", "false", "") else "The attribute is not a valid boolean"
    limits = rule.get("StringAttributeConstraints") or {}
    if not value:
        return ""
    return _out_of(
        len(value), limits.get("MinLength"), limits.get("MaxLength"), "String must be no {} than {} characters"
    )


def _out_of(size: int, least: object, most: object, sentence: str) -> str:
    words = ("shorter", "longer") if "String" in sentence else ("less", "greater")
    if least not in (None, "") and size < int(str(least)):
        return sentence.format(words[0], least)
    if most not in (None, "") and size > int(str(most)):
        return sentence.format(words[1], most)
    return ""


def _not_conforming(name: str, problem: str) -> Exception:
    return errors.invalid_parameter(f"Attributes did not conform to the schema: {name}: {problem}\n")
