"""Policy documents as the APIs give them, made ready to decide with."""

from __future__ import annotations

import json
import logging
from functools import cache
from typing import Any
from urllib.parse import unquote

from groundcloud.errors import AwsError
from groundcloud.iam.model import Document, NamedPolicy, PolicyKind
from groundcloud.iam.parse import DEFAULT_VERSION, load

log = logging.getLogger(__name__)

EMPTY = Document(DEFAULT_VERSION, ())
"""A policy that says nothing."""


def named(name: str, kind: PolicyKind, source: Any, owner: str) -> NamedPolicy:
    """A policy from JSON text, URL-encoded text (as IAM answers) or an object. One that AWS would never have stored
    allows nothing here, and the log says so."""
    text = source
    if isinstance(source, str) and source.startswith("%7B"):
        text = unquote(source)
    try:
        document = load(text)
    except AwsError as error:
        log.warning("The policy %s of %s is not usable and allows nothing: %s", name, owner, error.message)
        document = EMPTY
    return NamedPolicy(name, kind, document, owner)


def may_depend(policy: NamedPolicy, prefix: str) -> bool:
    """Whether a statement about actions of `prefix` (in lower case) has a condition or a policy variable."""
    return prefix in _dependent(policy.document) or "*" in _dependent(policy.document)


@cache
def _dependent(document: Document) -> frozenset[str]:
    prefixes: set[str] = set()
    for statement in document.statements:
        source = statement.source
        if "Condition" not in source and "${" not in json.dumps(source):
            continue
        actions = source.get("Action", "*")
        for action in [actions] if isinstance(actions, str) else actions:
            prefix = action.partition(":")[0].lower()
            prefixes.add("*" if "*" in prefix or "?" in prefix else prefix)
    return frozenset(prefixes)
