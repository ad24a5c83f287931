"""Addresses of what a stack has made, for a template without outputs that name them: as SAM's samples often are.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html and
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.outputs import Link, reachable
from groundcloud.deploy.profile import Profile
from groundcloud.deploy.stack import StackResource
from groundcloud.errors import AwsError


def made_links(door: AwsDoor, resources: list[StackResource], profile: Profile) -> list[Link]:
    """One for each stage of an API and each function URL. What a cloud cannot tell of is left out: the stack is
    deployed all the same."""
    found = []
    for resource in resources:
        addresses = _ADDRESSES.get(resource.type)
        with suppress(AwsError):
            for address in addresses(door, resource.physical_id) if addresses is not None else ():
                found.append(Link(resource.logical_id, reachable(address, profile)))
    return found


def _of_rest_api(door: AwsDoor, api: str) -> Iterator[str]:
    for stage in door.call("apigateway", "get_stages", restApiId=api).get("item", []):
        yield f"https://{api}.execute-api.{door.region}.amazonaws.com/{stage['stageName']}"


def _of_http_api(door: AwsDoor, api: str) -> Iterator[str]:
    if door.call("apigatewayv2", "get_api", ApiId=api).get("ProtocolType") != "HTTP":
        return
    for stage in door.call("apigatewayv2", "get_stages", ApiId=api).get("Items", []):
        path = "" if stage["StageName"] == "$default" else stage["StageName"]
        yield f"https://{api}.execute-api.{door.region}.amazonaws.com/{path}"


def _of_function_url(door: AwsDoor, function: str) -> Iterator[str]:
    yield str(door.call("lambda", "get_function_url_config", FunctionName=function)["FunctionUrl"])


_ADDRESSES: dict[str, Callable[[AwsDoor, str], Iterator[str]]] = {
    "AWS::ApiGateway::RestApi": _of_rest_api,
    "AWS::ApiGatewayV2::Api": _of_http_api,
    "AWS::Lambda::Url": _of_function_url,
}
