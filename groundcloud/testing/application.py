"""A template made ready once a session, so that each test only has to create its stack.

Packaging (which reads folders, and builds what has dependencies) and the transform (SAM to CloudFormation) give the
same for every account, so they are done once: in an account that no test gets, by a change set that is never executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from groundcloud.clock import new_request_id
from groundcloud.deploy.artifacts import Artifact, Store, artifact_bucket
from groundcloud.deploy.build import Builder
from groundcloud.deploy.changeset import drop, make_plan
from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.package import Packaged, package
from groundcloud.deploy.parameters import check_parameters
from groundcloud.deploy.publish import Site, SiteFile, site_files, site_of
from groundcloud.deploy.report import SilentReporter
from groundcloud.deploy.stack import Waiter
from groundcloud.deploy.template import load_template
from groundcloud.errors import UserError

PLACEHOLDER = "groundcloud-artifacts-of-the-test"
"""Stands in the prepared text for each test account's artifact bucket."""


@dataclass(frozen=True)
class Application:
    """`text` is the template after its transforms, `objects` what S3 must hold for it, by key, and `site_files` what is
    published once the stack is there."""

    path: Path
    text: str
    objects: Mapping[str, bytes]
    site: Site | None
    site_files: tuple[SiteFile, ...]

    def text_for(self, bucket: str) -> str:
        return self.text.replace(PLACEHOLDER, bucket)

    def objects_for(self, bucket: str) -> dict[str, bytes]:
        return {key: body.replace(PLACEHOLDER.encode(), bucket.encode()) for key, body in self.objects.items()}


def prepare(
    path: Path, parameters: Mapping[str, str], door: AwsDoor, account: str, builder: Builder, *, transform: bool = True
) -> Application:
    """Package and transform the template at `path`, by way of `account`, whose door it is. Without `transform` it stays
    as it was packaged, and each creation transforms it. Raises `UserError`."""
    template = load_template(path)
    bucket = artifact_bucket(account, door.region)
    packaged = package(template, bucket, door.region, builder)
    check_parameters(template, dict(parameters), None)
    store = Store(door, account, builder, SilentReporter())
    artifacts = store.missing(packaged.artifacts)
    store.build(artifacts)
    store.send(artifacts)
    text = _transformed(path, packaged, parameters, door, store) if transform else packaged.text
    site = site_of(template)
    return Application(
        path,
        text.replace(bucket, PLACEHOLDER),
        {artifact.key: _content(store, artifact, bucket) for artifact in packaged.artifacts},
        site,
        tuple(site_files(site.folder)) if site else (),
    )


def _transformed(path: Path, packaged: Packaged, parameters: Mapping[str, str], door: AwsDoor, store: Store) -> str:
    name = f"prepare-{new_request_id()}"
    plan = make_plan(door, Waiter(), store, name, None, packaged, dict(parameters))
    if plan is None:
        raise UserError(f"{path} would create nothing", "Its conditions leave out every resource")
    held = door.call(
        "cloudformation", "get_template", StackName=name, ChangeSetName=plan.change_set_id, TemplateStage="Processed"
    )["TemplateBody"]
    drop(door, plan)
    return held if isinstance(held, str) else json.dumps(held)


def _content(store: Store, artifact: Artifact, bucket: str) -> bytes:
    """The object for any account: the texts of nested templates name the bucket."""
    content = store.content(artifact)
    return content.replace(bucket.encode(), PLACEHOLDER.encode()) if artifact.source is None else content
