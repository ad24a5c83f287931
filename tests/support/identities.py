"""An identity pool over a user pool, with roles, by API: what the tests of identity pools start from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import UNSIGNED
from botocore.config import Config

from tests.support.aws import REGION, Aws
from tests.support.users import acting_as, document

PASSWORD = "Correct-Horse-1"
COGNITO = "cognito-identity.amazonaws.com"
Document = dict[str, Any]


class IdentityWorld:
    """`pool` is the identity pool, `provider` the user pool's name as a login, `client` its app client. The client
    `public` signs nothing, as a browser's."""

    def __init__(self, aws: Aws, **settings: Any) -> None:
        cognito = aws.client("cognito-idp")
        user_pool = cognito.create_user_pool(PoolName="people")["UserPool"]["Id"]
        self._take(aws, user_pool, "", "")
        self.client = self.new_client()
        check = settings.pop("ServerSideTokenCheck", False)
        named = {"ProviderName": self.provider, "ClientId": self.client, "ServerSideTokenCheck": check}
        made = self.identity.create_identity_pool(
            **{
                "IdentityPoolName": "pool",
                "AllowUnauthenticatedIdentities": True,
                "CognitoIdentityProviders": [named],
                **settings,
            }
        )
        self.pool = str(made["IdentityPoolId"])

    @classmethod
    def of_stack(cls, aws: Aws, user_pool: str, client: str, pool: str) -> IdentityWorld:
        """The same over what a stack has made."""
        world = cls.__new__(cls)
        world._take(aws, user_pool, client, pool)
        return world

    def _take(self, aws: Aws, user_pool: str, client: str, pool: str) -> None:
        self.aws, self.account = aws, aws.account
        self.cognito, self.identity = aws.client("cognito-idp"), aws.client("cognito-identity")
        self.public = aws.client("cognito-identity", config=Config(signature_version=UNSIGNED))
        self.sts = aws.client("sts", config=Config(signature_version=UNSIGNED))
        self.user_pool, self.client, self.pool = user_pool, client, pool
        self.provider = f"cognito-idp.{REGION}.amazonaws.com/{user_pool}"

    def new_client(self) -> str:
        made = self.cognito.create_user_pool_client(
            UserPoolId=self.user_pool,
            ClientName="web",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )
        return str(made["UserPoolClient"]["ClientId"])

    def trust(self, kind: str = "authenticated", **more: Any) -> Document:
        """Lets identities of the pool in, as the console writes it."""
        return {
            "Effect": "Allow",
            "Principal": {"Federated": COGNITO},
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            "Condition": {
                "StringEquals": {f"{COGNITO}:aud": self.pool},
                "ForAnyValue:StringLike": {f"{COGNITO}:amr": kind},
            },
            **more,
        }

    def role(self, name: str, trust: Document, *statements: Document) -> str:
        """A role's ARN; `statements` are what it may do, by `users.allow`."""
        iam = self.aws.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
        return str(arn)

    def roles(self, mappings: Document | None = None, **roles: str) -> None:
        self.identity.set_identity_pool_roles(IdentityPoolId=self.pool, Roles=roles, RoleMappings=mappings or {})

    def user(self, name: str, groups: tuple[str, ...] = (), **attributes: str) -> None:
        given = [{"Name": key, "Value": value} for key, value in attributes.items()]
        of_user = {"UserPoolId": self.user_pool, "Username": name}
        self.cognito.admin_create_user(**of_user, MessageAction="SUPPRESS", UserAttributes=given)
        self.cognito.admin_set_user_password(**of_user, Password=PASSWORD, Permanent=True)
        for group in groups:
            self.cognito.admin_add_user_to_group(**of_user, GroupName=group)

    def tokens(self, name: str, client: str = "") -> dict[str, str]:
        answer = self.cognito.initiate_auth(
            ClientId=client or self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )
        return dict(answer["AuthenticationResult"])

    def logins(self, name: str) -> dict[str, str]:
        return {self.provider: self.tokens(name)["IdToken"]}

    def identity_of(self, logins: dict[str, str] | None = None) -> str:
        return str(self.public.get_id(IdentityPoolId=self.pool, Logins=logins or {})["IdentityId"])

    def credentials(self, logins: dict[str, str] | None = None, **more: str) -> Document:
        """Keys as STS names them."""
        identity = self.identity_of(logins)
        keys = self.public.get_credentials_for_identity(IdentityId=identity, Logins=logins or {}, **more)["Credentials"]
        return {**keys, "SecretAccessKey": keys["SecretKey"]}

    @contextmanager
    def acting(self, keys: Document) -> Iterator[Aws]:
        """boto3 with these keys."""
        aws = acting_as(self.aws, keys)
        try:
            yield aws
        finally:
            aws.close()

    def whoami(self, keys: Document) -> str:
        with self.acting(keys) as aws:
            return str(aws.client("sts").get_caller_identity()["Arn"])
