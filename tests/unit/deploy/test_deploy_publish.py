"""What of a site is written, deleted and invalidated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groundcloud.deploy.profile import Profile
from groundcloud.deploy.publish import (
    CACHED,
    UNCACHED,
    Site,
    compare,
    config_file,
    content_type,
    publish,
    site_files,
    site_of,
)
from groundcloud.deploy.stack import Stack, StackResource
from groundcloud.deploy.template import Template
from groundcloud.errors import UserError
from tests.fakes.aws_door import FakeDoor

LOCAL = Profile("embedded", "us-east-1", "000000000000", "http://127.0.0.1:4566")
AWS = Profile("aws", "us-east-1", "", None)
API = "https://abc123.execute-api.us-east-1.amazonaws.com/prod"
STACK = Stack("app", "1", "CREATE_COMPLETE", outputs={"ApiUrl": API, "SiteBucket": "bkt", "Pool": "us-east-1_x"})


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folder = tmp_path / "site"
    (folder / "help").mkdir(parents=True)
    (folder / "index.html").write_text("<p>")
    (folder / "help" / "index.html").write_text("?")
    (folder / "config.json").write_text("{}")
    return Site(folder, "SiteBucket", {"apiUrl": "ApiUrl", "userPoolId": "Pool"})


def test_config_json_has_addresses_that_the_browser_can_reach(site: Site) -> None:
    file = config_file(site, STACK, LOCAL, "us-east-1")
    assert json.loads(file.body) == {
        "apiUrl": "http://abc123.execute-api.localhost:4566/prod",
        "userPoolId": "us-east-1_x",
        "region": "us-east-1",
        "profile": "embedded",
        "cognitoEndpoint": "http://localhost:4566/",
    }
    assert file.cache == UNCACHED


def test_config_json_on_aws_has_the_outputs_as_they_are(site: Site) -> None:
    found = json.loads(config_file(site, STACK, AWS, "eu-west-1").body)
    assert found == {"apiUrl": API, "userPoolId": "us-east-1_x", "region": "eu-west-1", "profile": "aws"}


def test_a_config_that_names_a_missing_output_is_told(site: Site) -> None:
    wrong = Site(site.folder, "SiteBucket", {"apiUrl": "Nope"})
    with pytest.raises(UserError, match=r"Site.Config.apiUrl names the output Nope") as caught:
        config_file(wrong, STACK, LOCAL, "us-east-1")
    assert "ApiUrl" in caught.value.hint


def test_the_developers_own_config_is_not_published(site: Site) -> None:
    assert [file.key for file in site_files(site.folder)] == ["help/index.html", "index.html"]


def test_only_what_differs_is_written_and_only_what_is_gone_deleted(site: Site) -> None:
    files = site_files(site.folder)
    change = compare(files, {"index.html": files[1].etag, "help/index.html": '"other"', "old.js": '"x"'})
    assert [file.key for file in change.write] == ["help/index.html"]
    assert change.delete == ("old.js",)
    assert change.paths == ("/help/index.html", "/old.js")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("app.JS", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("data.json", "application/json; charset=utf-8"),
        ("logo.svg", "image/svg+xml; charset=utf-8"),
        ("photo.png", "image/png"),
        ("font.woff2", "font/woff2"),
        ("LICENCE", "application/octet-stream"),
    ],
)
def test_content_types(name: str, expected: str) -> None:
    assert content_type(name) == expected


def distribution(origin: str) -> dict[str, Any]:
    return {"DistributionConfig": {"Origins": {"Items": [{"DomainName": origin}]}}}


def test_publishing_writes_with_type_and_cache_and_invalidates_what_changed(site: Site) -> None:
    door = FakeDoor(
        s3__list_objects_v2=[{"Key": "old.js", "ETag": '"x"'}],
        s3__put_object={},
        s3__delete_objects={},
        cloudfront__get_distribution_config=distribution("bkt.s3-website-us-east-1.amazonaws.com"),
        cloudfront__create_invalidation={},
    )
    resources = [StackResource("Cdn", "E1", "AWS::CloudFront::Distribution", "CREATE_COMPLETE")]
    publish(door, site, STACK, resources, LOCAL)
    written = {each["Key"]: (each["ContentType"], each["CacheControl"]) for each in door.called("s3.put_object")}
    assert written["index.html"] == ("text/html; charset=utf-8", CACHED)
    assert written["config.json"] == ("application/json; charset=utf-8", UNCACHED)
    assert door.called("s3.delete_objects")[0]["Delete"]["Objects"] == [{"Key": "old.js"}]
    batch = door.called("cloudfront.create_invalidation")[0]["InvalidationBatch"]
    assert batch["Paths"]["Items"] == ["/", "/config.json", "/help/", "/help/index.html", "/index.html", "/old.js"]


def test_many_changes_are_one_wildcard(site: Site) -> None:
    for number in range(20):
        (site.folder / f"{number}.js").write_text(str(number))
    door = FakeDoor(
        s3__list_objects_v2=[],
        s3__put_object={},
        cloudfront__get_distribution_config=distribution("bkt.s3.amazonaws.com"),
        cloudfront__create_invalidation={},
    )
    publish(door, site, STACK, [StackResource("Cdn", "E1", "AWS::CloudFront::Distribution", "OK")], LOCAL)
    batch = door.called("cloudfront.create_invalidation")[0]["InvalidationBatch"]
    assert batch["Paths"] == {"Quantity": 1, "Items": ["/*"]}


def test_an_unchanged_site_is_only_listed(site: Site) -> None:
    wanted = [*site_files(site.folder), config_file(site, STACK, LOCAL, "us-east-1")]
    door = FakeDoor(s3__list_objects_v2=[{"Key": file.key, "ETag": file.etag} for file in wanted])
    assert publish(door, site, STACK, [], LOCAL).paths == ()
    assert door.names == ["s3.list_objects_v2"]


def test_another_buckets_distribution_is_left_alone(site: Site) -> None:
    door = FakeDoor(
        s3__list_objects_v2=[],
        s3__put_object={},
        cloudfront__get_distribution_config=distribution("bkt2.s3.amazonaws.com"),
    )
    publish(door, site, STACK, [StackResource("Cdn", "E1", "AWS::CloudFront::Distribution", "OK")], LOCAL)
    assert "cloudfront.create_invalidation" not in door.names


def template(folder: Path, metadata: Any) -> Template:
    return Template(folder / "template.yaml", {"Metadata": metadata, "Resources": {}})


def test_the_template_says_whether_there_is_a_site(tmp_path: Path) -> None:
    assert site_of(template(tmp_path, None)) is None
    assert site_of(template(tmp_path, {"AWS::CloudFormation::Interface": {}})) is None
    (tmp_path / "www").mkdir()
    wanted = {"Groundcloud": {"Site": {"Folder": "www", "BucketOutput": "B"}}}
    assert site_of(template(tmp_path, wanted)) == Site(tmp_path / "www", "B", {})


@pytest.mark.parametrize("site", [{"Folder": "www"}, {"Folder": "nope", "BucketOutput": "B"}, "www"])
def test_a_site_that_is_not_well_described_is_refused(tmp_path: Path, site: Any) -> None:
    with pytest.raises(UserError):
        site_of(template(tmp_path, {"Groundcloud": {"Site": site}}))
