"""`make parity`: writes docs/parity.md from the contract tests and from the table of API Gateway's refused features.

`tests/architecture/test_parity.py` fails while the page is not what this would write.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import botocore.session
from botocore import xform_name

from groundcloud.gateway.unsupported import FEATURES, Feature
from tests.support.engines import Parity, parity
from tests.support.facts import Fact, Module, read
from tests.support.tree import ROOT

AWS = ("https://docs.aws.amazon.com/", "https://repost.aws/", "https://aws.amazon.com/", "https://github.com/aws")
"""What a page of AWS's begins with."""

PAGE = ROOT / "docs" / "parity.md"
TESTS = ROOT / "tests" / "contract"


@dataclass(frozen=True)
class Service:
    """`modules` are the beginnings of the names of its tests' modules, `clients` boto3's names of what they call."""

    title: str
    modules: tuple[str, ...]
    clients: tuple[str, ...] = ()


SERVICES = (
    Service("API Gateway: REST APIs", ("gateway_",), ("apigateway",)),
    Service("API Gateway: HTTP APIs", ("httpapi_",), ("apigatewayv2",)),
    Service("API Gateway: WebSocket APIs", ("websocket_",), ("apigatewayv2", "apigatewaymanagementapi")),
    Service("Lambda", ("lambda_",), ("lambda",)),
    Service("IAM and STS", ("iam_",), ("iam", "sts")),
    Service("Cognito", ("signin_", "identity_", "hosted_"), ("cognito-idp", "cognito-identity")),
    Service("S3", ("s3_", "engine_storage", "sites_website"), ("s3",)),
    Service("CloudFront", ("sites_cloudfront",), ("cloudfront",)),
    Service("CloudFormation and SAM", ("stacks_", "deploy_stages"), ("cloudformation",)),
    Service("CloudWatch", ("metrics_",), ("cloudwatch", "logs")),
    Service("Other services, and every request", ("",)),
)

HEAD = """# Parity with AWS

Written by `make parity` from the tests in `tests/contract`; a test fails while it is not what the tests say. Each line
is a test that runs against this cloud, and the page whose words it holds. Tests of what is ours alone are not here.
What a service has and no line names is the engine's as it is (ministack), untested by us.

The column "LocalStack" is of profile localstack: the same test over LocalStack 4.14.0 (`pytest --engine=localstack`).
Where it says no, the reason is LocalStack's own code; such a test has to fail, and `make test-all` says when it does
not any more. "Apart" are tests that no shared engine stands behind: most run the runtime or IAM's decisions by
themselves, which are the same on both profiles.

Most types of LocalStack's CloudFormation can be made and not changed. Our plugin changes
[the usual ones](../localstack/plugin/README.md); of every other resource that stayed as it was, a deployment warns.
"""

REFUSED = """Refused with an error that says `Groundcloud does not support …`: when something is created, updated,
imported or deployed. Tests try every place.
"""

TAIL = """## Different by design

- One address instead of one host name for each service, and HTTP instead of HTTPS: certificates, TLS policies and
  `redirect-to-https` change nothing.
- The key `test` and every 12-digit key are administrators of their account.
- State is written on a clean stop; a crash loses what the engine changed since the start.
- The inbox takes every mail and text message; none leaves the machine.
- Each part's own page says where it differs in detail: [edge](../groundcloud/edge/README.md),
  [gateway](../groundcloud/gateway/README.md), [runtime](../groundcloud/runtime/README.md),
  [signin](../groundcloud/signin/README.md), [sites](../groundcloud/sites/README.md),
  [stacks](../groundcloud/stacks/README.md), [iam](../groundcloud/iam/README.md).

## Refusals

A feature that is not there should refuse, not pretend. Where something accepts what it does not do, that is a fault:
please report it with the call that shows it.
"""


def page() -> str:
    """What docs/parity.md has to be."""
    names = {path.stem.removeprefix("test_"): path for path in sorted(TESTS.glob("test_*.py"))}
    parts = [HEAD]
    for service in SERVICES:
        mine = [names.pop(name) for name in sorted(names) if name.startswith(service.modules)]
        parts.append("\n".join(_section(service, [read(path) for path in mine])))
        if service.clients[:1] == ("apigatewayv2",) and len(service.clients) == 2:
            parts.append("\n".join(_refused()))
    return "\n".join([*parts, TAIL])


def _section(service: Service, modules: list[Module]) -> Iterator[str]:
    yield f"## {service.title}\n"
    called = _operations(service, modules)
    if called:
        yield f"Operations that these tests call: {', '.join(called)}.\n"
    yield "| area | what holds | embedded | LocalStack | page |\n| --- | --- | --- | --- | --- |"
    for module in modules:
        prefix = next(one for one in service.modules if module.name.startswith(one))
        area = module.name.removeprefix(prefix).replace("_", " ").strip() or module.name.replace("_", " ")
        for fact in (one for one in module.facts if any(page.startswith(AWS) for page in one.sources)):
            supported = "yes" if fact.unsupported is None else f"no: {fact.unsupported}"
            there = _over_localstack(module.name, fact, parity())
            yield f"| {area} | {fact.holds} | {supported} | {there} | {_links(fact.sources)} |"
    yield ""


def _over_localstack(module: str, fact: Fact, known: Parity) -> str:
    """What the suites say of a fact over LocalStack."""
    file = f"contract/test_{module}.py"
    if file in known.left:
        return f"not run: {known.left[file]}"
    if not fact.shared:
        return f"apart: {known.apart[file]}"
    rows = [row for name, row in known.differences.items() if name.partition("[")[0] == f"{file}::{fact.test}"]
    if not rows:
        return "yes" if fact.unsupported is None else f"no: {fact.unsupported}"
    whole = f"{file}::{fact.test}" in known.differences
    return f"{'no' if whole else 'in part'}: {rows[0].why}"


def _refused() -> Iterator[str]:
    yield f"## API Gateway: not supported\n\n{REFUSED}"
    yield "| feature | asked for by | supported | page |\n| --- | --- | --- | --- |"
    for feature in sorted(FEATURES, key=lambda one: one.name.lower()):
        yield f"| {feature.name} | {', '.join(_places(feature))} | no | {_links((feature.page,))} |"
    yield ""


def _places(feature: Feature) -> list[str]:
    return list(dict.fromkeys(place.owner.partition(":")[2].lstrip(":") or place.owner for place in feature.places))


def _operations(service: Service, modules: list[Module]) -> list[str]:
    session = botocore.session.get_session()
    calls = {name for module in modules for name in module.calls}
    known = {name for client in service.clients for name in session.get_service_model(client).operation_names}
    return sorted(f"`{name}`" for name in known if xform_name(name) in calls)


def _links(sources: tuple[str, ...]) -> str:
    return ", ".join(f"[{_label(source)}]({source})" for source in sources)


def _label(source: str) -> str:
    address, _, fragment = source.partition("#")
    name = address.rstrip("/").rpartition("/")[2].removesuffix(".html").removesuffix(".md")
    return f"{name}#{fragment}" if fragment else name


def main() -> int:
    Path(PAGE).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
