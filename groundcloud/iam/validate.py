"""What IAM and STS refuse when a policy is stored or passed, in their words and their order.

The wordings and the order were recorded against AWS on 2026-02-18 (CreatePolicy) and 2026-02-11 (trust policies), in
LocalStack's public snapshots `tests/aws/services/iam/test_iam_{policies,roles}.snapshot.json`; for the grammar see
docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.iam.conditions import condition_values, split_operator
from groundcloud.iam.errors import SYNTAX, malformed
from groundcloud.iam.model import PolicyKind
from groundcloud.iam.parse import VARIABLES_VERSION, VERSIONS, load, parse, statements_of, strings
from groundcloud.iam.patterns import ARN_FIELDS
from groundcloud.iam.principals import principal_names

INVALID_JSON = "This policy contains invalid Json"
LEGACY = "The policy failed legacy parsing"
OLD_VERSION = f"Policy document must be version {VARIABLES_VERSION} or greater."
PRINCIPAL = "Policy document should not specify a principal."
SAME_SIDS = "Statement IDs (SID) in a single policy must be unique."
SID_LETTERS = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
)
NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
COLONS = "Actions/Condition can contain only one colon."
RESOURCE_VENDOR = "Resource vendor must be fully qualified and cannot contain regexes."
IAM_PATH = (
    'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, '
    "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, "
    "access-report/."
)
TRUST_ACTIONS = "AssumeRole policy may only specify STS AssumeRole actions."

_ELEMENTS = frozenset(("Version", "Id", "Statement"))
_STATEMENT_ELEMENTS = frozenset(
    ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")
)
_PARTITIONS = frozenset(
    ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*")
)
_IAM_PREFIXES = tuple(re.findall(r"[a-z-]+/", IAM_PATH))
_VENDOR = re.compile(r"[A-Za-z0-9.-]+")
_DATE = re.compile(
    r"\d{1,9}(-(0?[1-9]|1[0-2])(-\d{1,2})?)?"
    r"([tT](\d{1,2}(:\d{2}(:\d{2}(\.\d{1,9})?)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?"
)
_SID = re.compile(r"[0-9A-Za-z]*")
_EPOCH = re.compile(r"-?\d+(\.\d+)?")
_LAST_EPOCH = 2**63 - 1
_TRUST = re.compile(r"sts:(assumerole\w*|tagsession|setsourceidentity|setcontext|[\w*?]*[*?][\w*?]*)", re.IGNORECASE)


def validate(text: str, kind: PolicyKind, *, takes_old: bool = False) -> None:
    """Raise `AwsError` (MalformedPolicyDocument) unless `text` may be stored as a policy of `kind`. `takes_old`:
    whether a document without the newest version is one, as it may be where policies were before versions were.

    IDENTITY for policies of users, groups, roles and managed ones (boundaries too), TRUST for a role's trust policy,
    SESSION for one passed to STS; a RESOURCE policy is only held against the grammar: each service checks its own.
    """
    if kind is PolicyKind.TRUST:
        _validate_trust(text)
        return
    document = parse(text)
    _check_syntax(document)
    if kind is PolicyKind.RESOURCE:
        load(text)
        return
    if document.get("Version") != VARIABLES_VERSION and not takes_old:
        raise malformed(OLD_VERSION)
    statements = statements_of(document)
    for check in (_check_legacy, _check_no_principal):
        _each(statements, check)
    _check_sids(statements)
    for check in (_check_present, _check_resources, _check_actions):
        _each(statements, check)
    load(text)


def _each(statements: list[Mapping[str, Any]], check: Callable[[Mapping[str, Any]], None]) -> None:
    for statement in statements:
        check(statement)


def _validate_trust(text: str) -> None:
    try:
        document = parse(text)
        statements = statements_of(document)
    except AwsError as error:
        raise malformed(INVALID_JSON) from error
    for statement in statements:
        for name in ("Resource", "NotResource"):
            if name in statement:
                raise malformed(f"Has prohibited field {name}")
        for name, other in (("Effect", ""), ("Principal", "NotPrincipal"), ("Action", "NotAction")):
            if name not in statement and other not in statement:
                raise malformed(f"Missing required field {name}")
        if not all(_TRUST.fullmatch(action) for action in strings(statement.get("Action", statement.get("NotAction")))):
            raise malformed(TRUST_ACTIONS)
        _check_principals(statement)
    _check_syntax(document)
    load(text)


def _check_principals(statement: Mapping[str, Any]) -> None:
    """ "You cannot use a wildcard to match part of a principal name or ARN" (element Principal)."""
    for kind, names in principal_names(statement.get("Principal", statement.get("NotPrincipal"))).items():
        for name in names:
            if name != "*" and re.search(r"[*?]", name):
                raise malformed(f'Invalid principal in policy: "{kind}":"{name}"')


def _check_syntax(document: Mapping[str, Any]) -> None:
    """The shape of the whole: unknown elements, wrong types, both of a pair, unknown operators."""
    is_known = set(document) <= _ELEMENTS and document.get("Version", VERSIONS[0]) in VERSIONS
    if not is_known or not isinstance(document.get("Id", ""), str):
        raise malformed()
    for statement in statements_of(document):
        effect = statement.get("Effect")
        if not set(statement) <= _STATEMENT_ELEMENTS or not isinstance(statement.get("Sid", ""), str):
            raise malformed()
        if not isinstance(effect, str) or effect.lower() not in ("allow", "deny"):
            raise malformed()
        for name in ("Action", "Resource", "Principal"):
            if name in statement and f"Not{name}" in statement:
                raise malformed()
        for name in ("Action", "NotAction", "Resource", "NotResource"):
            strings(statement.get(name, []))
        for operator, _values in _conditions(statement):
            split_operator(operator)


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """(operator, values) of every key."""
    element = statement.get("Condition", {})
    if not isinstance(element, Mapping) or not all(isinstance(keys, Mapping) for keys in element.values()):
        raise malformed(SYNTAX)
    for operator, keys in element.items():
        for values in keys.values():
            yield operator, condition_values(values)


def _check_legacy(statement: Mapping[str, Any]) -> None:
    """The older parser behind the newer one: the case of Effect, dates, the number of an ARN's fields."""
    dates = [value for operator, values in _conditions(statement) for value in values if "Date" in operator]
    names = _both(statement, "Resource")
    is_fine = (
        statement["Effect"] in ("Allow", "Deny")
        and all(_is_date(value) for value in dates)
        and all(_is_legacy_arn(name) for name in names)
    )
    if not is_fine:
        raise malformed(LEGACY)


def _is_date(value: str) -> bool:
    if _EPOCH.fullmatch(value):
        return abs(float(value)) < _LAST_EPOCH
    return _DATE.fullmatch(value) is not None


def _is_legacy_arn(name: str) -> bool:
    fields = name.split(":")
    if fields[0] != "arn" or len(fields) <= len(("arn", "aws")) or fields[1] not in _PARTITIONS:
        return True
    is_one_short = len(fields) == ARN_FIELDS - 1 and not re.search(r"[*?]", fields[-1])
    return bool(fields[2]) and not is_one_short


def _check_no_principal(statement: Mapping[str, Any]) -> None:
    if "Principal" in statement or "NotPrincipal" in statement:
        raise malformed(PRINCIPAL)


def _check_sids(statements: list[Mapping[str, Any]]) -> None:
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if len(set(sids)) != len(sids):
        raise malformed(SAME_SIDS)
    if not all(_SID.fullmatch(sid) for sid in sids):
        raise malformed(SID_LETTERS)


def _check_present(statement: Mapping[str, Any]) -> None:
    if not _both(statement, "Action"):
        raise malformed(NO_ACTIONS)
    if not _both(statement, "Resource"):
        raise malformed(NO_RESOURCES)


def _both(statement: Mapping[str, Any], name: str) -> list[str]:
    return strings(statement.get(name, statement.get(f"Not{name}", [])))


def _check_resources(statement: Mapping[str, Any]) -> None:
    for name in _both(statement, "Resource"):
        if name != "*":
            _check_arn(name)


def _check_arn(name: str) -> None:
    fields = name.split(":", ARN_FIELDS - 1)
    if len(fields) == 1:
        raise malformed(f'Resource {name} must be in ARN format or "*".')
    arn = ":".join(["arn", *fields[1:], *["*"] * (ARN_FIELDS - len(fields))])
    if fields[1] not in _PARTITIONS:
        raise malformed(f'Partition "{fields[1]}" is not valid for resource "{arn}".')
    _, _, service, region, account, resource = arn.split(":", ARN_FIELDS - 1)
    if re.search(r"[*?]", service):
        raise malformed(RESOURCE_VENDOR)
    if service == "iam" and region not in ("", "*"):
        raise malformed(f"IAM resource {name} cannot contain region information.")
    if service == "iam" and not _is_iam_path(resource):
        raise malformed(IAM_PATH)
    if service == "s3" and region not in ("", "*") and not account:
        raise malformed(f"Resource {name} can not contain region information.")


def _is_iam_path(resource: str) -> bool:
    """A path, or a pattern that may still become one."""
    start = re.split(r"[*?$]", resource, maxsplit=1)[0]
    may_become = start != resource and any(prefix.startswith(start) for prefix in _IAM_PREFIXES)
    return resource == "root" or resource.startswith(_IAM_PREFIXES) or may_become


def _check_actions(statement: Mapping[str, Any]) -> None:
    for name in _both(statement, "Action"):
        if name == "*":
            continue
        vendor, colon, action = name.partition(":")
        if not colon:
            raise malformed(NO_VENDOR)
        if ":" in action:
            raise malformed(COLONS)
        if not _VENDOR.fullmatch(vendor):
            raise malformed(f"Vendor {vendor} is not valid")
