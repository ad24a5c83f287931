"""What Lambda refuses of versions and aliases.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html and
https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html; the sentences as `refusals` says, and for a
version whose code is another https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html.
"""

from __future__ import annotations

from groundcloud.edge.lambdarules.asked import Asked
from groundcloud.edge.lambdarules.look import Look
from groundcloud.edge.lambdarules.refusals import conflict, invalid, no_alias, no_function, stale_revision
from groundcloud.http import Response
from groundcloud.stacks.aliasrules import alias_problem, weights_of


async def publish(asked: Asked, look: Look) -> None:
    function = await look.function(asked.unqualified)
    if function is None:
        raise no_function(asked.unqualified.arn)
    if asked.text("RevisionId") not in ("", function.get("RevisionId")):
        raise stale_revision()
    wanted, current = asked.text("CodeSha256"), function.get("CodeSha256")
    if wanted not in ("", current):
        raise invalid(
            f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({current}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )


async def delete(asked: Asked, look: Look) -> None:
    qualifier = asked.function.qualifier
    if qualifier is None:
        return
    if qualifier == "$LATEST":
        raise invalid("$LATEST version cannot be deleted without deleting the function.")
    if not qualifier.isdecimal():
        raise invalid("Deletion of aliases is not currently supported.")
    names = await look.aliases(asked.function, qualifier) if await look.function(asked.function) is not None else []
    if names:
        raise conflict(f"Unable to delete version because the following aliases reference it: [{', '.join(names)}]")


async def get_alias(asked: Asked, look: Look) -> None:
    name = asked.text("Name")
    if await look.function(asked.unqualified) is not None and await look.alias(asked.unqualified, name) is None:
        raise no_alias(asked.unqualified._replace(qualifier=name).arn)


async def deleted_alias(asked: Asked, look: Look) -> Response | None:
    """One that is not there is deleted already: there is no error for it in
    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html."""
    if await look.function(asked.unqualified) is None or await look.alias(asked.unqualified, asked.text("Name")):
        return None
    return Response(204)


async def create_alias(asked: Asked, look: Look) -> None:
    name = asked.text("Name")
    await _check_versions(asked, look, asked.text("FunctionVersion"))
    if await look.alias(asked.unqualified, name) is not None:
        raise conflict(f"Alias already exists: {asked.unqualified._replace(qualifier=name).arn}")


async def update_alias(asked: Asked, look: Look) -> None:
    """With the version that the alias has, where the call leaves it as it is."""
    name = asked.text("Name")
    alias = await look.alias(asked.unqualified, name)
    if alias is None:
        raise no_alias(asked.unqualified._replace(qualifier=name).arn)
    if asked.text("RevisionId") not in ("", alias.get("RevisionId")):
        raise stale_revision()
    weights = asked.members.get("RoutingConfig", alias.get("RoutingConfig"))
    version = asked.text("FunctionVersion") or str(alias.get("FunctionVersion"))
    problem = alias_problem({"FunctionVersion": version, "RoutingConfig": weights})
    if problem is not None:
        raise problem
    await _check_versions(asked, look, version)


async def _check_versions(asked: Asked, look: Look, version: str) -> None:
    for one in (version, *weights_of(asked.members)):
        reference = asked.unqualified._replace(qualifier=one)
        if await look.function(reference) is None:
            raise no_function(reference.arn)
