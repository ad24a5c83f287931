"""Answers of the engine with the expanded resources left out: the user sees the stack that the template describes.

A failed expanded resource shows as its API failing, with the reason. A change of expanded resources shows as a change
of the API's `Body`, as on AWS.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from groundcloud.http import Response
from groundcloud.stacks.keep import Kept
from groundcloud.stacks.mark import MARK_ID
from groundcloud.stacks.naming import api_of, ready_of, without_expanded

NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
_API_TYPES = {"ApiGateway": "AWS::ApiGateway::RestApi", "ApiGatewayV2": "AWS::ApiGatewayV2::Api"}
_BODY_MEMBERS = frozenset({"Body"})
_ID = "LogicalResourceId"
_SIGNALLED = re.compile(r"WaitCondition received failed message: '(.*)' for uniqueId: \w+", re.DOTALL)


def edited(response: Response, edit: Callable[[Element], None]) -> Response:
    """`response` with its XML changed by `edit`; an error answer stays as it is."""
    if response.status != 200:
        return response
    root = ElementTree.fromstring(response.body)
    edit(root)
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True, default_namespace=NAMESPACE)
    headers = response.headers.copy()
    headers.remove("content-length")
    return Response(response.status, headers, body)


def text_of(element: Element, name: str) -> str:
    """The text of the child called `name`, or the empty string."""
    found = element.find(_tag(name))
    return (found.text or "") if found is not None else ""


def hide_resources(root: Element) -> None:
    """Without the members (`ListStackResources`, `DescribeStackResources`) that are expanded resources."""
    for container in _containers(root):
        for member in list(container):
            logical_id = text_of(member, _ID)
            if _is_ours(logical_id):
                container.remove(member)


def hide_events(root: Element) -> None:
    """Without the events of expanded resources, except failures, which become the API's."""
    for container in _containers(root):
        for member in list(container):
            logical_id = text_of(member, _ID)
            api, ready = api_of(logical_id), ready_of(logical_id)
            is_failure = text_of(member, "ResourceStatus").endswith("_FAILED")
            if _is_ours(logical_id) and (logical_id == MARK_ID or not is_failure):
                container.remove(member)
                continue
            _reword(member, "ResourceStatusReason")
            if api is not None:
                _set(member, "ResourceType", _api_type(member))
            elif ready is not None:
                _set(member, "ResourceType", ready.kind)
            if _is_ours(logical_id):
                _set(member, _ID, api or (ready.owner if ready else ""))
                _set(member, "PhysicalResourceId", "")


def hide_reasons(root: Element) -> None:
    """`DescribeStacks`: no expanded id in a status reason."""
    for container in _containers(root):
        for member in container:
            _reword(member, "StackStatusReason")


def hide_deleted(root: Element) -> None:
    """`DescribeStacks` without a name: the stacks that there are. LocalStack tells of deleted ones too."""
    for container in _containers(root):
        for member in list(container):
            if text_of(member, "StackStatus") == "DELETE_COMPLETE":
                container.remove(member)


def hide_changes(root: Element) -> None:
    """`DescribeChangeSet`: changes of expanded resources as one change of their API's `Body`."""
    for result in root:
        changes = result.find(_tag("Changes"))
        if changes is None:
            continue
        touched: dict[str, str] = {}
        shown: dict[str, Element] = {}
        for member in list(changes):
            change = member.find(_tag("ResourceChange"))
            if change is None:
                continue
            logical_id = text_of(change, _ID)
            api = api_of(logical_id)
            if logical_id == MARK_ID or ready_of(logical_id) is not None:
                changes.remove(member)
            elif api is not None:
                changes.remove(member)
                touched[api] = _api_type(change)
            else:
                shown[logical_id] = change
                _without_notes(change)
        for api, kind in touched.items():
            _show_body_change(changes, shown.get(api), api, kind)


def replace_template(kept: Kept, stage: str) -> Callable[[Element], None]:
    """`GetTemplate`: what was sent, or what it is after its transforms."""

    def edit(root: Element) -> None:
        for body in root.iter(_tag("TemplateBody")):
            body.text = kept.original if stage == "Original" else kept.processed

    return edit


def _without_notes(change: Element) -> None:
    """Our notes are metadata of the resource: what the user changed is the property that they repeat."""
    details = change.find(_tag("Details"))
    for detail in list(details) if details is not None else []:
        target = detail.find(_tag("Target"))
        if details is not None and target is not None and text_of(target, "Attribute") == "Metadata":
            others = [item for item in details if item is not detail]
            if others:
                details.remove(detail)
                _drop_scope(change, "Metadata")


def _drop_scope(change: Element, name: str) -> None:
    scope = change.find(_tag("Scope"))
    for item in list(scope) if scope is not None else []:
        if scope is not None and item.text == name:
            scope.remove(item)


def _show_body_change(changes: Element, change: Element | None, api: str, kind: str) -> None:
    if change is None:
        member = ElementTree.SubElement(changes, _tag("member"))
        _set(member, "Type", "Resource")
        change = ElementTree.SubElement(member, _tag("ResourceChange"))
        _set(change, "Action", "Modify")
        _set(change, _ID, api)
        _set(change, "ResourceType", kind)
        _set(change, "Replacement", "False")
        scope = ElementTree.SubElement(change, _tag("Scope"))
        _set(scope, "member", "Properties")
        ElementTree.SubElement(change, _tag("Details"))
    if text_of(change, "Action") != "Modify":
        return
    details = change.find(_tag("Details"))
    if details is None:
        return
    detail = ElementTree.SubElement(details, _tag("member"))
    target = ElementTree.SubElement(detail, _tag("Target"))
    _set(target, "Attribute", "Properties")
    _set(target, "Name", "Body")
    _set(target, "RequiresRecreation", "Never")
    _set(detail, "Evaluation", "Static")
    _set(detail, "ChangeSource", "DirectModification")


def _is_ours(logical_id: str) -> bool:
    """Whether nobody wrote that resource."""
    return logical_id == MARK_ID or api_of(logical_id) is not None or ready_of(logical_id) is not None


def _api_type(part: Element) -> str:
    """The type of the API that an expanded resource is a part of."""
    service = text_of(part, "ResourceType").split("::")[1:2]
    return _API_TYPES.get(service[0] if service else "", _API_TYPES["ApiGateway"])


def _containers(root: Element) -> list[Element]:
    """The lists in an answer: elements below the result that hold ``member`` elements."""
    return [child for result in root for child in result if child.find(_tag("member")) is not None]


def _reword(member: Element, name: str) -> None:
    found = member.find(_tag(name))
    if found is not None and found.text:
        found.text = without_expanded(_SIGNALLED.sub(r"\1", found.text))


def _set(parent: Element, name: str, value: str) -> None:
    found = parent.find(_tag(name))
    (found if found is not None else ElementTree.SubElement(parent, _tag(name))).text = value


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
