"""The screen Buckets: what S3 is asked, and what is shown of its answers."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes.console_doors import FakeAws
from tests.fakes.fake_s3 import FakeS3
from ui.readers.buckets import PREVIEW, file_name

Send = Callable[..., TestResponse]
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def s3(door: FakeAws) -> FakeS3:
    client = FakeS3()
    client.objects = {
        "a.txt": (b"hello", "text/plain"),
        "logs/2026/one.json": (b'{"a": 1}', "application/json"),
        "logo.svg": (b"<svg/>", "image/svg+xml"),
    }
    door.clients["s3"] = client
    return client


def names(visitor: FlaskClient, query: str = "") -> list[str]:
    entries = visitor.get(f"/api/buckets/files{query}").get_json()["listing"]["entries"]
    return [entry["name"] for entry in entries]


def test_a_bucket_is_browsed_folder_by_folder(visitor: FlaskClient, s3: FakeS3) -> None:
    assert "/buckets/files" in visitor.get("/buckets").text
    assert names(visitor) == ["logs/", "a.txt", "logo.svg"]
    assert names(visitor, "?prefix=logs/2026/") == ["one.json"]
    page = visitor.get("/buckets/files?prefix=logs/2026/&after=x").text
    assert 'href="/buckets/files?prefix=logs/"' in page and "after=next" in page
    assert s3.listed[-1]["ContinuationToken"] == "x"


def test_a_bucket_that_is_empty_or_not_there(visitor: FlaskClient, s3: FakeS3) -> None:
    s3.objects.clear()
    assert "aws s3 cp FILE s3://files/" in visitor.get("/buckets/files").text
    answer = visitor.get("/buckets/other")
    assert answer.status_code == 404 and "The specified bucket does not exist" in answer.text


def test_versions_and_delete_markers_are_listed_when_asked_for(visitor: FlaskClient, s3: FakeS3) -> None:
    assert "versions=1" not in visitor.get("/buckets/files").text
    s3.versioned = True
    found = visitor.get("/api/buckets/files?versions=1").get_json()["listing"]
    assert [(each["kind"], each["version"]) for each in found["entries"]] == [("marker", "v2"), ("version", "v1")]
    visitor.get("/buckets/files", query_string={"versions": "1", "after": found["after"]})
    assert s3.listed[-1]["KeyMarker"] == "a.txt" and s3.listed[-1]["VersionIdMarker"] == "v1"


@pytest.mark.parametrize(
    ("content", "kind", "shown"),
    [
        (b'{"a":1}', "application/json", "{\n  &#34;a&#34;: 1\n}"),
        ("Grüße".encode(), "text/plain", "Grüße"),
        (b"x" * (PREVIEW - 1) + "ü".encode(), "text/plain", "The first 64 KB are shown."),
        (b"\x00\x01", "application/zip", "This is no text (application/zip): download it."),
        (b"", "text/plain", "The object is empty."),
        (EVIL.encode(), "text/html", "&lt;script&gt;alert(1)"),
    ],
    ids=["json", "umlauts", "long", "binary", "empty", "markup"],
)
def test_a_preview(visitor: FlaskClient, s3: FakeS3, content: bytes, kind: str, shown: str) -> None:
    s3.objects["o"] = (content, kind)
    page = visitor.get("/buckets/files/object?key=o")
    assert page.status_code == 200 and shown in page.text
    assert "<script>alert" not in page.text and "<dd><script>" not in page.text


def test_an_image_is_shown_in_a_sandbox(visitor: FlaskClient, s3: FakeS3) -> None:
    assert 'class="picture"' in visitor.get("/buckets/files/object?key=logo.svg").text
    answer = visitor.get("/buckets/files/picture?key=logo.svg")
    assert answer.data == b"<svg/>" and answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert visitor.get("/buckets/files/picture?key=a.txt").status_code == 415


def test_an_object_is_downloaded_as_a_file(visitor: FlaskClient, s3: FakeS3) -> None:
    answer = visitor.get("/buckets/files/download?key=logs/2026/one.json")
    assert answer.data == b'{"a": 1}'
    assert answer.headers["Content-Disposition"] == 'attachment; filename="one.json"'
    assert answer.content_type == "application/octet-stream"
    assert file_name('x/"\r\nä.txt') == "____.txt"


def test_a_link_is_made_when_it_is_asked_for(visitor: FlaskClient, s3: FakeS3) -> None:
    assert "X-Amz-Expires" not in visitor.get("/buckets/files/object?key=a.txt").text
    assert "X-Amz-Expires=300" in visitor.get("/buckets/files/link?key=a.txt&seconds=300").text
    assert visitor.get("/buckets/files/link?key=a.txt&seconds=1").status_code == 400


def test_files_are_uploaded_into_the_folder(send: Send, s3: FakeS3) -> None:
    files = [(io.BytesIO(b"1"), "one.txt"), (io.BytesIO(b"2"), "two.txt")]
    assert send("/buckets/files/upload", prefix="logs/", file=files).status_code == 303
    assert s3.objects["logs/two.txt"] == (b"2", "text/plain")
    assert send("/buckets/files/upload", prefix="logs/").status_code == 400


def test_an_object_or_a_version_is_deleted(send: Send, s3: FakeS3) -> None:
    answer = send("/buckets/files/delete", key="logs/2026/one.json", version="v1")
    assert answer.headers["Location"] == "/buckets/files?prefix=logs/2026/"
    assert s3.deleted == [{"Bucket": "files", "Key": "logs/2026/one.json", "VersionId": "v1"}]
    assert send("/buckets/files/delete").status_code == 400


def test_an_object_that_is_gone(visitor: FlaskClient, s3: FakeS3) -> None:
    answer = visitor.get(f"/buckets/files/object?key={EVIL}")
    assert answer.status_code == 404 and "It may have been deleted" in answer.text and EVIL not in answer.text


def test_what_keys_are_called_is_never_markup(visitor: FlaskClient, s3: FakeS3) -> None:
    s3.objects = {f"{EVIL}/{EVIL}": (b"", EVIL), EVIL: (b"", EVIL)}
    for path in ("/buckets/files", f"/buckets/files?prefix={EVIL}/", f"/buckets/files/object?key={EVIL}"):
        page = visitor.get(path)
        assert page.status_code == 200 and EVIL not in page.text
