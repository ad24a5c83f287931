"""The page of what IAM denied."""

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
        "remedies": [{"kind": "identity-based policy", "statement": STATEMENT, "remove": False, "policy": ""}],
    } | changes


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
    assert "Nothing was denied</h2>" in visitor.get("/iam").text
    control.denied.append(denied())
    assert 'data-testid="decision"' in visitor.get("/iam?principal=Submit").text
    assert "Nothing was denied to Other" in visitor.get("/iam?principal=Other").text


def test_what_a_caller_is_called_is_never_markup(visitor: FlaskClient, control: FakeControl) -> None:
    evil = "<script>alert(1)</script>"
    control.denied.append(denied(principal=evil, action=evil, resource=evil, message=evil))
    assert "<script>alert" not in visitor.get(f"/iam?principal={evil}").text
