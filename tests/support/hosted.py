"""Cognito's hosted pages as a browser without scripts meets them: forms, cookies, redirects."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from tests.support.aws import REGION, Aws
from tests.support.cloud import Cloud
from tests.support.mailbox import Mailbox

PASSWORD = "Correct-horse-7"
CALLBACK = "https://app.example.com/callback"
LOGOUT = "https://app.example.com/bye"


class _Forms(HTMLParser):
    """The forms of a page: where each goes, and its fields as they are filled in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self._marks: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "input" and given.get("name") and self.forms:
            self.forms[-1][1].setdefault(given["name"], given.get("value", ""))
        if tag not in ("input", "link", "meta", "br"):
            self._marks.append(given.get("data-testid", ""))

    def handle_endtag(self, tag: str) -> None:
        if self._marks:
            self._marks.pop()

    def handle_data(self, data: str) -> None:
        if self._marks and self._marks[-1]:
            self.texts[self._marks[-1]] = self.texts.get(self._marks[-1], "") + data.strip()


@dataclass(frozen=True)
class Seen:
    """One answer of the pages."""

    url: str
    answer: httpx.Response

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def location(self) -> str:
        return urljoin(self.url, self.answer.headers.get("location", ""))

    @property
    def query(self) -> dict[str, str]:
        """The query of the address it sends the browser to."""
        return dict(parse_qsl(urlsplit(self.location).query))

    @property
    def fragment(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.location).fragment))

    @property
    def screen(self) -> str:
        """Which page it is."""
        return self.answer.text.partition('data-testid="screen-')[2].partition('"')[0]

    def text(self, mark: str) -> str:
        """The text of the element with this `data-testid`, empty without one."""
        return _Forms(self.answer.text).texts.get(mark, "")

    @property
    def error(self) -> str:
        return self.text("error")


class Person:
    """Somebody at a browser: keeps its cookies, and follows redirects as long as they stay on the pages."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.jar: dict[str, dict[str, str]] = {}
        self.seen: list[Seen] = []

    def get(self, url: str) -> Seen:
        return self._follow(self._send("GET", url))

    def fill(self, page: Seen, form: int = 0, **fields: str) -> Seen:
        """Send a form of the page, with these fields filled in."""
        action, given = _Forms(page.answer.text).forms[form]
        return self._follow(self._send("POST", urljoin(page.url, action), {**given, **fields}))

    def cookie(self, name: str) -> str | None:
        return next((jar[name] for jar in self.jar.values() if name in jar), None)

    def _follow(self, seen: Seen) -> Seen:
        for _ in range(10):
            if seen.status not in (302, 303) or urlsplit(seen.location).netloc != urlsplit(seen.url).netloc:
                return seen
            seen = self._send("GET", seen.location)
        raise AssertionError(f"redirects without end: {seen.location}")

    def _send(self, method: str, url: str, fields: dict[str, str] | None = None) -> Seen:
        host = urlsplit(url).netloc
        jar = self.jar.setdefault(host, {})
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}
        if method == "POST":
            headers["Origin"] = f"{urlsplit(url).scheme}://{host}"
        answer = self._cloud.http.request(method, url, headers={"Cookie": "", **headers}, data=fields)
        self._cloud.http.cookies.clear()  # the cloud's client is everybody's; a person's cookies are their own
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            if "max-age=0" in line.lower():
                jar.pop(name, None)
            else:
                jar[name] = value
        self.seen.append(Seen(url, answer))
        return self.seen[-1]


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@dataclass
class App:
    """An application with hosted pages: a pool with a domain, and an app client."""

    cloud: Cloud
    aws: Aws
    pool: str
    domain: str
    client: str
    secret: str = ""
    callback: str = CALLBACK

    @property
    def cognito(self) -> Any:
        return self.aws.client("cognito-idp")

    @property
    def base(self) -> str:
        """Where a browser on this machine finds the pages."""
        return f"http://{self.domain}.auth.{REGION}.localhost:{self.cloud.port}"

    def url(self, path: str = "/oauth2/authorize", **given: str) -> str:
        asked = {
            "client_id": self.client,
            "response_type": "code",
            "scope": "openid email",
            "redirect_uri": self.callback,
            "state": "s-1",
            **given,
        }
        return str(httpx.URL(f"{self.base}{path}", params={name: value for name, value in asked.items() if value}))

    def person(self) -> Person:
        return Person(self.cloud)

    def user(self, email: str = "", password: str = PASSWORD, **attributes: str) -> str:
        """A confirmed user; their e-mail address."""
        email = email or f"{uuid.uuid4().hex}@example.com"
        given = {"email": email, "email_verified": "true", **attributes}
        self.cognito.admin_create_user(
            UserPoolId=self.pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in given.items()],
        )
        self.cognito.admin_set_user_password(UserPoolId=self.pool, Username=email, Password=password, Permanent=True)
        return email

    def add_client(self, **settings: Any) -> App:
        """The same pool, by another app client."""
        made = self.cognito.create_user_pool_client(UserPoolId=self.pool, **client_settings(**settings))
        client = made["UserPoolClient"]
        return App(self.cloud, self.aws, self.pool, self.domain, client["ClientId"], client.get("ClientSecret", ""))

    def sign_in(self, email: str, person: Person | None = None, password: str = PASSWORD, **given: str) -> Seen:
        """Through the sign-in page, up to the address of the application."""
        person = person or self.person()
        return person.fill(person.get(self.url(**given)), username=email, password=password)

    def code(self, email: str, **given: str) -> str:
        seen = self.sign_in(email, **given)
        assert seen.query.get("code"), f"{seen.status} {seen.location} {seen.error}"
        return seen.query["code"]

    def form(self, path: str, basic: tuple[str, str] | None = None, **fields: str) -> httpx.Response:
        """One of the endpoints that programs call."""
        given = {name: value for name, value in fields.items() if value}
        return (
            self.cloud.http.post(f"{self.base}{path}", data=given, auth=basic)
            if basic
            else self.cloud.http.post(f"{self.base}{path}", data=given)
        )

    def token(self, basic: tuple[str, str] | None = None, **fields: str) -> httpx.Response:
        named = {} if basic else {"client_id": self.client, "client_secret": self.secret}
        return self.form("/oauth2/token", basic, **{**named, **fields})

    def redeem(self, code: str, **fields: str) -> httpx.Response:
        return self.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": self.callback, **fields})

    def tokens(self, email: str, **given: str) -> dict[str, Any]:
        """The tokens of a sign-in through the pages."""
        verifier = secrets.token_urlsafe(48)
        code = self.code(email, code_challenge=challenge_of(verifier), code_challenge_method="S256", **given)
        answer = self.redeem(code, code_verifier=verifier)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def new_account() -> str:
    """A 12-digit account that no other test uses."""
    return str(10**11 + secrets.randbelow(9 * 10**11))


def client_settings(**settings: Any) -> dict[str, Any]:
    return {
        "ClientName": "Web shop",
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "profile", "aws.cognito.signin.user.admin"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": [CALLBACK, "http://localhost:3000/cb?next=1", "myapp://signed-in"],
        "LogoutURLs": [LOGOUT],
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
        **settings,
    }


def make_app(cloud: Cloud, aws: Aws, pool: dict[str, Any] | None = None, **client: Any) -> App:
    """A pool whose users sign in with their e-mail address, with hosted pages; `pool` are further settings of it."""
    cognito = aws.client("cognito-idp")
    settings: dict[str, Any] = {
        "PoolName": "shop",
        "UsernameAttributes": ["email"],
        "AutoVerifiedAttributes": ["email"],
        "UsernameConfiguration": {"CaseSensitive": False},
        **(pool or {}),
    }
    pool_id = cognito.create_user_pool(**settings)["UserPool"]["Id"]
    domain = f"shop-{uuid.uuid4().hex[:12]}"
    cognito.create_user_pool_domain(Domain=domain, UserPoolId=pool_id)
    made = cognito.create_user_pool_client(UserPoolId=pool_id, **client_settings(**client))["UserPoolClient"]
    return App(cloud, aws, pool_id, domain, made["ClientId"], made.get("ClientSecret", ""))


def mailed_code(cloud: Cloud, email: str, after: float = 0.0) -> str:
    return Mailbox(cloud).code(email, after)
