"""Numbers of hot reload; all ours, AWS has no such thing."""

from __future__ import annotations

QUIET_SECONDS = 0.02
"""A folder counts as saved when nothing in it has changed for so long."""

SETTLE_SECONDS = 2.0
"""A folder that never comes to rest is taken as it is after so long, if no file changes while it is read."""

GIVE_UP_SECONDS = 10.0
"""A folder whose files change under every reading is given up after so long, and the call with it."""

LOOKED_AT_FILES = 200
LOOKED_AT_TIMES_FILES = 2000
LOOK_SHARE = 10
"""Folders of at most so many files (`node_modules` aside) are compared at each call, which takes some 3 µs a file;
larger ones, up to the second, when so many times as long as the last comparison took have passed since. In what is
larger still, and before, a change is seen when the watcher reports it: some 20 ms later, half a second on a busy
machine."""

FILES = 20_000
"""A source folder with more files than this is refused."""

KEPT_SNAPSHOTS = 200
"""Snapshots kept on disk; beyond, those used longest ago go at the next start."""

WATCH_STEP_MILLISECONDS = 20
WATCH_DEBOUNCE_MILLISECONDS = 200
"""How the watcher groups what it sees: at rest for one step, or at the latest after the other."""

EXCLUDED = frozenset(
    {
        ".aws-sam",
        ".git",
        ".groundcloud",
        ".hypothesis",
        ".idea",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".venv",
        ".vscode",
        "__pycache__",
        ".DS_Store",
    }
)
"""Never part of a package, as the deploy library has it: a test holds both equal."""
