"""A stack in a test's account: made in one step from a prepared application, and how to use what is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from groundcloud.deploy import functions
from groundcloud.deploy.artifacts import artifact_bucket, template_url
from groundcloud.deploy.changeset import CAPABILITIES
from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.execute import watch
from groundcloud.deploy.failure import failures_of
from groundcloud.deploy.limits import TEMPLATE_BODY_BYTES
from groundcloud.deploy.outputs import reachable
from groundcloud.deploy.profile import Profile
from groundcloud.deploy.publish import Site, config_file
from groundcloud.deploy.report import SilentReporter
from groundcloud.deploy.stack import GOOD, EventReader, Stack, Waiter, find_stack, stack_resources
from groundcloud.errors import UserError
from groundcloud.testing.application import Application
from groundcloud.testing.cloud import Cloud

_KEY = "template.json"
_APIS = ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
_STAGES = ("AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage")


@dataclass(frozen=True)
class Invoked:
    """How one call of a function ended. `payload` is the parsed answer; `error` is "" or ``Unhandled``, and then the
    payload has AWS's ``errorType`` and ``errorMessage``; `log` the end of what it logged."""

    payload: Any
    error: str
    log: str


class Named(dict[str, str]):
    """What a stack has, by name. Asked for a name that is not there, it tells those that are."""

    def __init__(self, values: Mapping[str, str], what: str) -> None:
        super().__init__(values)
        self._what = what

    def __missing__(self, name: str) -> str:
        raise UserError(f"{self._what} {name}", f"There are: {', '.join(sorted(self)) or 'none'}")


class Deployed:
    """`outputs` are the stack's; `account` is the test's. Raise `UserError` for a name that is not there."""

    def __init__(self, cloud: Cloud, door: AwsDoor, profile: Profile, stack: Stack) -> None:
        self._cloud = cloud
        self._door = door
        self._profile = profile
        self.name, self.id, self.account = stack.name, stack.id, profile.account
        self.outputs: Mapping[str, str] = Named(stack.outputs, f"The stack {stack.name} has no output")

    @cached_property
    def resources(self) -> Mapping[str, str]:
        """Physical names by logical id."""
        named = {resource.logical_id: resource.physical_id for resource in self._listed}
        return Named(named, f"The stack {self.name} has no resource")

    @cached_property
    def _listed(self) -> list[Any]:
        return stack_resources(self._door, self.id)

    def url(self, output: str, path: str = "") -> str:
        """The address in an output, as it answers here (`cloud.http` knows the host), with `path` after it."""
        text = self.outputs[output]
        return reachable(text if "://" in text else f"https://{text}", self._profile).rstrip("/") + path

    def api_url(self, path: str = "") -> str:
        """The address of the stack's API, where it has one API with one stage. Raises `UserError`."""
        apis = [one.physical_id for one in self._listed if one.type in _APIS]
        stages = [one.physical_id for one in self._listed if one.type in _STAGES]
        if len(apis) != 1 or len(stages) != 1:
            raise UserError(
                f"{self.name} has {len(apis)} APIs with {len(stages)} stages",
                "Use cloud.api_url(api, stage, path), or url(output)",
            )
        stage = stages[0].rpartition("|")[2].rpartition("/")[2]
        return self._cloud.api_url(apis[0], stage, path)


def create(
    cloud: Cloud, door: AwsDoor, profile: Profile, application: Application, name: str, parameters: Mapping[str, str]
) -> Deployed:
    """Make the stack, publish its site. Raises `UserError` with CloudFormation's reasons when it fails."""
    bucket = artifact_bucket(profile.account, door.region)
    text = application.text_for(bucket)
    too_long = len(text.encode()) > TEMPLATE_BODY_BYTES
    objects = application.objects_for(bucket) | ({_KEY: text.encode()} if too_long else {})
    if objects:
        _upload(door, bucket, objects)
    body = {"TemplateURL": template_url(bucket, _KEY, door.region)} if too_long else {"TemplateBody": text}
    answer = door.call(
        "cloudformation",
        "create_stack",
        StackName=name,
        Capabilities=CAPABILITIES,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        **body,
    )
    stack = _awaited(door, answer["StackId"], application)
    if application.site is not None:
        _publish(door, application, application.site, stack, profile)
    return Deployed(cloud, door, profile, stack)


def _upload(door: AwsDoor, bucket: str, objects: Mapping[str, bytes]) -> None:
    door.call("s3", "create_bucket", Bucket=bucket)
    for key, content in objects.items():
        door.call("s3", "put_object", Bucket=bucket, Key=key, Body=content)


def _awaited(door: AwsDoor, stack_id: str, application: Application) -> Stack:
    stack = find_stack(door, stack_id)
    if stack is not None and stack.status in GOOD:
        return stack
    stack, events = watch(door, Waiter(), stack_id, EventReader(door, stack_id, from_now=False), SilentReporter())
    if stack is None or stack.status not in GOOD:
        causes = [f"{one.path} ({one.type}): {one.reason}" for one in failures_of(door, stack_id, events)]
        raise UserError("\n  ".join([f"{application.path} could not be deployed", *causes]))
    return stack


def _publish(door: AwsDoor, application: Application, site: Site, stack: Stack, profile: Profile) -> None:
    """The site of a new stack: nothing is there before, so nothing has to be compared or invalidated."""
    for file in (*application.site_files, config_file(site, stack, profile, door.region)):
        door.call(
            "s3",
            "put_object",
            Bucket=stack.outputs[site.bucket_output],
            Key=file.key,
            Body=file.body,
            ContentType=file.content_type,
            CacheControl=file.cache,
        )


def invoke(door: AwsDoor, function: str, event: Any, stack: str = "") -> Invoked:
    """Call a function, by its logical id or name, and wait for its end. Raises `UserError` when there is none, or the
    event is no JSON."""
    try:
        payload = json.dumps(event).encode()
    except (TypeError, ValueError) as error:
        raise UserError(f"The event for {function} is no JSON: {error}") from error
    answer = functions.invoke(door, functions.find_function(door, function, stack), payload)
    return Invoked(json.loads(answer.payload or "null"), answer.error, answer.log)
