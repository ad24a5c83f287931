"""What a template needs to find in S3: described first, made and sent only when missing.

An artifact's key is the digest of what it is made from, so an unchanged folder is neither zipped, built nor sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from groundcloud.deploy.archive import zip_bytes
from groundcloud.deploy.build import Builder, Recipe
from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.folder import files_in, read_source
from groundcloud.deploy.report import Reporter
from groundcloud.errors import AwsError, UserError


@dataclass(frozen=True)
class Artifact:
    """One object for the artifact bucket.

    `source` is a folder or file, or None when `text` holds the object itself (a nested template). `recipe` says how it
    is built before it is zipped (None: as it is); `zipped` is False for files that are sent as they are.
    """

    key: str
    source: Path | None = None
    text: str = ""
    recipe: Recipe | None = None
    zipped: bool = True
    owner: str = ""


def artifact_bucket(account: str, region: str) -> str:
    return f"groundcloud-artifacts-{account}-{region}"


class Store:
    """The artifact bucket of one account and region. It is made when first needed, private, and kept by `destroy`,
    as later deployments and other stacks share it.

    Each call names the expected owner: bucket names are global on AWS, and this one could be guessed and taken.
    """

    def __init__(self, door: AwsDoor, account: str, builder: Builder, reporter: Reporter) -> None:
        self._door = door
        self._account = account
        self._builder = builder
        self._reporter = reporter
        self.bucket = artifact_bucket(account, door.region)

    def missing(self, artifacts: tuple[Artifact, ...]) -> tuple[Artifact, ...]:
        """Those of `artifacts` that the bucket does not hold, each once."""
        wanted: dict[str, Artifact] = {}
        for artifact in artifacts:
            wanted.setdefault(artifact.key, artifact)
        if not wanted or not self._bucket_exists():
            return tuple(wanted.values())
        return tuple(artifact for artifact in wanted.values() if not self._has(artifact.key))

    def build(self, artifacts: tuple[Artifact, ...]) -> None:
        """Build what needs building, so that a failure comes before anything is sent."""
        for artifact in artifacts:
            if artifact.source is not None and artifact.recipe is not None:
                self._reporter.step(f"Building {artifact.owner}")
                self._builder.build(artifact.source, artifact.recipe, artifact.owner)

    def send(self, artifacts: tuple[Artifact, ...]) -> None:
        """Zip and send `artifacts`."""
        if artifacts and not self._bucket_exists():
            self._create_bucket()
        for artifact in artifacts:
            self._reporter.step(f"Sending the package of {artifact.owner or artifact.key}")
            self._call("put_object", Key=artifact.key, Body=self.content(artifact))

    def send_template(self, artifact: Artifact) -> str:
        """Send one template, and its https address as CloudFormation wants it."""
        self.send((artifact,))
        return template_url(self.bucket, artifact.key, self._door.region)

    def content(self, artifact: Artifact) -> bytes:
        """The object as it is sent."""
        if artifact.source is None:
            return artifact.text.encode()
        if not artifact.zipped:
            return read_source(artifact.source)
        if artifact.recipe is not None:
            return zip_bytes(files_in(self._builder.build(artifact.source, artifact.recipe, artifact.owner)))
        return zip_bytes(files_in(artifact.source))

    def _bucket_exists(self) -> bool:
        try:
            self._call("head_bucket")
        except AwsError as error:
            if error.status == 403:
                raise UserError(
                    f"The bucket {self.bucket} cannot be used: S3 refuses it",
                    "Allow s3:ListBucket on it; if another account owns it, packages must not go there",
                ) from error
            if error.status != 404:
                raise
            return False
        return True

    def _create_bucket(self) -> None:
        region = self._door.region
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        self._door.call("s3", "create_bucket", Bucket=self.bucket, **where)
        rules = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        self._call("put_public_access_block", PublicAccessBlockConfiguration=dict.fromkeys(rules, True))

    def _has(self, key: str) -> bool:
        try:
            self._call("head_object", Key=key)
        except AwsError as error:
            if error.status == 404:
                return False
            raise
        return True

    def _call(self, operation: str, **params: object) -> None:
        self._door.call("s3", operation, Bucket=self.bucket, ExpectedBucketOwner=self._account, **params)


def template_url(bucket: str, key: str, region: str) -> str:
    """The path-style https address that CloudFormation reads a template from."""
    return f"https://s3.{region}.amazonaws.com/{bucket}/{key}"
