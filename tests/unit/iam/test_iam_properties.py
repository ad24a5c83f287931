"""What holds for every policy, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundcloud.iam.advice import statement_that_would_allow
from groundcloud.iam.evaluate import decide
from groundcloud.iam.model import (
    AccessRequest,
    Advice,
    Caller,
    CallerKind,
    Decision,
    DecisionKind,
    NamedPolicy,
    PolicyKind,
    PolicySet,
)
from groundcloud.iam.parse import load
from groundcloud.iam.patterns import glob_expression, one_of, resource_expression
from groundcloud.iam.variables import template

Expression = Callable[[list[str]], str]
ACCOUNT, FOREIGN = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
CALLERS = [
    Caller(CallerKind.USER, f"arn:aws:iam::{ACCOUNT}:user/u", ACCOUNT, "AIDAU", "u"),
    Caller(CallerKind.ROLE_SESSION, f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s", ACCOUNT, "AROAR:s", "s", ROLE),
    Caller(CallerKind.FEDERATED_USER, f"arn:aws:sts::{ACCOUNT}:federated-user/u", ACCOUNT, f"{ACCOUNT}:u", "u"),
    Caller(CallerKind.ROOT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, ACCOUNT),
    Caller(CallerKind.SERVICE, name="sns.amazonaws.com"),
    Caller(CallerKind.WEB_IDENTITY, name="cognito-identity.amazonaws.com"),
    Caller(CallerKind.ANONYMOUS),
]
ACTIONS = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]
RESOURCES = ["arn:aws:s3:::b/k", "arn:aws:s3:::b/other", "arn:aws:sqs:us-east-1:111122223333:q"]
PRINCIPALS = [
    "*",
    {"AWS": ACCOUNT},
    {"AWS": ROLE},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:user/u"},
    {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"},
    {"Service": "sns.amazonaws.com"},
]
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"Bool": {"aws:SecureTransport": "true"}},
    {"StringNotEquals": {"aws:username": "u"}},
    {"StringLike": {"s3:prefix": "${aws:username}/*"}},
]

actions = st.sampled_from([*ACTIONS, "s3:*", "*", "S3:get*"])
resources = st.sampled_from([*RESOURCES, "*", "arn:aws:s3:::b/*", "arn:aws:s3:::${aws:username}/*"])


def statements(*, named: bool) -> st.SearchStrategy[dict[str, Any]]:
    parts: dict[str, st.SearchStrategy[Any]] = {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": actions,
        "Resource": resources,
        "Condition": st.sampled_from(CONDITIONS),
    }
    if named:
        parts["Principal"] = st.sampled_from(PRINCIPALS)
    return st.fixed_dictionaries(parts)


def policy(kind: PolicyKind, found: list[dict[str, Any]]) -> NamedPolicy:
    return NamedPolicy(kind.value, kind, load({"Version": "2012-10-17", "Statement": found}))


def some(kind: PolicyKind) -> st.SearchStrategy[NamedPolicy]:
    named = kind in (PolicyKind.RESOURCE, PolicyKind.TRUST)
    return st.lists(statements(named=named), min_size=1, max_size=3).map(lambda found: policy(kind, found))


policy_sets = st.builds(
    PolicySet,
    identity=st.lists(some(PolicyKind.IDENTITY), max_size=2).map(tuple),
    boundary=st.none() | some(PolicyKind.BOUNDARY),
    session=st.none() | st.lists(some(PolicyKind.SESSION), min_size=1, max_size=2).map(tuple),
    resource=st.lists(some(PolicyKind.RESOURCE), max_size=1).map(tuple)
    | st.lists(some(PolicyKind.TRUST), min_size=1, max_size=1).map(tuple),
    resource_must_allow=st.booleans(),
)
requests = st.builds(
    AccessRequest,
    caller=st.sampled_from(CALLERS),
    action=st.sampled_from(ACTIONS),
    resource=st.sampled_from(RESOURCES),
    resource_account=st.sampled_from([ACCOUNT, FOREIGN]),
    context=st.sampled_from([{}, {"aws:SecureTransport": ("true",)}, {"s3:prefix": ("u/x",)}]),
)


def with_statement(policies: PolicySet, kind: PolicyKind, added: dict[str, Any]) -> PolicySet:
    """The same policies and one more statement, in a policy of `kind` of its own."""
    one = policy(kind, [added])
    if kind is PolicyKind.IDENTITY:
        return replace(policies, identity=(*policies.identity, one))
    if kind is PolicyKind.SESSION:
        return replace(policies, session=(*(policies.session or ()), one))
    if kind is PolicyKind.BOUNDARY:
        present = [dict(each.source) for each in policies.boundary.document.statements] if policies.boundary else []
        return replace(policies, boundary=policy(kind, [*present, added]))
    return replace(policies, resource=(*policies.resource, one))


def without(policies: PolicySet, decision: Decision) -> PolicySet:
    """The same policies less the statement that denied."""
    assert decision.matched is not None
    gone, index = decision.matched.policy, decision.matched.index

    def left(found: NamedPolicy) -> NamedPolicy:
        kept = [dict(each.source) for each in found.document.statements if found is not gone or each.index != index]
        # A document needs a statement: one that is about nothing stands for an empty one.
        return policy(found.kind, kept or [{"Effect": "Deny", "Action": "none:none", "Resource": "*"}])

    return replace(
        policies,
        identity=tuple(left(each) for each in policies.identity),
        boundary=left(policies.boundary) if policies.boundary else None,
        session=tuple(left(each) for each in policies.session) if policies.session is not None else None,
        resource=tuple(left(each) for each in policies.resource),
    )


@given(requests, policy_sets, st.sampled_from(list(PolicyKind)))
def test_deny_always_wins(request: AccessRequest, policies: PolicySet, kind: PolicyKind) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}

    assert decide(request, with_statement(policies, kind, deny)).kind is DecisionKind.EXPLICIT_DENY


@given(requests, policy_sets, st.sampled_from([PolicyKind.IDENTITY, PolicyKind.RESOURCE]), statements(named=True))
def test_adding_an_allow_never_denies(
    request: AccessRequest, policies: PolicySet, kind: PolicyKind, added: dict[str, Any]
) -> None:
    before = decide(request, policies)
    after = decide(request, with_statement(policies, kind, {**added, "Effect": "Allow"}))

    assert after.allowed or not before.allowed
    assert (before.kind is DecisionKind.EXPLICIT_DENY) == (after.kind is DecisionKind.EXPLICIT_DENY)


@given(requests, policy_sets)
def test_boundary_and_session_policy_never_grant(request: AccessRequest, policies: PolicySet) -> None:
    free = replace(policies, boundary=None, session=(policy(PolicyKind.SESSION, [EVERYTHING]),))

    assert decide(request, free).allowed or not decide(request, policies).allowed


@given(requests, policy_sets)
def test_order_of_the_statements_does_not_matter(request: AccessRequest, policies: PolicySet) -> None:
    def turned(found: NamedPolicy) -> NamedPolicy:
        return policy(found.kind, [dict(each.source) for each in reversed(found.document.statements)])

    other = replace(
        policies,
        identity=tuple(turned(each) for each in reversed(policies.identity)),
        resource=tuple(turned(each) for each in policies.resource),
    )
    assert decide(request, other).kind is decide(request, policies).kind


@settings(max_examples=300)
@given(requests, policy_sets)
def test_advice_turns_every_denial_into_an_allow(request: AccessRequest, policies: PolicySet) -> None:
    most_statements = 30
    for _ in range(most_statements):
        decision = decide(request, policies)
        advice = statement_that_would_allow(decision)
        assert bool(advice) is not decision.allowed
        if decision.allowed:
            return
        policies = _advised(policies, decision, advice)
    pytest.fail("still denied")


def _advised(policies: PolicySet, decision: Decision, advice: tuple[Advice, ...]) -> PolicySet:
    for each in advice:
        if each.remove:
            policies = without(policies, decision)
        else:
            policies = with_statement(policies, each.kind, dict(each.statement))
    return policies


def is_match(pattern: list[tuple[str, str]], text: str) -> bool:
    """The naive reference: (character, what it is), "any", "segment" (any but colons), "one" or "literal"."""
    if not pattern:
        return not text
    (character, kind), rest = pattern[0], pattern[1:]
    if kind == "any" or kind == "segment":
        lengths = range(len(text) + 1)
        return any(is_match(rest, text[length:]) for length in lengths if kind == "any" or ":" not in text[:length])
    if not text or (kind == "literal" and text[0] != character) or (kind == "one" and text[0] == ":"):
        return False
    return is_match(rest, text[1:])


@given(st.text("ab*?.", max_size=7), st.text("ab*?.", max_size=8))
def test_wildcards_equal_the_naive_reference(pattern: str, text: str) -> None:
    kinds = {"*": "any", "?": "one"}
    test, _ = one_of([template(pattern, with_variables=True)], glob_expression)({})

    assert test(text) is is_match([(each, kinds.get(each, "literal")) for each in pattern], text)


@given(
    st.lists(st.text("ab*", min_size=1, max_size=3), min_size=6, max_size=7).map(":".join),
    st.lists(st.text("ab", min_size=1, max_size=2), min_size=6, max_size=8).map(":".join),
)
def test_wildcards_of_resources_equal_the_naive_reference(pattern: str, text: str) -> None:
    test, _ = one_of([template(pattern, with_variables=True)], resource_expression)({})
    fields = pattern.split(":", 5)
    marked: list[tuple[str, str]] = []
    for number, field in enumerate(fields):
        for position, each in enumerate(field):
            crosses = number == len(fields) - 1 or position == len(field) - 1
            marked.append((each, "literal" if each != "*" else "any" if crosses else "segment"))
        marked += [(":", "literal")] if number < len(fields) - 1 else []

    assert test(text) is is_match(marked, text)


NEGATED = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "ArnLike": "ArnNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
}


@given(st.data())
def test_negated_operators_are_the_contrary_where_the_key_is_present(data: st.DataObject) -> None:
    operator = data.draw(st.sampled_from(list(NEGATED)))
    pool = ["1", "10", "192.0.2.1", "arn:aws:sns:us-east-1:1:t", "a", "A", "2020-01-01T00:00:00Z"]
    allowed = ["192.0.2.0/24", "192.0.2.1"] if operator == "IpAddress" else pool
    values, value = data.draw(st.lists(st.sampled_from(allowed), min_size=1)), data.draw(st.sampled_from(pool))
    request = AccessRequest(CALLERS[0], "s3:GetObject", "arn:aws:s3:::b/k", ACCOUNT, {"x:key": (value,)})

    def holds(name: str) -> bool:
        statement = {**EVERYTHING, "Condition": {name: {"x:key": values}}}
        return decide(request, PolicySet(identity=(policy(PolicyKind.IDENTITY, [statement]),))).allowed

    assert holds(operator) is not holds(NEGATED[operator])


def test_values_of_variables_are_no_wildcards() -> None:
    """A name that somebody chose must not widen a policy."""
    starred = replace(CALLERS[0], name="*")
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}/k"}
    policies = PolicySet(identity=(policy(PolicyKind.IDENTITY, [statement]),))

    for name, is_allowed in (("*", True), ("somebody", False)):
        request = AccessRequest(starred, "s3:GetObject", f"arn:aws:s3:::b/{name}/k", ACCOUNT)
        assert decide(request, policies).allowed is is_allowed


@pytest.mark.parametrize("star", ["*", "**", "*?"])
@pytest.mark.parametrize(("expression", "frame"), [(glob_expression, "{}"), (resource_expression, "arn:aws:s3:{}:1:x")])
def test_hostile_patterns_are_matched_at_once(star: str, expression: Expression, frame: str) -> None:
    """Thousands of characters, hundreds of wildcards: a matcher that tries every division would not come back."""
    pattern = frame.format(("a" + star) * 200 + "b")
    test, _ = one_of([template(pattern, with_variables=True)], expression)({})

    assert not test(frame.format("a" * 20_000))


def test_documents_are_compiled_once() -> None:
    text = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'

    assert load(text) is load(text)


@pytest.mark.parametrize(("kind", "is_foreign"), list(product(CallerKind, (False, True))))
def test_nobody_but_the_own_root_user_is_let_in_without_policies(kind: CallerKind, is_foreign: bool) -> None:
    caller = Caller(kind, f"arn:aws:iam::{ACCOUNT}:x", ACCOUNT, "id", "name")
    request = AccessRequest(caller, "s3:GetObject", "arn:aws:s3:::b/k", FOREIGN if is_foreign else ACCOUNT)

    assert decide(request, PolicySet()).allowed is (kind is CallerKind.ROOT and not is_foreign)
