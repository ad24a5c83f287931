"""`python -m ui`: the console on its own address, served by waitress until SIGTERM or Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from waitress.server import create_server

from groundcloud.errors import UserError
from groundcloud.settings import Settings, read_settings, with_file
from ui import create_app
from ui.readers.types import Console
from ui.streams import BUFFERED_BYTES, THREADS
from ui.warm import warm_up


def serve(settings: Settings) -> None:
    """Listen on the console's address until the process is told to end."""
    app = create_app(settings)
    try:
        server = create_server(
            app,
            host=settings.bind or settings.ui_host,
            port=settings.ui_port,
            threads=THREADS,
            outbuf_high_watermark=BUFFERED_BYTES,
            ident=None,
        )
    except OSError as error:
        raise UserError(
            f"The console cannot listen on {settings.ui_url}: {error.strerror}",
            "Stop what uses that port, or set GROUNDCLOUD_UI_PORT to a free one",
        ) from error
    console: Console = app.extensions["console"]

    def leave(_signal: int, _frame: FrameType | None) -> None:
        console.control.end_streams()
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
    warm_up(app)
    try:
        server.run()
    finally:
        server.close()


def main() -> int:
    try:
        environ = with_file(os.environ, Path(".env"))  # noqa: TID251 - the process's entry hands its environment on
        serve(read_settings(environ))
    except UserError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
