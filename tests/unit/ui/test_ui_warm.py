"""What the first visit of a page needs is there before it."""

from __future__ import annotations

from groundcloud.settings import Settings
from tests.fakes.console_doors import FakeAws, FakeControl, FakeStacks
from ui import create_app
from ui.views import SCREENS
from ui.warm import SERVICES, warm_up


def test_templates_and_clients_are_there() -> None:
    door = FakeAws()
    app = create_app(Settings(), control=FakeControl(), stacks=FakeStacks(), aws=door)
    warm_up(app).join()
    cache = app.jinja_env.cache
    assert cache is not None
    compiled = {name for _, name in cache.keys()}  # noqa: SIM118 - Jinja's cache is no dict
    assert {page.template for screen in SCREENS for page in screen.pages} <= compiled
    assert set(door.clients) == set(SERVICES)


def test_on_real_aws_nothing_is_asked_for_before_it_is_needed() -> None:
    door = FakeAws()
    app = create_app(Settings(profile="aws"), control=FakeControl(), stacks=FakeStacks(), aws=door)
    warm_up(app).join()
    assert door.clients == {}
