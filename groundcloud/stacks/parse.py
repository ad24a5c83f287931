"""Template text to data: JSON, or YAML with CloudFormation's short forms, in AWS's words when it is neither.

A template is a dict in the order it was written; `!Ref x` reads as ``{"Ref": "x"}``, `!GetAtt a.b` as
``{"Fn::GetAtt": ["a", "b"]}``. Dates stay strings: ``2012-10-17`` is a policy's version, not a day.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from groundcloud.errors import AwsError
from groundcloud.stacks.errors import template_format_error, validation_error

Template = dict[str, Any]

_BARE = ("Ref", "Condition")
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_BaseLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BaseLoader):  # type: ignore[misc]
    """PyYAML's safe loader (libyaml's when it is there) plus CloudFormation's tags."""


def _construct_short_form(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in _BARE else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


_Loader.add_multi_constructor("!", _construct_short_form)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in _BaseLoader.yaml_implicit_resolvers.items()
}


def parse_template(text: str) -> Template:
    """The template in `text`. Raises `ValidationError` with line and column, or when it is not an object."""
    document = _parse_json(text) if text.lstrip().startswith("{") else _parse_yaml(text)
    if not isinstance(document, dict):
        raise template_format_error("unsupported structure.")
    return document


def parse_document(text: str) -> Any:
    """Any JSON or YAML document (an OpenAPI definition, an included snippet), by the same rules."""
    return _parse_json(text) if text.lstrip().startswith(("{", "[")) else _parse_yaml(text)


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _not_well_formed("JSON", error.lineno, error.colno) from error


def _parse_yaml(text: str) -> Any:
    try:
        # A subclass of the safe loader: only CloudFormation's own tags are added.
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _not_well_formed("YAML", line, column) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise template_format_error("YAML not well-formed.") from error


def _not_well_formed(language: str, line: int, column: int) -> AwsError:
    return template_format_error(f"{language} not well-formed. (line {line}, column {column})")


def object_of_url(url: str) -> tuple[str, str]:
    """Bucket and key that an S3 address names: ``s3://b/k``, path style or virtual-host style, on any endpoint.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    parts = urlsplit(url)
    host, path = (parts.hostname or ""), unquote(parts.path).lstrip("/")
    named = parts.netloc if parts.scheme == "s3" else _bucket_of_host(host)
    bucket, _, key = (named, "", path) if named is not None else path.partition("/")
    if parts.scheme not in ("s3", "http", "https") or not bucket or not key:
        raise validation_error(f"TemplateURL must be a supported URL. ({url})")
    return bucket, key


def _bucket_of_host(host: str) -> str | None:
    for mark in (".s3.", ".s3-"):
        bucket, found, _ = host.partition(mark)
        if found and bucket:
            return bucket
    return None
