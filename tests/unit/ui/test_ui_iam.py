"""The pages of what IAM denied, and what it allowed."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient

from tests.fakes.console_doors import FakeControl

STATEMENT = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "arn:aws:dynamodb:us-east-1:1:table/t"}


def denied(**changes: Any) -> dict[str, Any]:
    """A decision as the control route tells it."""
    return {
        "number": 1,
        "time": 1795248000.0,
        "principal": "arn:aws:sts::1:assumed-role/r/SubmitRecord",
        "action": "dynamodb:PutItem",
        "resource": STATEMENT["Resource"],
        "message": "User: r is not authorized",
        "mode": "enforce",
        "refused": True,
        "allowed": False,
        "requestId": "r-1",
        "remedies": [{"kind": "identity-based policy", "statement": STATEMENT, "remove": False, "policy": ""}],
    } | changes


def allowed(**changes: Any) -> dict[str, Any]:
    matched = {"kind": "identity-based policy", "policy": "writes-tasks", "statement": STATEMENT}
    given = {"message": "", "refused": False, "allowed": True, "remedies": [], "matched": matched}
    return denied(**given | changes)


def test_the_missing_statement_is_shown(visitor: FlaskClient, control: FakeControl) -> None:
    control.denied.append(denied())
    page = visitor.get("/iam").text
    assert json.dumps(STATEMENT).replace('"', "&#34;") in page
    assert "User: r is not authorized" in page
    (found,) = visitor.get("/api/iam").get_json()["decisions"]
    assert json.loads(found["remedies"][0]["statement"]) == STATEMENT


def test_what_audit_let_through_says_so(visitor: FlaskClient, control: FakeControl) -> None:
    control.denied.append(denied(mode="audit", refused=False))
    assert "let through: mode audit" in visitor.get("/iam").text


def test_a_deny_is_to_be_taken_away(visitor: FlaskClient, control: FakeControl) -> None:
    remedy = {"kind": "resource-based policy", "statement": STATEMENT, "remove": True, "policy": "arn:aws:s3:::b"}
    control.denied.append(denied(remedies=[remedy]))
    page = visitor.get("/iam").text
    assert "Take away" in page and "resource-based policy: arn:aws:s3:::b" in page


def test_the_filter_and_the_empty_page(visitor: FlaskClient, control: FakeControl) -> None:
    page = visitor.get("/iam").text
    assert "Nothing was denied</h2>" in page and "aws iam create-user --user-name visitor" in page
    control.denied.append(denied())
    assert 'data-testid="decision"' in visitor.get("/iam?principal=Submit").text
    assert "Nothing was denied with principal “Other”" in visitor.get("/iam?principal=Other").text


def test_decisions_are_filtered_by_action_and_resource(visitor: FlaskClient, control: FakeControl) -> None:
    control.denied += [denied(), denied(number=2, action="s3:GetObject", resource="arn:aws:s3:::photos/a")]
    for query in ("action=s3:Get", "resource=photos", "action=Object&resource=photos"):
        (found,) = visitor.get(f"/api/iam?{query}").get_json()["decisions"]
        assert found["action"] == "s3:GetObject"
    page = visitor.get("/iam?action=s3:Get&resource=photos").text
    assert 'value="s3:Get"' in page and 'value="photos"' in page
    assert 'href="/iam/allowed?action=s3:Get&amp;resource=photos"' in page


def test_what_was_allowed_and_by_which_statement(visitor: FlaskClient, control: FakeControl) -> None:
    control.denied.append(denied())
    control.allowed.append(allowed())
    control.allowed.append(allowed(number=2, action="sts:GetCallerIdentity", matched=None))
    page = visitor.get("/iam/allowed").text
    assert page.count('data-testid="decision"') == 2
    assert "writes-tasks" in page and "No statement is needed" in page
    assert 'href="/requests/of/r-1"' in page
    first, second = visitor.get("/api/iam/allowed").get_json()["decisions"]
    assert json.loads(first["matched"]["statement"]) == STATEMENT and second["matched"] is None
    assert "Nothing was allowed with action “kms”" in visitor.get("/iam/allowed?action=kms").text


def test_nothing_was_decided_yet(visitor: FlaskClient) -> None:
    page = visitor.get("/iam/allowed").text
    assert "Nothing was decided yet" in page and "make up" in page


def test_what_a_caller_is_called_is_never_markup(visitor: FlaskClient, control: FakeControl) -> None:
    evil = "<script>alert(1)</script>"
    control.denied.append(denied(principal=evil, action=evil, resource=evil, message=evil))
    assert "<script>alert" not in visitor.get(f"/iam?principal={evil}").text
    matched = {"kind": evil, "policy": evil, "statement": {"Sid": evil}}
    control.allowed.append(allowed(principal=evil, action=evil, resource=evil, matched=matched, requestId=evil))
    for query in (f"principal={evil}", f"action={evil}", "action=none"):
        assert "<script>alert" not in visitor.get(f"/iam/allowed?{query}").text
