"""ministack by itself, as it comes: its own command, its default settings, on loopback."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.subject import Subject


class Ministack(Subject):
    name = "ministack"
    health = "/_ministack/health"

    def command(self) -> list[str]:
        return [str(Path(sys.executable).with_name("ministack"))]

    def environment(self) -> dict[str, str]:
        return {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "localhost",
            "LOG_LEVEL": "WARNING",
            "TMPDIR": str(self.home),
        }
