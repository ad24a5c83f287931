"""What S3 refuses of a bucket's website and CORS configuration, and the engine stores: pure.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html, API_IndexDocument.html and API_Redirect.html
there; https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html ("at most one * wildcard").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

from groundcloud.errors import AwsError

_MAX_RULES = 50
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html."""
_METHODS = ("GET", "PUT", "HEAD", "POST", "DELETE")
_ANY = "{*}"


def configuration_problem(operation: str, body: bytes) -> AwsError | None:
    """The refusal of the body of an operation in `CHECKED`; what is no XML is left to the engine."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return None
    return _CHECKS[operation](root)


def _cors(root: ElementTree.Element) -> AwsError | None:
    for rule in root.iterfind(f"{_ANY}CORSRule"):
        for method in _texts(rule, "AllowedMethod"):
            if method not in _METHODS:
                return _request(f"Found unsupported HTTP method in CORS config. Unsupported method is {method}")
        for name in ("AllowedOrigin", "AllowedHeader"):
            for value in _texts(rule, name):
                if value.count("*") > 1:
                    return _request(f'{name} "{value}" can not have more than one wildcard.')
        for value in _texts(rule, "ExposeHeader"):
            if "*" in value:
                end = "contains wildcard. We currently do not support wildcard for ExposeHeader."
                return _request(f'ExposeHeader "{value}" {end}')
    return None


def _website(root: ElementTree.Element) -> AwsError | None:
    index = root.find(f"{_ANY}IndexDocument")
    if root.find(f"{_ANY}RedirectAllRequestsTo") is not None:
        if len(root) == 1:
            return _protocol(root[0].findtext(f"{_ANY}Protocol"))
        message = "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
        return _argument(message, "RedirectAllRequestsTo", "not null")
    if index is None:
        message = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
        return _argument(message, "IndexDocument", "null")
    suffix = index.findtext(f"{_ANY}Suffix") or ""
    if not suffix or "/" in suffix:
        return _argument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix)
    rules = root.findall(f"{_ANY}RoutingRules/{_ANY}RoutingRule")
    if len(rules) > _MAX_RULES:
        return _request(f"A website has at most {_MAX_RULES} routing rules")
    problems = (_condition(one.find(f"{_ANY}Condition")) or _redirect(one.find(f"{_ANY}Redirect")) for one in rules)
    return next((problem for problem in problems if problem is not None), None)


def _condition(condition: ElementTree.Element | None) -> AwsError | None:
    if condition is None:
        return None
    if not len(condition):
        text = "Condition cannot be empty. To redirect all requests without a condition, the condition element "
        return _request(text + "shouldn't be present.")
    code = condition.findtext(f"{_ANY}HttpErrorCodeReturnedEquals")
    if code is not None and not re.fullmatch(r"[45]\d\d", code):
        return _request(f"The provided HTTP error code ({code}) is not valid. Valid codes are 4XX or 5XX.")
    return None


def _protocol(name: str | None) -> AwsError | None:
    if name in (None, "http", "https"):
        return None
    text = (
        "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically."
    )
    return _request(text)


def _redirect(redirect: ElementTree.Element | None) -> AwsError | None:
    if redirect is None:
        return None
    said = {child.tag.rpartition("}")[2]: child.text or "" for child in redirect}
    if "ReplaceKeyWith" in said and "ReplaceKeyPrefixWith" in said:
        return _request("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
    code = said.get("HttpRedirectCode")
    if code is not None and (not code.startswith("3") or len(code) != 3 or code == "300"):
        return _request(f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300.")
    return _protocol(said.get("Protocol"))


def _texts(node: ElementTree.Element, name: str) -> list[str]:
    return [child.text or "" for child in node.iterfind(f"{_ANY}{name}")]


def _request(message: str) -> AwsError:
    return AwsError("InvalidRequest", message, 400)


def _argument(message: str, name: str, value: str) -> AwsError:
    return AwsError("InvalidArgument", message, 400, ArgumentName=name, ArgumentValue=value)


_CHECKS: dict[str, Callable[[ElementTree.Element], AwsError | None]] = {
    "PutBucketCors": _cors,
    "PutBucketWebsite": _website,
}
CHECKED = tuple(_CHECKS)
"""The operations whose bodies are looked at."""
