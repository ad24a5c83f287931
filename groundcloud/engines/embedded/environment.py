"""What the engine reads from the process environment, put there before it is imported.

It is the one place that writes the environment: the engine has no other way to be told.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

from groundcloud.settings import Settings

_HOST_CREDENTIALS = ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL")


def engine_environment(settings: Settings) -> dict[str, str]:
    """The variables for `settings`: access checks on, loopback only, no Docker, state below the working folder."""
    state = settings.state_dir.resolve()
    return {
        "GATEWAY_PORT": str(settings.port),
        "BIND_HOST": settings.host,
        "AUTH": "true",
        # AWS's default, which GetAccountSettings tells; what runs at a time is the runtime's affair.
        "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "COGNITO_EMAIL_ENABLED": "false",
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": settings.region,
        "MINISTACK_ACCOUNT_ID": settings.account,
        "AWS_ACCESS_KEY_ID": settings.access_key_id,
        "AWS_SECRET_ACCESS_KEY": settings.secret_access_key,
        "AWS_DEFAULT_REGION": settings.region,
        "DOCKER_HOST": "unix:///dev/null/no-docker-here",
        "LOG_LEVEL": settings.log_level,
        "PERSIST_STATE": "1" if settings.persist else "0",
        "STATE_DIR": str(state / "engine"),
        "S3_PERSIST": "1" if settings.persist else "0",
        "S3_DATA_DIR": str(state / "s3"),
    }


def prepare_environment(settings: Settings, environ: MutableMapping[str, str] = os.environ) -> None:  # noqa: TID251
    """Set the engine's variables in this process, drop the host's own AWS ones, and make the state folders."""
    for name in _HOST_CREDENTIALS:
        environ.pop(name, None)
    environ.update(engine_environment(settings))
    for folder in ("engine", "s3"):
        Path(settings.state_dir, folder).mkdir(parents=True, exist_ok=True)
