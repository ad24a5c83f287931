"""A LocalStack by appearance: its own routes, our plugin's, and behind them the AWS APIs of ministack, which judges
nobody here, as LocalStack does not.

    python -m tests.fakes.fake_localstack PORT SESSION
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from typing import Any

import uvicorn

HAS = ("apigateway", "cloudformation", "cloudwatch", "dynamodb", "dynamodbstreams", "events", "iam", "kms", "lambda")
HAS += ("logs", "s3", "secretsmanager", "ses", "sns", "sqs", "ssm", "stepfunctions", "sts")
FORWARDS = ("apigatewayv2", "cloudfront", "cognito-identity", "cognito-idp")

Asgi = Callable[[MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Any]


def pages(session: str, version: str = "4.14.0") -> dict[str, Any]:
    """What LocalStack and the plugin say of themselves, by path."""
    services = dict.fromkeys((*HAS, *FORWARDS), "available")
    return {
        "/_localstack/info": {"version": f"{version}:abc", "edition": "unknown", "session_id": session},
        "/_localstack/health": {"services": services, "edition": "community", "version": version},
        "/_groundcloud/plugin": {"version": "0", "forwarded": list(FORWARDS)},
    }


def application(inner: Asgi, session: str) -> Asgi:
    known = pages(session)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found = known.get(scope.get("path", "")) if scope["type"] == "http" else None
        if found is None:
            await inner(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(found).encode()})

    return app


def main(port: int, session: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            GATEWAY_PORT=str(port),
            BIND_HOST="127.0.0.1",
            AUTH="false",
            PERSIST_STATE="0",
            STATE_DIR=folder,
            S3_PERSIST="0",
            IOT_MTLS_ENABLED="0",
            SFTP_ENABLED="0",
            DOCKER_HOST="unix:///dev/null/no-docker-here",
            LOG_LEVEL="WARNING",
            MINISTACK_HOST="localhost",
        )
        inner = import_module("ministack.app").app
        uvicorn.run(application(inner, session), host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
