"""What LocalStack lacks, derived from what it knows and what it has. Pure.

Nothing here is a list: services are botocore's, types CloudFormation's, and whatever LocalStack brings itself, as its
editions with a token do, is left to it, service by service and type by type.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable


def lacking_services(known: Iterable[str], providers: Iterable[str]) -> list[str]:
    """The services among `known` for which there is no provider. `providers` are named ``service:provider``."""
    provided = {name.partition(":")[0] for name in providers}
    return sorted(set(known) - provided)


def lacking_types(
    known: Iterable[str],
    providers: Collection[str],
    service_of: Callable[[str], str | None],
    forwarded: Collection[str],
) -> list[str]:
    """The types of CloudFormation's, among `known`, that have no provider and are of a service that is `forwarded`.

    A type of a service that LocalStack has cannot be made in the cloud: what it belongs to is in LocalStack."""
    return sorted(name for name in set(known) - set(providers) if service_of(name) in forwarded)
