"""LocalStack without Docker for the tests: installed once into the working folder of the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from groundcloud.hostengine.install import Installed
from groundcloud.hostengine.launch import Launch
from tests.prepare import install_localstack
from tests.support.aws import Aws
from tests.support.processes import poll, quiet_port


def installed() -> Installed:
    """The installation, which takes one or two minutes the first time."""
    return install_localstack()


def launch(folder: Path, cloud_url: str) -> Launch:
    """A LocalStack of its own on a free port, in front of which is the cloud at `cloud_url`."""
    return Launch(installed(), folder, quiet_port(), cloud_url)


def deploy(aws: Aws, name: str, resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> dict[str, str]:
    """Create or update a stack and wait; its outputs."""
    stack = try_to_deploy(aws, name, resources, outputs)
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), stack
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def try_to_deploy(aws: Aws, name: str, resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> Any:
    """Create or update a stack and wait; its description."""
    client = aws.client("cloudformation")
    template = json.dumps({"Resources": resources, "Outputs": outputs or {}})
    try:
        client.create_stack(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    except ClientError as error:
        assert "already exists" in str(error)
        client.update_stack(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])

    def ended() -> Any:
        stack = client.describe_stacks(StackName=name)["Stacks"][0]
        return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

    return poll(ended, timeout=300, what="the end of the deployment", every=0.2)
