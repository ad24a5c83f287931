"""What a zygote imports and warms before it forks: the runtime client, boto3, and the models of the services in use.

Nothing that is made here is kept but what any function would make for itself: modules, compiled expressions, and the
parsed models. A parsed model is handed out once, so that no two sessions of a function share one.
"""

from __future__ import annotations

import importlib
import os
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SERVICES: dict[str, tuple[str, dict[str, Any], bytes] | None] = {
    "dynamodb": ("put_item", {"TableName": "t", "Item": {"a": {"S": "b"}}}, b"{}"),
    "s3": ("list_buckets", {}, b"<a/>"),
    "sqs": ("list_queues", {}, b"{}"),
    "ssm": ("get_parameter", {"Name": "n"}, b"{}"),
    "lambda": ("list_functions", {}, b"{}"),
    "sns": None,
    "sts": None,
}
"""What is loaded, and a call with an answer by which what is lazy is loaded too."""

RESOURCES = ("dynamodb", "s3", "sqs", "sns")
_FAKE = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}


def preload(client: str, load: Callable[[str], Any]) -> Callable[[str], None]:
    """Import and warm everything; what runs a handler, by its name."""
    load("launch").finish_site()
    run: Callable[[str], None] = load("pure_client").main if client == "pure" else _awslambdaric()
    _warm()
    return run


def _awslambdaric() -> Callable[[str], None]:
    """AWS's client, but for its compiled part: that reads the Runtime API's address when it is loaded."""
    stand_in: Any = types.ModuleType("runtime_client")
    stand_in.initialize_client = lambda user_agent: None
    sys.modules["runtime_client"] = stand_in
    import awslambdaric
    from awslambdaric import __main__, lambda_runtime_client

    del sys.modules["runtime_client"]

    def run(handler: str) -> None:
        import runtime_client  # type: ignore[import-not-found]

        main = __main__
        if "AWS_LAMBDA_LOG_FORMAT" in os.environ or "AWS_LAMBDA_LOG_LEVEL" in os.environ:
            # Read while it is imported.
            importlib.reload(main.bootstrap)
        # What the client itself sends: its version after that of Python.
        version = ".".join(str(part) for part in sys.version_info[:3])
        runtime_client.initialize_client(f"aws-lambda-python/{version}-{awslambdaric.__version__}")
        lambda_runtime_client.runtime_client = runtime_client
        main.main(["bootstrap", handler])

    return run


def _warm() -> None:
    import boto3
    import botocore.loaders

    parsed: dict[str, Any] = {}
    original = botocore.loaders.JSONFileLoader.load_file
    keep = True

    def load_file(self: Any, file_path: str) -> Any:
        if keep:
            value = parsed[file_path] = original(self, file_path)
            return original(self, file_path) if value is not None else value
        return parsed.pop(file_path, None) or original(self, file_path)

    botocore.loaders.JSONFileLoader.load_file = load_file
    session = boto3.session.Session(**_FAKE)
    for service in SERVICES:
        _call(session, service)
    for service in RESOURCES:
        session.resource(service)
    keep = False


def _call(session: Any, service: str) -> None:
    """Make a client and one call that is answered before it is sent."""
    from botocore.awsrequest import AWSResponse

    client = session.client(service, endpoint_url="http://127.0.0.1:1")
    call = SERVICES[service]
    if call is None:
        return
    operation, params, answer = call

    class Raw:
        def stream(self, *_: Any, **__: Any) -> Any:
            yield answer

    client.meta.events.register("before-send", lambda request, **_: AWSResponse(request.url, 200, {}, Raw()))
    getattr(client, operation)(**params)
