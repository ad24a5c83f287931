"""Login: people sign in on Cognito's hosted pages; what they write down here stands in a relational database.

`create_app` is the whole composition: settings in, application out. Nothing happens at import.
"""

import os
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from . import account, admin, errors, security, sessions, sign_in
from .cognito import Cognito
from .models import db
from .settings import Settings


def create_app(settings: Settings | None = None, cognito: Cognito | None = None) -> Flask:
    """The application. Settings come from the environment unless given; so does the way to Cognito."""
    settings = settings or Settings.from_environ(os.environ)
    app = Flask(__name__)
    app.config.from_mapping(settings.flask())
    app.extensions["settings"] = settings
    app.extensions["cognito"] = cognito or Cognito(settings)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies)
    db.init_app(app)
    Migrate(app, db, directory=Path(app.root_path).parent / "migrations")
    sessions.register_provider(app, settings)
    security.protect(app, settings)
    errors.register(app)
    for part in (sign_in, account, admin):
        app.register_blueprint(part.blueprint)
    return app
