"""Buckets whose names look like paths of other services' APIs, read by nobody in particular."""

from __future__ import annotations

import uuid

import httpx
import pytest

from tests.contract.test_sites_website import make_site
from tests.support.aws import Aws
from tests.support.cloud import Cloud

LIKE_PATHS = (
    *("tasks", "clusters", "services", "restapis", "apikeys", "usageplans", "domainnames", "login", "logout"),
    *("taskdefinitions", "stoptask", "latest"),
)
KEYS = ("docs/index.html", "logout", "environments/a", "key-value-stores/b", "login")


def read_every_way(cloud: Cloud, http: httpx.Client, bucket: str, key: str) -> dict[str, tuple[int, str]]:
    """An object through its website, and unsigned through S3 in both styles."""
    edge = f"http://127.0.0.1:{cloud.port}"
    by_host = {"Host": f"{bucket}.s3.localhost:{cloud.port}"}
    answers = {
        "website": http.get(cloud.website_url(bucket, f"/{key}")),
        "path": http.get(f"{edge}/{bucket}/{key}"),
        "virtual host": http.get(f"{edge}/{key}", headers=by_host),
        "head": http.head(f"{edge}/{bucket}/{key}"),
    }
    return {way: (answer.status_code, answer.text) for way, answer in answers.items()}


@pytest.mark.parametrize("prefix", [f"{start}-" for start in LIKE_PATHS] + ["services.example."])
def test_a_bucket_may_be_called_as_a_path_begins(aws: Aws, cloud: Cloud, http: httpx.Client, prefix: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
    bucket = make_site(aws, name=f"{prefix}{uuid.uuid4().hex[:8]}")
    answers = read_every_way(cloud, http, bucket, "docs/index.html")
    page = (200, "<h1>docs</h1>")
    assert answers == {"website": page, "path": page, "virtual host": page, "head": (200, "")}


@pytest.mark.parametrize("bucket", ["2015-03-31", "2020-05-31", "oidc"])
def test_a_bucket_may_be_called_as_a_path_is(aws: Aws, cloud: Cloud, http: httpx.Client, bucket: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
    make_site(aws, name=bucket)
    keys = ("index.html", "functions/a.html")
    aws.client("s3").put_object(Bucket=bucket, Key=keys[1], Body=b"<h1>home</h1>")
    answers = [read_every_way(cloud, http, bucket, key) for key in keys]
    page = (200, "<h1>home</h1>")
    assert answers == [{"website": page, "path": page, "virtual host": page, "head": (200, "")}] * 2


def test_keys_may_be_paths_too(aws: Aws, cloud: Cloud, http: httpx.Client) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""
    bucket = make_site(aws)
    for key in KEYS:
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=key.encode())
        answers = read_every_way(cloud, http, bucket, key)
        assert answers == {
            "website": (200, key),
            "path": (200, key),
            "virtual host": (200, key),
            "head": (200, ""),
        }, key


def test_such_a_bucket_is_as_private_as_any(aws: Aws, cloud: Cloud, http: httpx.Client) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteAccessPermissionsReqd.html"""
    bucket = make_site(aws, public=False, name=f"tasks-{uuid.uuid4().hex[:8]}")
    answers = read_every_way(cloud, http, bucket, "index.html")
    assert {status for status, _ in answers.values()} == {403}
    edge = f"http://127.0.0.1:{cloud.port}"
    assert http.put(f"{edge}/{bucket}/mine", content=b"x").status_code == 403
    assert http.get(f"{edge}/{bucket}").status_code == 403


def test_what_is_no_bucket_stays_the_other_services(cloud: Cloud, http: httpx.Client) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html"""
    answer = http.get(f"http://127.0.0.1:{cloud.port}/2014-11-13/functions/")
    assert (answer.status_code, answer.json()["message"]) == (403, "Missing Authentication Token")
