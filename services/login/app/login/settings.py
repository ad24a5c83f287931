"""What the application has to be told, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from flask import current_app
from werkzeug.local import LocalProxy


@dataclass(frozen=True)
class Settings:
    """Each field is a variable ``LOGIN_…``: ``LOGIN_SECRET_KEY`` and so on. AWS's own variables (credentials,
    ``AWS_ENDPOINT_URL``) are read by boto3 itself."""

    secret_key: str
    """Signs cookies; the same on every server."""
    database_url: str
    """For instance ``postgresql+psycopg://user:password@host/login`` or ``mysql+pymysql://…``."""
    app_url: str
    """Where browsers find the application, for instance ``https://login.example.com``."""
    hosted_url: str
    """Where browsers find the pool's hosted pages."""
    user_pool_id: str
    client_id: str
    client_secret: str
    metadata_url: str = ""
    """The pool's OpenID configuration; without it, where AWS has it."""
    proxies: int = 0
    """How many trusted proxies stand in front and add to ``X-Forwarded-For``."""
    admin_group: str = "admins"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Raises `KeyError` naming a variable that is missing."""
        variables = {field.name: f"LOGIN_{field.name.upper()}" for field in fields(cls)}
        needed = {field.name for field in fields(cls) if field.default is MISSING}
        given = {name: environ[known] for name, known in variables.items() if name in needed or known in environ}
        return cls(**given | {"proxies": int(given.get("proxies", cls.proxies))})

    @property
    def region(self) -> str:
        return self.user_pool_id.partition("_")[0]

    @property
    def openid_configuration(self) -> str:
        issuer = f"https://cognito-idp.{self.region}.amazonaws.com/{self.user_pool_id}"
        return self.metadata_url or f"{issuer}/.well-known/openid-configuration"

    @property
    def https(self) -> bool:
        return self.app_url.startswith("https:")

    def flask(self) -> dict[str, Any]:
        """Flask's configuration. ``__Host-`` makes browsers refuse the cookie from any other host or path."""
        return {
            "SECRET_KEY": self.secret_key,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True},
            "SESSION_COOKIE_NAME": "__Host-login" if self.https else "login",
            "SESSION_COOKIE_SECURE": self.https,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "MAX_CONTENT_LENGTH": 64 * 1024,
        }


settings: Settings = LocalProxy(lambda: current_app.extensions["settings"])  # type: ignore[assignment]
"""Those of the application that serves this request."""
