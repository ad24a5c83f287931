"""What a screen is: a group of pages, each with a JSON route that says the same.

A view is a function that reads and returns a frozen dataclass. `Screen.page` makes two routes of it: the page, rendered
from a template that gets the dataclass's fields as its variables, and below `/api` the same value as JSON. Navigation,
keyboard shortcuts, the OpenAPI document, the pictures of `make shots` and the tables of the documentation are derived
from the screens that `ui/views/__init__.py` lists. docs/adding-a-screen.md goes through it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import wraps
from typing import Any

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

Reader = Callable[..., Any]
View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True)
class Page:
    """One page: its address, which route of Flask's answers it, the template, what may stand in its query, and the
    function that reads what it shows."""

    path: str
    endpoint: str
    template: str
    query: Mapping[str, str]
    read: Reader

    @property
    def data_path(self) -> str:
        """The JSON route: ``/mail`` → ``/api/mail``. The first page, ``/``, is called ``/api/overview``."""
        return "/api" + (self.path if self.path != "/" else "/overview")


@dataclass(frozen=True)
class Action:
    """One write: a form is posted, and the answer leads to a page that shows what became of it."""

    path: str
    endpoint: str
    fields: Mapping[str, str]
    summary: str


@dataclass
class Screen:
    """One group of pages. `name` stands in the navigation next to `icon` (a symbol of static/icons.svg), `key` is typed
    after ``g`` to come here, `summary` is what the help and the documentation say."""

    id: str
    name: str
    icon: str
    key: str
    summary: str
    pages: list[Page] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blueprint = Blueprint(self.id, __name__)

    @property
    def home(self) -> str:
        """The route that the navigation leads to: the first page."""
        return self.pages[0].endpoint

    def page(self, path: str, template: str, query: Mapping[str, str] | None = None) -> Callable[[Reader], Reader]:
        """Make a page and its JSON route of a function that returns a dataclass. `query` says what each key of the
        query does."""

        def decorate(read: Reader) -> Reader:
            page = Page(path, f"{self.id}.{read.__name__}", template, query or {}, read)
            self.pages.append(page)
            self.blueprint.add_url_rule(path, read.__name__, _shown(read, template))
            self.blueprint.add_url_rule(page.data_path, f"{read.__name__}_data", _told(read))
            return read

        return decorate

    def action(self, path: str, fields: Mapping[str, str] | None = None) -> Callable[[View], View]:
        """Make a write of a function that answers a posted form. The guard has checked the form's token, and that this
        console may write."""

        def decorate(view: View) -> View:
            summary = (view.__doc__ or "").strip().partition("\n")[0]
            self.actions.append(Action(path, f"{self.id}.{view.__name__}", fields or {}, summary))
            self.blueprint.add_url_rule(path, view.__name__, view, methods=["POST"])
            return view

        return decorate

    def part(self, path: str) -> Callable[[View], View]:
        """A piece of a page that the browser asks for by itself: a frame, a value that is revealed, a stream."""
        return lambda view: self.blueprint.get(path)(view)


def _shown(read: Reader, template: str) -> View:
    @wraps(read)
    def show(**values: Any) -> ResponseReturnValue:
        found = read(**values)
        return render_template(template, **{each.name: getattr(found, each.name) for each in fields(found)})

    return show


def _told(read: Reader) -> View:
    @wraps(read)
    def tell(**values: Any) -> ResponseReturnValue:
        return jsonify(read(**values))

    return tell
