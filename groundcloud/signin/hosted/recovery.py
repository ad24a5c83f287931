"""/forgotPassword and /confirmForgotPassword.

https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-recover-a-user-account.html
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin.hosted import words
from groundcloud.signin.hosted.api import PublicApi
from groundcloud.signin.hosted.flows import Flow, Flows
from groundcloud.signin.hosted.sign_in import SignInPages
from groundcloud.signin.hosted.visit import FLOW_COOKIE, Views, Visit

RESET = "Your password has been reset successfully."


class RecoveryPages:
    def __init__(self, api: PublicApi, flows: Flows, sign_in: SignInPages, views: Views) -> None:
        self._api = api
        self._flows = flows
        self._sign_in = sign_in
        self._views = views

    async def show_forgot(self, visit: Visit) -> Response:
        flow = self._flow(visit)
        username = flow.username if flow else visit.authorization.login_hint
        return self._forgot_page(visit, username, notice=flow.notice if flow else "")

    async def submit_forgot(self, visit: Visit) -> Response:
        username = visit.field("username")
        try:
            answer = await self._api.call(visit.client, "ForgotPassword", Username=username)
        except AwsError as error:
            return self._forgot_page(visit, username, error.message, error.status)
        sent = words.delivery(answer.get("CodeDeliveryDetails"))
        return self._sign_in.begin(
            visit, Flow(visit.pool.id, visit.client.id, username, delivery=sent), "/confirmForgotPassword"
        )

    async def show_confirm(self, visit: Visit) -> Response:
        return self._confirm_page(visit)

    async def submit_confirm(self, visit: Visit) -> Response:
        flow = self._flow(visit)
        username = flow.username if flow else visit.field("username")
        password = visit.secret("password")
        if password != visit.secret("confirm_password"):
            return self._confirm_page(visit, "The passwords do not match.", 400)
        given = {"Username": username, "ConfirmationCode": visit.field("code"), "Password": password}
        try:
            await self._api.call(visit.client, "ConfirmForgotPassword", **given)
        except AwsError as error:
            return self._confirm_page(visit, error.message, error.status)
        self._flows.end(visit.cookies.get(FLOW_COOKIE, ""))
        return self._sign_in.begin(visit, Flow(visit.pool.id, visit.client.id, username, notice=RESET), "/login")

    def _flow(self, visit: Visit) -> Flow | None:
        flow = self._flows.find(visit.cookies.get(FLOW_COOKIE, ""), visit.pool.id, visit.client.id)
        return flow if flow is not None and not flow.challenge and not flow.password else None

    def _forgot_page(
        self, visit: Visit, username: str, error: str = "", status: int = 200, notice: str = ""
    ) -> Response:
        return self._views.page(
            visit,
            "forgot.html",
            status,
            username=username,
            label=words.username_label(visit.pool),
            error=error,
            notice=notice,
        )

    def _confirm_page(self, visit: Visit, error: str = "", status: int = 200) -> Response:
        flow = self._flow(visit)
        return self._views.page(
            visit,
            "reset.html",
            status,
            username=flow.username if flow else visit.field("username"),
            label=words.username_label(visit.pool),
            is_known=flow is not None,
            delivery=flow.delivery if flow else "",
            rules=words.password_rules(visit.pool),
            error=error,
        )
