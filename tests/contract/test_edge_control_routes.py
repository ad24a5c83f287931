"""The control routes and the document that describes them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from groundcloud.edge.control import DESCRIPTION
from tests.support.cloud import Cloud

METHODS = ("get", "put", "post", "delete", "patch")


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return dict(yaml.safe_load(DESCRIPTION.read_text()))


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, item in description["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def schema_of(description: dict[str, Any], operation: dict[str, Any], status: int) -> Draft202012Validator | None:
    content = operation["responses"][str(status)].get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return Draft202012Validator({**schema, "components": description["components"]}) if schema else None


EXAMPLES = {"{id}": "no-such-id", "{name}": "none"}


def test_every_described_route_answers_as_described(cloud: Cloud, description: dict[str, Any]) -> None:
    """Source: groundcloud/edge/openapi.yaml."""
    for method, path, operation in operations(description):
        url = re.sub(r"\{\w+\}", lambda found: EXAMPLES.get(found[0], "none"), path)
        query = {"timeout": "0"} if path.endswith(("/wait", "/stream")) else {}
        body = {"json": {"sources": []}} if "requestBody" in operation else {}
        answer = cloud.control(url, method, params=query, **body)
        assert str(answer.status_code) in operation["responses"], f"{method} {path}: {answer.status_code}"
        validator = schema_of(description, operation, answer.status_code)
        if validator is not None:
            validator.validate(answer.json())
        elif answer.status_code == 204:
            assert answer.content == b""


def test_every_route_is_described(cloud: Cloud, description: dict[str, Any]) -> None:
    """Source: groundcloud/edge/openapi.yaml. A route is told from none by 405 for a method that it does not have."""
    described = {(method, path) for method, path, _ in operations(description)}
    for path in {path for _, path in described}:
        allowed = cloud.control(path.replace("{id}", "x"), "PATCH")
        assert allowed.status_code == 405
        methods = set(re.sub(".* one of ", "", allowed.json()["message"]).split(", "))
        assert methods == {method for method, one in described if one == path or _covers(one, path)}


def _covers(pattern: str, path: str) -> bool:
    return "{" in pattern and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path) is not None


def test_the_document_is_served_and_sound(cloud: Cloud, description: dict[str, Any]) -> None:
    """Source: https://spec.openapis.org/oas/v3.1.0.html"""
    served = cloud.control("/openapi.yaml")
    assert served.headers["content-type"] == "application/yaml"
    assert yaml.safe_load(served.text) == description
    identifiers = [operation["operationId"] for _, _, operation in operations(description)]
    assert len(set(identifiers)) == len(identifiers)
    for schema in description["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_bad_input_to_control_routes_is_refused(cloud: Cloud) -> None:
    """Source: groundcloud/edge/openapi.yaml."""
    for content in (b"", b"{", b"[]", b'{"sources": 1}', b'{"sources": [{}]}', b"\xff"):
        answer = cloud.control("/functions/sources", "PUT", content=content)
        assert (answer.status_code, list(answer.json())) == (400, ["message"]), content
    for query in ("limit=x", "limit=-1", "limit=0"):
        assert cloud.control(f"/mail?{query}").status_code in (200, 400)
    for query in ("timeout=x", "timeout=-1", "timeout=nan", "after=x"):
        assert cloud.control(f"/mail/wait?{query}", timeout=60).status_code in (400, 404)
    assert cloud.control("/nothing").status_code == 404
    assert cloud.control("/functions/sources", "PUT", content=b"x" * (10 * 1024**2 + 1)).status_code == 413


def test_localstacks_health_route(cloud: Cloud) -> None:
    """Source: https://docs.localstack.cloud/aws/capabilities/networking/internal-endpoints/"""
    health = cloud.http.get("/_localstack/health").json()
    assert {"s3", "dynamodb", "lambda", "cognito-idp"} <= set(health["services"])
    assert set(health) == {"services", "edition", "version"}


def test_the_status_counts_the_scopes_in_use(cloud: Cloud, account: str) -> None:
    """Source: groundcloud/edge/openapi.yaml."""
    cloud.client("sqs", account).create_queue(QueueName="seen")
    assert {"account": account, "region": "us-east-1"} in cloud.control("/status").json()["scopes"]
