"""Brings up `services/login` here: its user pool in the cloud, its database, its migrations, its web server."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from bootstrap import services
from bootstrap.database import Database
from bootstrap.process import stop
from bootstrap.runfile import RunFile
from bootstrap.services import Service
from bootstrap.systems import ROOT
from groundcloud.deploy.deployer import Deployer, DeployRequest
from groundcloud.deploy.outputs import reachable
from groundcloud.deploy.report import Reporter
from groundcloud.errors import UserError
from groundcloud.settings import Settings

APP = ROOT / "services" / "login" / "app"
POOL = ROOT / "services" / "login" / "pool" / "template.yaml"
STACK = "login-pool"
TARGET = "make login"


def bring_up(
    settings: Settings, deployer: Deployer, reporter: Reporter, port: int, database_port: int
) -> dict[str, str]:
    """Start whatever does not run yet; the outputs of the pool's stack. The cloud runs already."""
    home = settings.home.resolve()
    runfile, logs = RunFile(home / "run.json"), home / "logs"
    database = Database(home / "state" / "login-database", database_port, "DATABASE_PORT", TARGET)
    app_url = f"http://localhost:{port}"
    deployment = deployer.deploy(DeployRequest(POOL, STACK, {"AppUrl": app_url}))
    outputs = deployment.stack.outputs
    if deployment.changed and (running := runfile.get("login")) is not None:
        stop(running)  # it was told of another pool
        runfile.remove("login")
    database.prepare()
    services.ensure(database.service(), runfile, logs, reporter)
    database.create("login")
    environ = _environ(settings, deployer, outputs, database.url("login"))
    _migrate(environ, reporter)
    services.ensure(web_server(environ, port), runfile, logs, reporter)
    return outputs


def refuse_elsewhere(settings: Settings) -> None:
    if settings.profile != "embedded":
        raise UserError(
            f"`make login` runs the application on this machine, not on profile {settings.profile}",
            "For AWS there is a template: services/login/README.md",
        )


def show_login(console: Console, settings: Settings, outputs: dict[str, str]) -> None:
    """What to open, and what to try."""
    make_admin = (
        f"aws --endpoint-url {settings.endpoint} cognito-idp admin-add-user-to-group "
        f"--user-pool-id {outputs['UserPoolId']} --group-name admins --username YOUR-ADDRESS"
    )
    for line in (
        f"[green]✓[/] Login is running: {outputs['AppUrl']}",
        f"Create an account; the code is in the console's inbox: {settings.ui_url}/mail",
        f"To see the page of users, become an administrator, then sign in again:\n  {make_admin}",
        "`make down` stops everything.",
    ):
        console.print(line, soft_wrap=True, highlight=False)


def web_server(environ: dict[str, str], port: int) -> Service:
    command = (
        *("env", *(f"{name}={value}" for name, value in environ.items())),
        *(sys.executable, "-m", "gunicorn", "--chdir", str(APP), "--workers", "2", "--preload", "--no-control-socket"),
        *("--bind", f"127.0.0.1:{port}", "login:create_app()"),
    )
    return Service("login", command, "127.0.0.1", port, "/health", "PORT", TARGET)


def _environ(settings: Settings, deployer: Deployer, outputs: dict[str, str], database_url: str) -> dict[str, str]:
    """What the application is told: on AWS `app/start.py` finds out the same. The program asks for the pool's OpenID
    configuration at the cloud itself; browsers go to the pages by their name."""
    pool, client = outputs["UserPoolId"], outputs["ClientId"]
    described = deployer.door.call("cognito-idp", "describe_user_pool_client", UserPoolId=pool, ClientId=client)
    return {
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_ACCESS_KEY_ID": settings.access_key_id,
        "AWS_SECRET_ACCESS_KEY": settings.secret_access_key,
        "LOGIN_SECRET_KEY": _kept_secret(settings.home / "state" / "login-secret"),
        "LOGIN_DATABASE_URL": database_url,
        "LOGIN_APP_URL": outputs["AppUrl"],
        "LOGIN_HOSTED_URL": reachable(outputs["HostedPagesUrl"], deployer.profile),
        "LOGIN_USER_POOL_ID": pool,
        "LOGIN_CLIENT_ID": client,
        "LOGIN_CLIENT_SECRET": described["UserPoolClient"]["ClientSecret"],
        "LOGIN_METADATA_URL": f"{settings.endpoint}/{pool}/.well-known/openid-configuration",
    }


def _migrate(environ: dict[str, str], reporter: Reporter) -> None:
    reporter.step("Bringing the database's tables up to date")
    command = [sys.executable, "-m", "flask", "--app", "login:create_app", "db", "upgrade"]
    done = subprocess.run(command, cwd=APP, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError("The tables of the login application could not be brought up to date", done.stderr[-2000:])


def _kept_secret(path: Path) -> str:
    """What signs the cookies: made once, so that a restart signs nobody out."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()
