"""Policy documents, compiled once: text or parsed JSON in, tests ready to run out.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. What cannot be understood is refused
here; what IAM refuses besides (a Principal in an identity-based policy, an unknown service) is in `validate`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from groundcloud.iam.conditions import compile_conditions
from groundcloud.iam.errors import malformed
from groundcloud.iam.model import AccessRequest, Document, Statement
from groundcloud.iam.patterns import Bind, Texts, glob_expression, one_of, resource_expression, tokens
from groundcloud.iam.principals import Who, compile_not_principal, compile_principal
from groundcloud.iam.variables import template

DEFAULT_VERSION, VARIABLES_VERSION = "2008-10-17", "2012-10-17"
VERSIONS = (DEFAULT_VERSION, VARIABLES_VERSION)
_KEPT_DOCUMENTS = 4096


def load(document: str | Mapping[str, Any]) -> Document:
    """The compiled document: the same object for the same text. Raises `AwsError` (MalformedPolicyDocument)."""
    return _load(document if isinstance(document, str) else json.dumps(document))


def parse(text: str) -> dict[str, Any]:
    """The document as JSON. An element that occurs twice is refused, as the grammar has it."""
    try:
        parsed = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise malformed() from error
    if not isinstance(parsed, dict):
        raise malformed()
    return parsed


def statements_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements; a single one may stand without a list."""
    found = document.get("Statement")
    statements: list[Any] = found if isinstance(found, list) else [found]
    if not statements or not all(isinstance(statement, Mapping) for statement in statements):
        raise malformed()
    return statements


def strings(found: Any) -> list[str]:
    """A string or a list of them, as a list."""
    values = found if isinstance(found, list) else [found]
    if not all(isinstance(value, str) for value in values):
        raise malformed()
    return values


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise malformed()
    return found


@lru_cache(maxsize=_KEPT_DOCUMENTS)
def _load(text: str) -> Document:
    document = parse(text)
    version = document.get("Version", DEFAULT_VERSION)
    if version not in VERSIONS:
        raise malformed()
    with_variables = version == VARIABLES_VERSION
    statements = [_statement(index, each, with_variables) for index, each in enumerate(statements_of(document))]
    return Document(version, tuple(statements))


def _statement(index: int, source: Mapping[str, Any], with_variables: bool) -> Statement:
    effect = source.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise malformed()
    sid = source.get("Sid")
    return Statement(
        index=index,
        sid=sid if isinstance(sid, str) and sid else None,
        is_allow=effect == "Allow",
        source=source,
        applies=_applies(source, with_variables),
        reach=_who(source, effect == "Allow"),
    )


def _who(source: Mapping[str, Any], is_allow: bool) -> Who | None:
    if "Principal" in source and "NotPrincipal" in source:
        raise malformed()
    if "Principal" in source:
        return compile_principal(source["Principal"])
    if "NotPrincipal" in source:
        return compile_not_principal(source["NotPrincipal"], is_allow=is_allow)
    return None


def _applies(source: Mapping[str, Any], with_variables: bool) -> Callable[[AccessRequest], bool]:
    is_action = _action_test(source)
    is_resource = _resource_test(source, with_variables)
    conditions = compile_conditions(source.get("Condition", {}), with_variables=with_variables)
    if not conditions:
        return lambda request: is_action(request.action_name) and is_resource(request)

    def applies(request: AccessRequest) -> bool:
        if not is_action(request.action_name) or not is_resource(request):
            return False
        keys = request.keys
        return all(holds(keys) for holds in conditions)

    return applies


def _action_test(source: Mapping[str, Any]) -> Callable[[str], bool]:
    """Actions in any case: "The prefix and the action name are case insensitive" (element Action)."""
    found, is_negated = _either(source, "Action", "NotAction")
    names = [name.lower() for name in strings(found)]
    exact = frozenset(name for name in names if not re.search(r"[*?]", name))
    wild: list[Texts] = [((name, True),) for name in names if name not in exact]
    expression = "|".join(f"(?:{glob_expression(tokens(texts))})" for texts in wild) or "(?!)"
    match = re.compile(expression).fullmatch
    if is_negated:
        return lambda name: name not in exact and match(name) is None
    if not wild:
        return exact.__contains__
    return lambda name: name in exact or match(name) is not None


def _resource_test(source: Mapping[str, Any], with_variables: bool) -> Callable[[AccessRequest], bool]:
    """A statement without Resource is about the resource that carries it (trust policies have none)."""
    if "Resource" not in source and "NotResource" not in source:
        return lambda request: True
    found, is_negated = _either(source, "Resource", "NotResource")
    names = strings(found)
    if names == ["*"]:
        return lambda request: not is_negated
    bind: Bind = one_of([template(name, with_variables=with_variables) for name in names], resource_expression)

    def is_resource(request: AccessRequest) -> bool:
        test, is_whole = bind(request.keys)
        matched = test(request.resource)
        return not matched and is_whole if is_negated else matched

    return is_resource


def _either(source: Mapping[str, Any], name: str, negated: str) -> tuple[Any, bool]:
    if (name in source) == (negated in source):
        raise malformed()
    return (source[negated], True) if negated in source else (source[name], False)
