"""The map: what is deployed, what uses what by its template, and what traces saw of it, as it happens."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from botocore.exceptions import ClientError
from flask import request, url_for

from ui.doors import console, scope
from ui.maps.declared import Declared, Node
from ui.maps.kinds import KINDS
from ui.maps.layout import HEIGHT, WIDTH, Box
from ui.maps.picture import MapEdge, MapNode, picture
from ui.readers.architecture import Architecture
from ui.screens import Screen

screen = Screen("map", "Map", icon="map", key="n", summary="What is deployed, what uses what, and what is used now")

PAGES: dict[str, Callable[[str], str]] = {
    "AWS::ApiGateway::RestApi": lambda api: url_for("apis.api", api_id=api),
    "AWS::ApiGatewayV2::Api": lambda api: url_for("apis.api", api_id=api),
    "AWS::Lambda::Function": lambda name: url_for("functions.function", name=name),
    "AWS::DynamoDB::Table": lambda name: url_for("tables.table", name=name),
    "AWS::DynamoDB::GlobalTable": lambda name: url_for("tables.table", name=name),
    "AWS::S3::Bucket": lambda name: url_for("buckets.bucket", name=name),
    "AWS::SQS::Queue": lambda url: url_for("queues.queue", name=url.rpartition("/")[2]),
    "AWS::Events::Rule": lambda _: url_for("queues.events"),
    "AWS::Events::EventBus": lambda _: url_for("queues.events"),
    "AWS::Cognito::UserPool": lambda pool: url_for("users.pool", pool_id=pool),
    "AWS::SSM::Parameter": lambda name: url_for("parameters.parameter", name=name),
    "AWS::SecretsManager::Secret": lambda arn: url_for("parameters.secret", name=arn),
}
"""Where a resource has a page of its own. The others lead to the requests in which they occur."""


@dataclass(frozen=True)
class Map:
    """The drawing (pixels) of the stacks, of one if `stack` names it. `traced` says whether what is used is known;
    `problem` why the stacks could not be read, if so; `version` changes with the drawing."""

    stacks: list[str]
    stack: str
    width: int
    height: int
    node_width: int
    node_height: int
    boxes: list[Box]
    nodes: list[MapNode]
    edges: list[MapEdge]
    traced: bool
    version: str
    problem: str = ""


@screen.page("/map", "map.html", query={"stack": "Only the stack of this name"})
def drawn() -> Map:
    """The architecture, from templates and traces."""
    doors, wanted = console(), request.args.get("stack", "").strip()
    reader = Architecture(doors.aws, doors.control, doors.kept, scope())
    problem = ""
    found: list[Declared] = []
    try:
        found = [each for each in reader.stacks() if each.nodes]
    except ClientError as error:
        problem = error.response["Error"].get("Message") or str(error)
    flows = None if doors.settings.profile == "aws" else reader.flows()
    shown = [each for each in found if not wanted or each.nodes[0].stack == wanted]
    urls = {node.id: _url(node) for each in shown for node in each.nodes}
    drawing = picture(shown, flows or (), time.time(), urls)
    version = hashlib.sha256(repr(asdict(drawing)).encode()).hexdigest()[:16]
    return Map(
        stacks=[each.nodes[0].stack for each in found],
        stack=wanted,
        width=drawing.width,
        height=drawing.height,
        node_width=WIDTH,
        node_height=HEIGHT,
        boxes=drawing.boxes,
        nodes=drawing.nodes,
        edges=sorted(drawing.edges, key=lambda each: (-each.last, each.source, each.target)),
        traced=flows is not None,
        version=version,
        problem=problem,
    )


def _url(node: Node) -> str:
    page = PAGES.get(node.type)
    if page and node.physical_id:
        return page(node.physical_id)
    return url_for("requests.calls", resource=node.physical_id) if KINDS[node.type].service else ""
