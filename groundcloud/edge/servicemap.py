"""Which service a SigV4 signing name, an `X-Amz-Target` prefix or a query API version belongs to.

Reading all of botocore's models takes seconds, so what follows from them is derived once into `services.json`:
``python -m groundcloud.edge.servicemap`` writes it anew after an update of botocore.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

_SIGNED_BY_ENDPOINT_RULES = {"s3express": ["s3", "s3control"], "s3-object-lambda": ["s3"]}
"""Signing names that no model carries: S3's endpoint rules choose them by bucket and operation."""

FILE = Path(__file__).with_name("services.json")


@dataclass(frozen=True)
class ServiceMap:
    """`signing`: signing name → services as boto3 names them; `targets`: target prefix → service; `versions`:
    ``{signing name: {API version: service}}`` where one signing name has several query services."""

    signing: dict[str, list[str]]
    targets: dict[str, str]
    versions: dict[str, dict[str, str]]

    def candidates(self, signing_name: str) -> list[str]:
        """The services of a signing name, the one of the same name first."""
        return self.signing.get(signing_name, [signing_name])


@cache
def service_map() -> ServiceMap:
    return ServiceMap(**json.loads(FILE.read_text()))


@cache
def modelled_services() -> frozenset[str]:
    """The services that botocore has a model of."""
    return frozenset(Loader().list_available_services("service-2"))


def derive(loader: Loader) -> dict[str, Any]:
    """What `services.json` holds, from all of botocore's models."""
    signing: dict[str, list[str]] = {name: list(services) for name, services in _SIGNED_BY_ENDPOINT_RULES.items()}
    targets: dict[str, str] = {}
    queries: dict[str, dict[str, str]] = {}
    for service in loader.list_available_services("service-2"):
        metadata = loader.load_service_model(service, "service-2")["metadata"]
        name = metadata.get("signingName") or metadata["endpointPrefix"]
        signing.setdefault(name, []).append(service)
        if "targetPrefix" in metadata:
            targets.setdefault(metadata["targetPrefix"], service)
        if metadata["protocol"] in ("query", "ec2"):
            queries.setdefault(name, {}).setdefault(metadata["apiVersion"], service)
    for name, services in signing.items():
        services.sort(key=lambda service: (service != name, service))
    return {
        "signing": {name: services for name, services in sorted(signing.items()) if services != [name]},
        "targets": dict(sorted(targets.items())),
        "versions": {name: versions for name, versions in sorted(queries.items()) if len(versions) > 1},
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(derive(Loader()), indent=1) + "\n")
