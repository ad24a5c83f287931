"""Whether the parameter mappings of a method lead from what there is to what there is: pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html. Wordings: as clients of
AWS report them (https://github.com/awslabs/aws-solutions-constructs/issues/1130,
https://github.com/Testlio/lambda-tools/issues/56 and
https://github.com/amazon-archives/aws-apigateway-importer/issues/121).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_TARGET = re.compile(r"integration\.request\.(path|querystring|header)\.\S+")
_REQUEST_SOURCE = re.compile(
    r"method\.request\.(multivalue)?(path|querystring|header)\.\S+|method\.request\.body(\..+)?"
    r"|stageVariables\.\S+|context\.\S+"
)
_RESPONSE_TARGET = re.compile(r"method\.response\.(multivalue)?header\.\S+")
_RESPONSE_SOURCE = re.compile(
    r"integration\.response\.(multivalue)?header\.\S+|integration\.response\.body(\..+)?|stageVariables\.\S+|context\.\S+"
)
_GATEWAY_TARGET = re.compile(r"gatewayresponse\.header\.\S+")
_METHOD_PARAMETER = re.compile(r"method\.request\.(path|(multivalue)?(querystring|header))\.\S+")
_NAMED = re.compile(r"method\.(?:request|response)\.(?:multivalue)?(path|querystring|header)\.(\S+)")


def method_parameters_problem(names: Iterable[str]) -> str | None:
    """Of the request parameters that a method declares."""
    listed = list(names)
    errors = [_bad(name) for name in listed if not _METHOD_PARAMETER.fullmatch(name)]
    if errors:
        return _told(errors)
    own = [name for _, name in {_key(name) for name in listed}]
    # Recorded on AWS (LocalStack's test_apigateway_api.snapshot.json, "req-params-same-name").
    return None if len(own) == len(set(own)) else "Parameter names must be unique across querystring, header and path"


def method_response_problem(names: Iterable[str]) -> str | None:
    """Of the headers that a method response declares."""
    errors = [_bad(name) for name in names if not _RESPONSE_TARGET.fullmatch(name)]
    return _told(errors) if errors else None


def request_problem(mapped: Mapping[str, Any], declared: Iterable[str]) -> str | None:
    """Of an integration's request parameters; `declared` are those of its method."""
    known, errors = {_key(name) for name in declared}, []
    for target, source in mapped.items():
        if not _TARGET.fullmatch(target):
            errors.append(_bad(target))
        elif not _is_source(source, _REQUEST_SOURCE):
            errors.append(_bad(source))
        elif _NAMED.fullmatch(source) and _key(source) not in known:
            errors.append(f"Invalid mapping expression parameter specified: {source}")
    return _told(errors) if errors else None


def response_problem(mapped: Mapping[str, Any], declared: Iterable[str] | None) -> str | None:
    """Of an integration response's parameters; `declared` are those of the method response of its status, None when
    there is none."""
    if not mapped:
        return None
    if declared is None:
        return _told(["No method response exists for method."])
    known, errors = {_key(name) for name in declared}, []
    for target, source in mapped.items():
        if not _RESPONSE_TARGET.fullmatch(target):
            errors.append(_bad(target))
        elif _key(target) not in known:
            errors.append(f"Invalid mapping expression parameter specified: {target}")
        elif not _is_source(source, _RESPONSE_SOURCE):
            errors.append(_bad(source))
    return _told(errors) if errors else None


def gateway_response_problem(mapped: Mapping[str, Any]) -> str | None:
    """Of a gateway response's parameters."""
    errors = [_bad(target) for target in mapped if not _GATEWAY_TARGET.fullmatch(target)]
    errors += [_bad(source) for source in mapped.values() if not _is_source(source, _REQUEST_SOURCE)]
    return _told(errors) if errors else None


def _is_source(source: Any, form: re.Pattern[str]) -> bool:
    """What is not text is not known yet."""
    if not isinstance(source, str) or "${" in source:
        return True
    is_static = len(source) >= 2 and source[0] == source[-1] == "'"
    return is_static or form.fullmatch(source) is not None


def _key(name: str) -> tuple[str, str]:
    """Place and name of a parameter: names of headers compare without case, and one with several values is the same."""
    found = _NAMED.fullmatch(name)
    if found is None:
        return ("", name)
    return (found[1], found[2].lower() if found[1] == "header" else found[2])


def _bad(expression: Any) -> str:
    return f"Invalid mapping expression specified: {expression}"


def _told(errors: list[str]) -> str:
    return f"Invalid mapping expression specified: Validation Result: warnings : [], errors : [{', '.join(errors)}]"
