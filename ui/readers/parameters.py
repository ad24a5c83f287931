"""Parameter Store's parameters and Secrets Manager's secrets, by their own APIs. Values that are secret are read only
when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

PAGE = 50
NAMES = 10
"""In one GetParameters."""
SECURE = "SecureString"
TYPES = ("String", "StringList", SECURE)


@dataclass(frozen=True)
class Parameter:
    """One parameter, or one version of it. `value` is null for a ``SecureString``; `changed` is epoch seconds."""

    name: str
    type: str
    version: int
    changed: float
    value: str | None = None
    description: str = ""
    by: str = ""


@dataclass(frozen=True)
class Secret:
    """One secret, without its value. Times are epoch seconds; `deleted` is when it was marked for deletion (null: it is
    not), `stages` are the version ids by staging label."""

    name: str
    arn: str
    description: str
    changed: float | None
    deleted: float | None
    stages: dict[str, str]


class Parameters:
    """Parameters of one account and region. Methods raise botocore's `ClientError` as Systems Manager answers it."""

    def __init__(self, ssm: Any) -> None:
        self._ssm = ssm

    def listed(self, part: str = "", after: str = "") -> tuple[list[Parameter], str]:
        """A page of parameters with this in their names, and where the next page starts (empty: there is none)."""
        asked: dict[str, Any] = {"MaxResults": PAGE}
        if part:
            asked["ParameterFilters"] = [{"Key": "Name", "Option": "Contains", "Values": [part]}]
        if after:
            asked["NextToken"] = after
        found = self._ssm.describe_parameters(**asked)
        told = found.get("Parameters", [])
        values = self._values([each["Name"] for each in told if each["Type"] != SECURE])
        return [_parameter(each, values.get(each["Name"])) for each in told], found.get("NextToken", "")

    def history(self, name: str) -> list[Parameter]:
        """The newest versions of a parameter, newest first; empty when there is none of that name."""
        try:
            found = self._ssm.get_parameter_history(Name=name, MaxResults=PAGE, WithDecryption=False)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterNotFound":
                return []
            raise
        versions = [_parameter(each, None if each["Type"] == SECURE else each["Value"]) for each in found["Parameters"]]
        return sorted(versions, key=lambda each: each.version, reverse=True)

    def value(self, name: str) -> str:
        """The value as it is, a secure one too."""
        return str(self._ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])

    def put(self, name: str, kind: str, value: str, *, new: bool) -> None:
        """Write a parameter; a `new` one must not be there yet."""
        self._ssm.put_parameter(Name=name, Type=kind, Value=value, Overwrite=not new)

    def delete(self, name: str) -> None:
        self._ssm.delete_parameter(Name=name)

    def _values(self, names: list[str]) -> dict[str, str]:
        values: dict[str, str] = {}
        for start in range(0, len(names), NAMES):
            found = self._ssm.get_parameters(Names=names[start : start + NAMES])
            values |= {each["Name"]: each["Value"] for each in found["Parameters"]}
        return values


class Secrets:
    """Secrets of one account and region. Methods raise botocore's `ClientError` as Secrets Manager answers it."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def listed(self, after: str = "") -> tuple[list[Secret], str]:
        """A page of secrets, and where the next page starts (empty: there is none)."""
        asked = {"NextToken": after} if after else {}
        found = self._manager.list_secrets(MaxResults=PAGE, IncludePlannedDeletion=True, **asked)
        return [_secret(each, each.get("SecretVersionsToStages")) for each in found["SecretList"]], found.get(
            "NextToken", ""
        )

    def secret(self, name: str) -> Secret:
        found = self._manager.describe_secret(SecretId=name)
        return _secret(found, found.get("VersionIdsToStages"))

    def value(self, name: str, stage: str = "AWSCURRENT") -> str:
        """The value; of a binary one its size."""
        found = self._manager.get_secret_value(SecretId=name, VersionStage=stage)
        return str(found["SecretString"]) if "SecretString" in found else f"{len(found['SecretBinary'])} bytes, binary"

    def create(self, name: str, value: str) -> None:
        self._manager.create_secret(Name=name, SecretString=value)

    def put(self, name: str, value: str) -> None:
        """Make a new version the current one."""
        self._manager.put_secret_value(SecretId=name, SecretString=value)

    def delete(self, name: str) -> None:
        """Mark for deletion; it can be restored for 30 days."""
        self._manager.delete_secret(SecretId=name)

    def restore(self, name: str) -> None:
        self._manager.restore_secret(SecretId=name)


def _parameter(found: dict[str, Any], value: str | None) -> Parameter:
    return Parameter(
        name=found["Name"],
        type=found["Type"],
        version=found["Version"],
        changed=found["LastModifiedDate"].timestamp(),
        value=value,
        description=found.get("Description", ""),
        by=found.get("LastModifiedUser", ""),
    )


def _secret(found: dict[str, Any], versions: dict[str, list[str]] | None) -> Secret:
    changed, deleted = found.get("LastChangedDate"), found.get("DeletedDate")
    return Secret(
        name=found["Name"],
        arn=found["ARN"],
        description=found.get("Description", ""),
        changed=changed.timestamp() if changed else None,
        deleted=deleted.timestamp() if deleted else None,
        stages={stage: version for version, stages in (versions or {}).items() for stage in stages},
    )
