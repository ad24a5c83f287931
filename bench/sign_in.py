"""Whether a sign-in gets slower when a pool has ten thousand users: `python -m bench.sign_in`.

One cloud, one pool. Users sign in by password and by an alias (their e-mail address), which has to be looked up; no
user signs in twice, so that nothing is remembered from before. Besides the milliseconds the processor time of the
cloud's process is measured, which other work on the machine does not disturb.
"""

from __future__ import annotations

import http.client
import json
import shutil
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import click

from bench.subject import PASSWORD, Groundcloud

FEW = 10
_THREADS = 4


@dataclass(frozen=True)
class Figure:
    """Median milliseconds of a sign-in, and the processor time it takes of the cloud's process."""

    users: int
    wall: float
    processor: float


class Api:
    """Calls what is public of Cognito over one kept connection."""

    def __init__(self, cloud: Groundcloud) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=60)

    def __call__(self, operation: str, **members: object) -> float:
        """One call; its milliseconds. Raises `RuntimeError` unless the answer is a success."""
        headers = {
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
        }
        began = time.perf_counter()
        self._connection.request("POST", "/", json.dumps(members), headers)
        answer = self._connection.getresponse()
        content = answer.read()
        elapsed = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{operation}: {answer.status} {content[:300]!r}")
        return elapsed


class UserPool:
    def __init__(self, cloud: Groundcloud) -> None:
        self._cloud = cloud
        self._cognito = cloud.client("cognito-idp")
        self._pool = self._cognito.create_user_pool(PoolName="many", AliasAttributes=["email"])["UserPool"]["Id"]
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        made = self._cognito.create_user_pool_client(UserPoolId=self._pool, ClientName="c", ExplicitAuthFlows=flows)
        self._client = made["UserPoolClient"]["ClientId"]

    def sign_up(self, numbers: range) -> None:
        """Users in the pool, four at a time."""

        def some(part: int) -> None:
            api = Api(self._cloud)
            for number in numbers[part::_THREADS]:
                api("SignUp", ClientId=self._client, Username=f"user-{number}", Password=PASSWORD)

        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(some, range(_THREADS)))

    def may_sign_in(self, numbers: list[int]) -> None:
        for number in numbers:
            who = {"UserPoolId": self._pool, "Username": f"user-{number}"}
            self._cognito.admin_confirm_sign_up(**who)
            email = [{"Name": "email", "Value": f"{number}@bench.example"}, {"Name": "email_verified", "Value": "true"}]
            self._cognito.admin_update_user_attributes(**who, UserAttributes=email)

    def signed_in(self, numbers: list[int], users: int) -> Figure:
        api, taken = Api(self._cloud), []
        before = self._cloud.processor_seconds()
        for number in numbers:
            parameters = {"USERNAME": f"{number}@bench.example", "PASSWORD": PASSWORD}
            flow = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
            taken.append(api("InitiateAuth", ClientId=self._client, **flow))
        spent = (self._cloud.processor_seconds() - before) * 1000 / len(numbers)
        return Figure(users, statistics.median(taken), spent)


def measure(cloud: Groundcloud, users: int, calls: int) -> tuple[Figure, Figure]:
    """``(with ten users, with `users`)``. Ten users sign in again and again at first: there are no more of them."""
    pool = UserPool(cloud)
    pool.sign_up(range(FEW))
    few = list(range(FEW))
    pool.may_sign_in(few)
    pool.signed_in(few, FEW)
    first = pool.signed_in(few * (calls // FEW), FEW)
    pool.sign_up(range(FEW, users))
    step = max(1, (users - FEW) // calls)
    chosen = list(range(FEW, users, step))[:calls]
    pool.may_sign_in(chosen)
    return first, pool.signed_in(chosen, users)


@click.command()
@click.option("--users", default=10_000, show_default=True, help="Users in the pool.")
@click.option("--calls", default=200, show_default=True, help="Sign-ins a figure.")
def main(users: int, calls: int) -> None:
    """Measure sign-ins with ten users and with many."""
    cloud = Groundcloud()
    try:
        cloud.start()
        few, many = measure(cloud, users, calls)
    finally:
        cloud.stop()
        shutil.rmtree(cloud.home, ignore_errors=True)
    for figure in (few, many):
        click.echo(f"{figure.users:>7,} users: {figure.wall:6.2f} ms, of the processor {figure.processor:6.2f} ms")
    click.echo(
        f"ratio: {many.wall / few.wall:.2f} (goal ≤ 1.20), of the processor {many.processor / few.processor:.2f}"
    )


if __name__ == "__main__":
    main()
