"""botocore's service models, read once for the whole process, without their documentation.

The documentation is half of a model and nobody in this process reads it. The engine makes sessions of its own, which
would parse every model a second time: by botocore's own hook for new sessions they get this loader.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import botocore
from botocore.loaders import JSONFileLoader, Loader
from botocore.model import ServiceModel

_PROTOCOLS = ("json", "rest-json", "rest-xml", "query", "ec2")


class ModelFiles(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
    """Reads botocore's files as plain dicts; what is called documentation and is text is left out."""

    def load_file(self, file_path: str) -> Any:
        """What ``{file_path}.json`` or ``{file_path}.json.gz`` holds; None when there is neither."""
        plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if plain.is_file():
            text = plain.read_bytes()
        elif packed.is_file():
            text = gzip.decompress(packed.read_bytes())
        else:
            return None
        return json.loads(text, object_hook=_without_documentation)


def _without_documentation(found: dict[str, Any]) -> dict[str, Any]:
    # A shape may have a member of this name, which is a dict.
    if type(found.get("documentation")) is str:
        del found["documentation"]
    return found


_LOADER = Loader(file_loader=ModelFiles())


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service, as boto3 names it. Raises `botocore.exceptions.UnknownServiceError`."""
    return ServiceModel(_LOADER.load_service_model(service, "service-2"), service)


def protocol_of(model: ServiceModel) -> str:
    """The protocol to speak: the first of the model's that is a plain JSON, XML or query one."""
    offered = model.metadata.get("protocols") or [model.protocol]
    for name in _PROTOCOLS:
        if name in offered:
            return name
    return str(model.protocol)


def share() -> Callable[[], None]:
    """Give this loader to every session of botocore that is made from now on; returns what ends that."""

    def initialize(session: Any) -> None:
        session.register_component("data_loader", _LOADER)

    botocore.register_initializer(initialize)
    return lambda: botocore.unregister_initializer(initialize)
