"""A user of one's own in a CloudTask of one's own: signed in, one task made, and no other task there."""

from __future__ import annotations

from bench.kit.conftest import Stack

PASSWORD = "Bench-mark-1"


def test_one_task(stack: Stack, number: int) -> None:
    email, users = f"user-{number}@example.com", stack.client("cognito-idp")
    users.sign_up(ClientId=stack.outputs["UserPoolClientId"], Username=email, Password=PASSWORD)
    users.admin_confirm_sign_up(UserPoolId=stack.outputs["UserPoolId"], Username=email)
    answer = users.initiate_auth(
        ClientId=stack.outputs["UserPoolClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )
    headers = {**stack.headers, "Authorization": answer["AuthenticationResult"]["IdToken"]}
    made = stack.http.post(f"{stack.api}/tasks", headers=headers, json={"title": f"task {number}"})
    assert made.status_code == 201, made.text
    tasks = stack.http.get(f"{stack.api}/tasks", headers=headers).json()["tasks"]
    assert [task["title"] for task in tasks] == [f"task {number}"]
