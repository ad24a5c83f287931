"""`AWS::Include`: parts of a template that live in S3 objects.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-include.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.stacks.errors import validation_error
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.parse import Template, object_of_url

INCLUDE = "AWS::Include"
_FAILED = "Transform AWS::Include failed with: "
FETCH_FAILED = _FAILED + "The specified S3 object's content could not be read: "

Place = tuple[str, str]


def included_places(template: Template, evaluator: Evaluator) -> set[Place]:
    """Bucket and key of every snippet. Raises `ValidationError` when a location is no S3 address."""
    places: set[Place] = set()
    _collect(template, evaluator, places)
    return places


def include(template: Template, evaluator: Evaluator, snippets: Mapping[Place, Any]) -> Template:
    """`template` with each include put as its snippet; members beside the include stay."""
    result: Template = _replace(template, evaluator, snippets)
    return result


def _include_of(node: Any) -> dict[str, Any] | None:
    """The include in an object: below ``Fn::Transform``, or below the template's own ``Transform``."""
    if not isinstance(node, dict):
        return None
    for key in ("Fn::Transform", "Transform"):
        call = node.get(key)
        if isinstance(call, dict) and call.get("Name") == INCLUDE:
            return call
    return None


def _collect(node: Any, evaluator: Evaluator, places: set[Place]) -> None:
    call = _include_of(node)
    if call is not None:
        places.add(_place(call, evaluator))
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        _collect(child, evaluator, places)


def _replace(node: Any, evaluator: Evaluator, snippets: Mapping[Place, Any]) -> Any:
    if isinstance(node, list):
        return [_replace(item, evaluator, snippets) for item in node]
    if not isinstance(node, dict):
        return node
    call = _include_of(node)
    result = {key: _replace(value, evaluator, snippets) for key, value in node.items() if value is not call}
    if call is None:
        return result
    snippet = snippets[_place(call, evaluator)]
    if not isinstance(snippet, dict):
        raise validation_error(_FAILED + "The snippet must be an object.")
    return {**snippet, **result}


def _place(call: dict[str, Any], evaluator: Evaluator) -> Place:
    parameters = call.get("Parameters")
    location = evaluator.text(parameters.get("Location")) if isinstance(parameters, dict) else None
    if location is None:
        raise validation_error(_FAILED + "The location parameter is not a valid S3 uri.")
    try:
        return object_of_url(location)
    except AwsError as error:
        raise validation_error(_FAILED + "The location parameter is not a valid S3 uri.") from error
