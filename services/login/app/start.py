"""Starts the application on a server of AWS: asks for the secrets, brings the tables up to date, becomes gunicorn.

The server's role lets it read the two secrets and the client's; none of them is ever written to its disk. The user data
in `template.yaml` sets the variables read here.
"""

import json
import os
import subprocess
import sys
from typing import Any

import boto3
from sqlalchemy import URL

DRIVERS = {"postgres": "postgresql+psycopg", "mysql": "mysql+pymysql"}
ENCRYPTED = {"postgres": {"sslmode": "require"}, "mysql": {"ssl_check_hostname": "false"}}


def main() -> None:
    environ = {**os.environ, **secrets(os.environ)}
    python = [sys.executable, "-m"]
    subprocess.run([*python, "flask", "--app", "login:create_app", "db", "upgrade"], env=environ, check=True)
    command = [*python, "gunicorn", "--workers", "3", "--preload", "--bind", "0.0.0.0:8000", "login:create_app()"]
    os.execve(sys.executable, command, environ)


def secrets(environ: Any) -> dict[str, str]:
    """The variables that must not be written down."""
    store, cognito = boto3.client("secretsmanager"), boto3.client("cognito-idp")

    def secret(variable: str) -> str:
        return str(store.get_secret_value(SecretId=environ[variable])["SecretString"])

    pool, client = environ["LOGIN_USER_POOL_ID"], environ["LOGIN_CLIENT_ID"]
    described = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=client)
    return {
        "LOGIN_SECRET_KEY": secret("COOKIE_SECRET"),
        "LOGIN_CLIENT_SECRET": described["UserPoolClient"]["ClientSecret"],
        "LOGIN_DATABASE_URL": database_url(environ, json.loads(secret("DATABASE_SECRET"))),
    }


def database_url(environ: Any, user: dict[str, str]) -> str:
    engine, host, port = environ["DATABASE_ENGINE"], environ["DATABASE_HOST"], int(environ["DATABASE_PORT"])
    url = URL.create(DRIVERS[engine], user["username"], user["password"], host, port, "loginapp", ENCRYPTED[engine])
    return url.render_as_string(hide_password=False)


if __name__ == "__main__":
    main()
