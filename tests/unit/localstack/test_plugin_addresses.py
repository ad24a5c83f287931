"""Addresses that LocalStack makes up."""

from __future__ import annotations

from groundcloud_localstack.addresses import with_port


def test_a_function_url_leads_to_the_port_of_the_cloud() -> None:
    made = "http://abc.lambda-url.us-east-1.localhost.localstack.cloud:4567/"
    assert with_port(made, 4566) == "http://abc.lambda-url.us-east-1.localhost.localstack.cloud:4566/"
    assert with_port(with_port(made, 4566), 4566) == with_port(made, 4566)
