"""/signup, /confirm, /resendcode and /confirmUser: becoming a user.

https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.signin.hosted import words
from groundcloud.signin.hosted.api import PublicApi
from groundcloud.signin.hosted.app_client import Registry
from groundcloud.signin.hosted.errors import PageError
from groundcloud.signin.hosted.flows import Flow, Flows
from groundcloud.signin.hosted.sign_in import SignInPages
from groundcloud.signin.hosted.visit import FLOW_COOKIE, Views, Visit

CONFIRMED = "Your registration has been confirmed!"


class RegistrationPages:
    def __init__(self, api: PublicApi, registry: Registry, flows: Flows, sign_in: SignInPages, views: Views) -> None:
        self._api = api
        self._registry = registry
        self._flows = flows
        self._sign_in = sign_in
        self._views = views

    async def show_sign_up(self, visit: Visit) -> Response:
        return self._sign_up_page(visit)

    async def submit_sign_up(self, visit: Visit) -> Response:
        username, password = visit.field("username"), visit.secret("password")
        given = {one.attribute: visit.field(one.name) for one in words.sign_up_inputs(visit.pool)}
        if not username or not password:
            return self._sign_up_page(visit, "Username and password are required.", 400)
        attributes = [{"Name": name, "Value": value} for name, value in given.items() if value]
        try:
            answer = await self._api.call(
                visit.client, "SignUp", Username=username, Password=password, UserAttributes=attributes
            )
        except AwsError as error:
            return self._sign_up_page(visit, error.message, error.status)
        if answer.get("UserConfirmed"):
            return await self._signed_in(visit, username, password)
        sent = words.delivery(answer.get("CodeDeliveryDetails"))
        waiting = Flow(visit.pool.id, visit.client.id, username, password=password, delivery=sent)
        return self._sign_in.begin(visit, waiting, "/confirm")

    async def show_confirm(self, visit: Visit) -> Response:
        flow = self._flow(visit)
        return self._confirm_page(visit, flow.username if flow else visit.authorization.login_hint)

    async def submit_confirm(self, visit: Visit) -> Response:
        flow = self._flow(visit)
        username = flow.username if flow else visit.field("username")
        code = visit.field("code")
        try:
            await self._api.call(visit.client, "ConfirmSignUp", Username=username, ConfirmationCode=code)
        except AwsError as error:
            return self._confirm_page(visit, username, error.message, error.status)
        if flow is not None and flow.password:
            return await self._signed_in(visit, username, flow.password)
        done = Flow(visit.pool.id, visit.client.id, username, notice=CONFIRMED)
        return self._sign_in.begin(visit, done, "/login")

    async def show_resend(self, visit: Visit) -> Response:
        flow = self._flow(visit)
        username = flow.username if flow else visit.authorization.login_hint
        return self._views.page(visit, "resend.html", username=username, label=words.username_label(visit.pool))

    async def resend(self, visit: Visit) -> Response:
        flow = self._flow(visit)
        username = flow.username if flow else visit.field("username")
        try:
            answer = await self._api.call(visit.client, "ResendConfirmationCode", Username=username)
        except AwsError as error:
            return self._confirm_page(visit, username, error.message, error.status)
        sent = words.delivery(answer.get("CodeDeliveryDetails"))
        notice = f"We have sent a new code {sent}." if sent else ""
        if flow is None:
            flow = Flow(visit.pool.id, visit.client.id, username)
        self._flows.end(visit.cookies.get(FLOW_COOKIE, ""))
        flow.delivery, flow.notice = sent, notice
        return self._sign_in.begin(visit, flow, "/confirm")

    async def confirm_by_link(self, visit: Visit) -> Response:
        """The link of a message: it names client, user and code, and no application to go back to."""
        given = dict(visit.request.query)
        client = await self._registry.client(given.get("client_id", ""), visit.pool)
        if client is None:
            raise PageError("invalid_request", "Client does not exist.")
        try:
            code, username = given.get("confirmation_code", ""), given.get("user_name", "")
            await self._api.call(client, "ConfirmSignUp", Username=username, ConfirmationCode=code)
        except AwsError as error:
            raise PageError("invalid_request", error.message, error.status) from error
        return self._views.page(visit, "message.html", heading="Confirmed", text=CONFIRMED)

    async def _signed_in(self, visit: Visit, username: str, password: str) -> Response:
        """A user who has just shown both password and code is signed in."""
        try:
            answer = await self._sign_in.start(visit.client, username, password)
        except AwsError as error:
            told = Flow(visit.pool.id, visit.client.id, username, notice=error.message)
            return self._sign_in.begin(visit, told, "/login")
        return await self._sign_in.went_on(visit, username, answer)

    def _flow(self, visit: Visit) -> Flow | None:
        flow = self._flows.find(visit.cookies.get(FLOW_COOKIE, ""), visit.pool.id, visit.client.id)
        return flow if flow is not None and not flow.challenge else None

    def _sign_up_page(self, visit: Visit, error: str = "", status: int = 200) -> Response:
        if not words.may_sign_up(visit.pool):
            raise PageError("invalid_request", "SignUp is not permitted for this user pool", 403)
        return self._views.page(
            visit,
            "signup.html",
            status,
            username=visit.field("username"),
            label=words.username_label(visit.pool),
            kind="email" if words.username_attribute(visit.pool) == "email" else "text",
            inputs=[(one, visit.field(one.name)) for one in words.sign_up_inputs(visit.pool)],
            rules=words.password_rules(visit.pool),
            error=error,
        )

    def _confirm_page(self, visit: Visit, username: str, error: str = "", status: int = 200) -> Response:
        flow = self._flow(visit)
        notice, delivery = (flow.notice, flow.delivery) if flow else ("", "")
        if flow is not None:
            flow.notice = ""
        return self._views.page(
            visit,
            "confirm.html",
            status,
            username=username,
            label=words.username_label(visit.pool),
            is_known=flow is not None,
            delivery=delivery,
            error=error,
            notice=notice,
        )
