"""Where a deployment goes: the embedded cloud, LocalStack behind the edge, or AWS.

A profile is what an AWS profile is (region, credentials, endpoint) plus guard rails.
"""

from __future__ import annotations

from dataclasses import dataclass

from groundcloud.settings import Settings


@dataclass(frozen=True)
class Profile:
    """`endpoint_url` None means AWS itself. On AWS, `account` is "" until AWS says who the caller is, `region` may be
    "" for the AWS profile's own, and `allowed_accounts`, when not empty, are the only ones that may be deployed to."""

    name: str
    region: str
    account: str
    endpoint_url: str | None
    access_key_id: str = ""
    secret_access_key: str = ""
    aws_profile: str = ""
    allowed_accounts: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        return self.endpoint_url is not None

    @property
    def port(self) -> int:
        """The local endpoint's port; 0 on AWS."""
        return int((self.endpoint_url or ":0").rpartition(":")[2])


def profile_of(settings: Settings) -> Profile:
    """The profile that the settings ask for.

    On ``aws`` the credentials and the region are those of the AWS profile `settings.aws_profile` (or AWS's default
    chain); `settings.region` counts only where that names no region, or when it was changed from its default.
    """
    if settings.profile == "aws":
        chosen = settings.region if settings.region != Settings.region else ""
        return Profile(
            name="aws",
            region=chosen,
            account="",
            endpoint_url=None,
            aws_profile=settings.aws_profile,
            allowed_accounts=settings.aws_accounts,
        )
    return Profile(
        name=settings.profile,
        region=settings.region,
        account=settings.account,
        endpoint_url=settings.endpoint,
        access_key_id=settings.access_key_id,
        secret_access_key=settings.secret_access_key,
    )
