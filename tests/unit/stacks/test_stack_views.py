"""Answers without the resources that an API was expanded into."""

from __future__ import annotations

from groundcloud.http import Headers, Response
from groundcloud.stacks import views
from groundcloud.stacks.keep import Kept
from groundcloud.stacks.naming import expanded_id, ready_id

PART = expanded_id("Api", "Method", "GET", "/a")
XMLNS = 'xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"'


def answer(inner: str, status: int = 200) -> Response:
    body = f'<?xml version="1.0"?><R {XMLNS}><RResult>{inner}</RResult><ResponseMetadata/></R>'
    return Response(status, Headers([("Content-Type", "text/xml"), ("Content-Length", "1")]), body.encode())


def resource(name: str, **members: str) -> str:
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in members.items())
    return f"<member><LogicalResourceId>{name}</LogicalResourceId>{inner}</member>"


def test_parts_are_not_listed() -> None:
    listed = answer(f"<StackResources>{resource('Api')}{resource(PART)}{resource('Table')}</StackResources>")
    shown = views.edited(listed, views.hide_resources)
    assert PART.encode() not in shown.body
    assert b"<LogicalResourceId>Table</LogicalResourceId>" in shown.body
    assert XMLNS.encode() in shown.body.replace(b"'", b'"')
    assert shown.headers.get("content-length") is None


def test_only_failures_of_parts_are_told_and_as_their_apis() -> None:
    events = answer(
        "<StackEvents>"
        + resource(PART, ResourceStatus="CREATE_COMPLETE")
        + resource(
            PART, ResourceStatus="CREATE_FAILED", ResourceStatusReason="no", ResourceType="AWS::ApiGateway::Method"
        )
        + resource("stack", ResourceStatus="ROLLBACK_IN_PROGRESS", ResourceStatusReason=f"failed: [{PART}]")
        + "</StackEvents>"
    )
    body = views.edited(events, views.hide_events).body.decode()
    assert PART not in body and "CREATE_COMPLETE" not in body
    assert "<LogicalResourceId>Api</LogicalResourceId>" in body and "AWS::ApiGateway::RestApi" in body
    assert "failed: [Api]" in body


def test_stacks_that_are_no_more_are_not_listed() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html"""
    gone = resource("gone", StackStatus="DELETE_COMPLETE")
    here = resource("here", StackStatus="DELETE_FAILED")
    listed = answer(f"<Stacks>{gone}{here}</Stacks>")
    body = views.edited(listed, views.hide_deleted).body
    assert b"here" in body and b"gone" not in body


def test_changes_of_parts_are_one_change_of_the_body() -> None:
    def change(name: str, action: str) -> str:
        inner = f"<Action>{action}</Action><LogicalResourceId>{name}</LogicalResourceId><Details/>"
        return f"<member><Type>Resource</Type><ResourceChange>{inner}</ResourceChange></member>"

    other = expanded_id("Api", "Method", "PUT", "/a")
    changes = answer(f"<Changes>{change(PART, 'Add')}{change(other, 'Remove')}{change('T', 'Add')}</Changes>")
    body = views.edited(changes, views.hide_changes).body.decode()
    assert PART not in body and other not in body
    assert body.count("<LogicalResourceId>Api</LogicalResourceId>") == 1
    assert "<Name>Body</Name>" in body and "<Replacement>False</Replacement>" in body
    made = answer(f"<Changes>{change('Api', 'Add')}{change(PART, 'Add')}</Changes>")
    assert b"<Name>Body</Name>" not in views.edited(made, views.hide_changes).body


def test_the_template_is_the_one_that_was_sent() -> None:
    template = answer("<TemplateBody>{}</TemplateBody>")
    kept = Kept("Resources: <&>", "{}")
    assert b"Resources: &lt;&amp;&gt;" in views.edited(template, views.replace_template(kept, "Original")).body


def test_errors_pass() -> None:
    refused = answer("<Error/>", 400)
    assert views.edited(refused, views.hide_events) is refused


def test_what_waits_for_provisioned_concurrency_fails_as_its_alias() -> None:
    handle, wait = (ready_id("Live", "AWS::Lambda::Alias", 2, "0123456789", waits=waits) for waits in (False, True))
    said = "WaitCondition received failed message: 'no room' for uniqueId: ready"
    kind = "AWS::CloudFormation::WaitCondition"
    events = answer(
        "<StackEvents>"
        + resource(handle, ResourceStatus="CREATE_COMPLETE")
        + resource(wait, ResourceStatus="CREATE_FAILED", ResourceStatusReason=said, ResourceType=kind)
        + resource("stack", ResourceStatus="ROLLBACK_IN_PROGRESS", ResourceStatusReason=f"failed: [{wait}]")
        + "</StackEvents>"
    )
    body = views.edited(events, views.hide_events).body.decode()
    assert handle not in body and wait not in body
    assert "<LogicalResourceId>Live</LogicalResourceId>" in body and "AWS::Lambda::Alias" in body
    assert "<ResourceStatusReason>no room</ResourceStatusReason>" in body and "failed: [Live]" in body
    listed = answer(f"<StackResources>{resource('Live')}{resource(handle)}{resource(wait)}</StackResources>")
    assert views.edited(listed, views.hide_resources).body.decode().count("<LogicalResourceId>") == 1
