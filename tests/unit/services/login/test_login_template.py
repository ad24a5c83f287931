"""What `services/login/template.yaml` opens, allows and starts."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from groundcloud.deploy.template import load_template
from tests.support.processes import ROOT

LOGIN = ROOT / "services" / "login"


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    found: dict[str, Any] = load_template(LOGIN / "template.yaml").body["Resources"]
    return found


def test_only_cloudfront_reaches_the_server_and_only_the_server_the_database(resources: dict[str, Any]) -> None:
    rules = {
        name: resource["Properties"]["SecurityGroupIngress"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::EC2::SecurityGroup"
    }
    [server], [database] = rules["ServerSecurityGroup"], rules["DatabaseSecurityGroup"]
    assert server["SourcePrefixListId"] == {"Ref": "CloudFrontPrefixList"} and "CidrIp" not in server
    assert database["SourceSecurityGroupId"] == {"Ref": "ServerSecurityGroup"} and "CidrIp" not in database
    assert resources["Database"]["Properties"]["PubliclyAccessible"] is False
    assert resources["Database"]["Properties"]["StorageEncrypted"] is True
    assert resources["ServerLaunch"]["Properties"]["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"] == "required"


def test_the_role_may_do_what_the_application_does_and_no_more(resources: dict[str, Any]) -> None:
    """Each call made with the server's role is an action of its policy, and the other way round."""
    [policy] = resources["ServerRole"]["Properties"]["Policies"]
    statements = {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}
    source = (LOGIN / "app" / "login" / "cognito.py").read_text() + (LOGIN / "app" / "start.py").read_text()
    called = set(re.findall(r"(?:_server|cognito)\.([a-z_]+)", source))
    named = {f"cognito-idp:{''.join(word.title() for word in name.split('_'))}" for name in called}
    assert set(statements["ReadTheClientAndServeAdministrators"]["Action"]) == named
    assert all("*" not in str(each["Action"]) for each in statements.values())


def test_no_secret_stands_in_the_user_data_and_its_scripts_are_scripts(resources: dict[str, Any]) -> None:
    script = resources["ServerLaunch"]["Properties"]["LaunchTemplateData"]["UserData"]["Fn::Base64"]["Fn::Sub"]
    assert "password" not in script.lower() and "resolve:" not in script
    fetch = re.search(r"login-fetch <<'END'\n(.*?)\nEND\n", script, re.DOTALL)
    assert fetch is not None
    for shell in (script, fetch[1]):
        done = subprocess.run(["bash", "-n"], input=shell, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_variables_of_the_user_data_are_those_that_are_read(resources: dict[str, Any]) -> None:
    script = resources["ServerLaunch"]["Properties"]["LaunchTemplateData"]["UserData"]["Fn::Base64"]["Fn::Sub"]
    given = set(re.findall(r"^([A-Z_]+)=", script, re.MULTILINE)) - {"AWS_DEFAULT_REGION"}
    source = (LOGIN / "app" / "start.py").read_text()
    read = set(re.findall(r'"([A-Z][A-Z_]+)"', source)) - {
        "LOGIN_SECRET_KEY",
        "LOGIN_CLIENT_SECRET",
        "LOGIN_DATABASE_URL",
    }
    settings = {"LOGIN_APP_URL", "LOGIN_HOSTED_URL", "LOGIN_USER_POOL_ID", "LOGIN_CLIENT_ID", "LOGIN_PROXIES"}
    assert given == read | settings


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "mariadb"])
def test_the_migrations_are_sql_of_every_database(dialect: str) -> None:
    said: list[str] = []

    class Script:
        def write(self, text: str) -> None:
            said.append(text)

        def flush(self) -> None:
            pass

    context = MigrationContext.configure(dialect_name=dialect, opts={"as_sql": True, "output_buffer": Script()})
    for file in sorted((LOGIN / "app" / "migrations" / "versions").glob("*.py")):
        migration: dict[str, Any] = {}
        exec(compile(file.read_text(), str(file), "exec"), migration)
        with Operations.context(context):
            migration["upgrade"]()
            migration["downgrade"]()
    assert "CREATE TABLE sign_ins" in "".join(said) and "DROP TABLE sign_ins" in "".join(said)


def test_both_templates_name_the_same_pool() -> None:
    pool = load_template(LOGIN / "pool" / "template.yaml").body
    client = pool["Resources"]["Client"]["Properties"]
    scopes = re.search(r'SCOPES = "([^"]+)"', (LOGIN / "app" / "login" / "sessions.py").read_text())
    assert scopes is not None and client["AllowedOAuthScopes"] == scopes[1].split()
    used = re.findall(r"Pool\.Outputs\.([A-Za-z]+)", (LOGIN / "template.yaml").read_text())
    assert set(used) <= set(pool["Outputs"])
