"""S3's buckets: browsed, previewed, versions, presigned links, uploads and deletions."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ui.doors import console, scope
from ui.readers.buckets import (
    EXPIRY,
    IMAGES,
    Bucket,
    BucketObject,
    Buckets,
    Listing,
    file_name,
    folder_of,
    parents,
)
from ui.screens import Screen

screen = Screen("buckets", "Buckets", icon="bucket", key="b", summary="S3's buckets and the objects in them")

WHICH = {"key": "The object's key", "version": "One version of it; else the newest"}
PICTURE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
"""For an image that anybody may have uploaded: an SVG may not run a script."""
CHUNK = 256 * 1024


@dataclass(frozen=True)
class BucketList:
    """The account's buckets by name."""

    buckets: list[Bucket]


@dataclass(frozen=True)
class BucketPage:
    """What lies in a bucket below `prefix`. `folders` lead there; `versioned` says whether the bucket has versions,
    `versions` whether they are listed."""

    bucket: str
    prefix: str
    folders: list[tuple[str, str]]
    listing: Listing
    versioned: bool
    versions: bool


@dataclass(frozen=True)
class ObjectPage:
    """One object, in `folder`."""

    bucket: str
    folder: str
    object: BucketObject


@screen.page("/buckets", "buckets.html")
def buckets() -> BucketList:
    """S3's buckets."""
    with console().aws.answering():
        return BucketList(_buckets().listed())


@screen.page(
    "/buckets/<name>",
    "bucket.html",
    query={
        "prefix": "Only keys that start so",
        "versions": "1: with old versions and delete markers",
        "after": "Where the page starts",
    },
)
def bucket(name: str) -> BucketPage:
    """What lies in a bucket, folder by folder."""
    prefix, after = request.args.get("prefix", ""), request.args.get("after", "")
    with console().aws.answering():
        reader = _buckets()
        versioned = reader.is_versioned(name)
        wanted = versioned and request.args.get("versions") == "1"
        found = (reader.versions if wanted else reader.objects)(name, prefix, after)
    return BucketPage(name, prefix, parents(prefix), found, versioned, wanted)


@screen.page("/buckets/<name>/object", "object.html", query=WHICH)
def object(name: str) -> ObjectPage:
    """One object and the beginning of what it holds."""
    key = _key()
    with console().aws.answering():
        found = _buckets().object(name, key, request.args.get("version", ""))
    if found is None:
        abort(404, f"{name} has no object {key}. It may have been deleted.")
    return ObjectPage(name, folder_of(key), found)


@screen.part("/buckets/<name>/download")
def download(name: str) -> ResponseReturnValue:
    """An object as a file."""
    with console().aws.answering():
        body, _kind, size = _buckets().content(name, _key(), request.args.get("version", ""))
    headers = {"Content-Disposition": f'attachment; filename="{file_name(_key())}"', "Content-Length": str(size)}
    return Response(body.iter_chunks(CHUNK), content_type="application/octet-stream", headers=headers)


@screen.part("/buckets/<name>/picture")
def picture(name: str) -> ResponseReturnValue:
    """An object that is an image, for its page."""
    with console().aws.answering():
        body, kind, _size = _buckets().content(name, _key(), request.args.get("version", ""))
    if kind not in IMAGES:
        body.close()
        abort(415, f"{kind} is not shown as an image.")
    headers = {"Content-Security-Policy": PICTURE_POLICY}
    return Response(body.iter_chunks(CHUNK), content_type=kind, headers=headers)


@screen.part("/buckets/<name>/link")
def link(name: str) -> ResponseReturnValue:
    """A presigned link to an object; whoever has it may read the object until it expires."""
    seconds = request.args.get("seconds", "3600")
    if seconds not in EXPIRY:
        abort(400, f"A link is good for {', '.join(EXPIRY)} seconds.")
    signer = Buckets(console().aws.signer("s3", scope()))
    url = signer.link(name, _key(), request.args.get("version", ""), int(seconds))
    return render_template("revealed.html", text=url, lines=1, what="the presigned link")


@screen.action("/buckets/<name>/upload", fields={"prefix": "Where to", "file": "The files"})
def upload(name: str) -> ResponseReturnValue:
    """Put files below a prefix."""
    prefix = request.form.get("prefix", "")
    files = [each for each in request.files.getlist("file") if each.filename]
    if not files:
        abort(400, "Choose a file to upload.")
    with console().aws.answering():
        for each in files:
            _buckets().upload(name, f"{prefix}{each.filename}", each.stream, each.mimetype)
    flash(f"{files[0].filename} was uploaded." if len(files) == 1 else f"{len(files)} files were uploaded.")
    return redirect(url_for("buckets.bucket", name=name, prefix=prefix or None), 303)


@screen.action("/buckets/<name>/delete", fields=WHICH)
def delete(name: str) -> ResponseReturnValue:
    """Delete an object, or one version of it."""
    key = _key()
    with console().aws.answering():
        _buckets().delete(name, key, request.form.get("version", ""))
    flash(f"{key} was deleted.")
    return redirect(url_for("buckets.bucket", name=name, prefix=folder_of(key) or None), 303)


def _buckets() -> Buckets:
    return Buckets(console().aws.client("s3", scope()))


def _key() -> str:
    return request.values.get("key") or abort(400, "Which object? Its key is missing.")


screen.blueprint.app_context_processor(lambda: {"expiry": list(EXPIRY.items())})
