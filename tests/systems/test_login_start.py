"""How the login system's server on AWS learns its secrets: `start.py` against Secrets Manager and a user pool."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.aws import Aws
from tests.support.processes import ROOT, clean_environ

ASK = "import json, os, start; print(json.dumps(start.secrets(os.environ)))"


@pytest.mark.parametrize(
    ("engine", "url"),
    [
        ("postgres", "postgresql+psycopg://loginapp:p%40ss@db.internal:5432/loginapp?sslmode=require"),
        ("mysql", "mysql+pymysql://loginapp:p%40ss@db.internal:5432/loginapp?ssl_check_hostname=false"),
    ],
)
def test_secrets_are_asked_for(aws: Aws, engine: str, url: str) -> None:
    idp, store = aws.client("cognito-idp"), aws.client("secretsmanager")
    pool = idp.create_user_pool(PoolName="login")["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="web", GenerateSecret=True)["UserPoolClient"]
    cookies = store.create_secret(Name="cookies", SecretString="signs-cookies")["ARN"]
    user = store.create_secret(Name="user", SecretString=json.dumps({"username": "loginapp", "password": "p@ss"}))
    environ = {
        "COOKIE_SECRET": cookies,
        "DATABASE_SECRET": user["ARN"],
        "DATABASE_ENGINE": engine,
        "DATABASE_HOST": "db.internal",
        "DATABASE_PORT": "5432",
        "LOGIN_USER_POOL_ID": pool,
        "LOGIN_CLIENT_ID": client["ClientId"],
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT / "services" / "login" / "app",
        env=clean_environ(**aws.environ(), **environ),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "LOGIN_SECRET_KEY": "signs-cookies",
        "LOGIN_CLIENT_SECRET": client["ClientSecret"],
        "LOGIN_DATABASE_URL": url,
    }
