"""An authorization request: what an application asks for in the user's browser. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from groundcloud.signin.hosted import app_client, pkce
from groundcloud.signin.hosted.app_client import AppClient
from groundcloud.signin.hosted.errors import PageError, RedirectError

Pairs = Sequence[tuple[str, str]]
_FLOW_OF_TYPE = {"code": app_client.CODE, "token": app_client.IMPLICIT}
_ONCE = ("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge")
_PROMPTS = frozenset({"login", "none", "consent", "select_account"})


@dataclass(frozen=True)
class Authorization:
    """A request that was looked through: its client exists, its redirect is registered, its scopes are allowed.

    `prompt` is the set of OpenID's prompt values; `challenge` is PKCE's, empty without it.
    """

    client: AppClient
    response_type: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None = None
    nonce: str = ""
    challenge: str = ""
    prompt: frozenset[str] = frozenset()
    login_hint: str = ""

    def back(self, answer: dict[str, str]) -> str:
        """The application's address with an answer in it: in the query, or behind ``#`` in the implicit grant."""
        given = {**answer, **({"state": self.state} if self.state is not None else {})}
        return _with(self.redirect_uri, given, fragment=self.response_type == "token")

    def error(self, error: str, description: str = "") -> RedirectError:
        described = {"error_description": description} if description else {}
        return RedirectError(self.back({**described, "error": error}))


def read(client: AppClient | None, pairs: Pairs) -> Authorization:
    """Look a request through. Raises `PageError` as long as it is not known to be of the application that the user
    would be sent to, `RedirectError` afterwards."""
    given = dict(pairs)
    if client is None:
        raise PageError("invalid_request", "Client does not exist.")
    redirect_uri = _redirect(client, given.get("redirect_uri"))
    wanted = Authorization(
        client,
        given.get("response_type", ""),
        redirect_uri,
        tuple(dict.fromkeys((given.get("scope") or " ".join(client.scopes)).split())),
        given.get("state"),
        given.get("nonce", ""),
        given.get("code_challenge", ""),
        frozenset(given.get("prompt", "").split()),
        given.get("login_hint", ""),
    )
    names = [name for name, _ in pairs]
    if any(names.count(name) > 1 for name in _ONCE):
        raise wanted.error("invalid_request", "A parameter is there more than once")
    _check(wanted, given.get("code_challenge_method", ""))
    return wanted


def _redirect(client: AppClient, asked: str | None) -> str:
    """The registered address that the answer goes to, matched character by character."""
    redirect_uri = asked or client.default_redirect
    if not redirect_uri:
        raise PageError("invalid_request", "Required String parameter 'redirect_uri' is not present")
    if redirect_uri not in client.names("CallbackURLs"):
        raise PageError("redirect_mismatch", "An error was encountered with the requested page.")
    return redirect_uri


def _check(wanted: Authorization, method: str) -> None:
    flow = _FLOW_OF_TYPE.get(wanted.response_type)
    if flow is None:
        raise wanted.error("unsupported_response_type" if wanted.response_type else "invalid_request")
    if not wanted.client.may(flow):
        raise wanted.error("unauthorized_client")
    if not pkce.is_acceptable(wanted.challenge, method):
        raise wanted.error("invalid_request", "code_challenge_method must be S256")
    if not wanted.scopes or not set(wanted.scopes) <= set(wanted.client.scopes):
        raise wanted.error("invalid_scope")
    if not wanted.prompt <= _PROMPTS or ("none" in wanted.prompt and len(wanted.prompt) > 1):
        raise wanted.error("invalid_request", "prompt is not valid")


def _with(address: str, given: dict[str, str], *, fragment: bool) -> str:
    mark = "#" if fragment else "&" if "?" in address else "?"
    return f"{address}{mark}{urlencode(given)}"
