"""The registry schemas of CloudFormation's resource types, as cfn-lint ships them.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schemas.html. Only files are read:
importing cfn-lint itself takes half a second of processor time, which nobody should wait for in a deployment.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_REGION = "us-east-1"
"""Every type that a region has, this one has."""


@cache
def schema_of(kind: str) -> dict[str, Any] | None:
    """The schema of a type (``AWS::SQS::Queue``), without its prose; None for a type that is not AWS's."""
    digest = _digests().get(kind)
    if digest is None:
        return None
    text = (_folder() / "resources" / f"{digest}.json").read_bytes()
    found: dict[str, Any] = json.loads(text, object_hook=_without_prose)
    return found


@cache
def _digests() -> dict[str, str]:
    found: dict[str, str] = json.loads((_folder() / "providers" / f"{_REGION}.json").read_bytes())
    return found


@cache
def _folder() -> Path:
    spec = find_spec("cfnlint")
    assert spec is not None and spec.submodule_search_locations, "cfn-lint is one of our requirements"
    return Path(spec.submodule_search_locations[0]) / "data" / "schemas"


def _without_prose(found: dict[str, Any]) -> dict[str, Any]:
    # A property may have this name, and is a dict then.
    if type(found.get("description")) is str:
        del found["description"]
    return found
