"""Pushes spans to an OpenTelemetry collector, from a thread of its own. What it does not take is lost, and counted."""

from __future__ import annotations

import json
import logging
import queue
import threading
from typing import TYPE_CHECKING, Any

from groundcloud.trace import otlp
from groundcloud.trace.limits import PUSH_SECONDS, PUSH_SPANS, PUSH_WAITING
from groundcloud.trace.record import Record

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger(__name__)


class Push:
    """`endpoint` is a collector's base URL (``http://127.0.0.1:4318``); the signal's path is added, as
    https://opentelemetry.io/docs/specs/otel/protocol/exporter/ says."""

    def __init__(self, endpoint: str) -> None:
        self._url = endpoint.rstrip("/") + "/v1/traces"
        self._waiting: queue.Queue[Record | None] = queue.Queue(PUSH_WAITING)
        self._thread = threading.Thread(target=self._run, name="groundcloud-otlp", daemon=True)
        self._sent = 0
        self._lost = 0
        self._trouble = ""

    def start(self) -> None:
        self._thread.start()

    def put(self, records: list[Record]) -> None:
        for record in records:
            try:
                self._waiting.put_nowait(record)
            except queue.Full:
                self._lost += 1

    def shown(self) -> dict[str, Any]:
        return {"endpoint": self._url, "spans": self._sent, "lost": self._lost, "error": self._trouble or None}

    def stop(self) -> None:
        """Send what waits, for a bounded time."""
        try:
            self._waiting.put(None, timeout=PUSH_SECONDS)
        except queue.Full:
            return
        if self._thread.ident is not None:
            self._thread.join(PUSH_SECONDS)

    def _run(self) -> None:
        import httpx

        with httpx.Client(timeout=PUSH_SECONDS, trust_env=False) as client:
            ended = False
            while not ended:
                batch = [self._waiting.get()]
                while len(batch) < PUSH_SPANS and not self._waiting.empty():
                    batch.append(self._waiting.get_nowait())
                ended = None in batch
                spans = [record.shown([]) for record in batch if record is not None]
                if spans:
                    self._send(client, spans)

    def _send(self, client: httpx.Client, spans: list[dict[str, Any]]) -> None:
        import httpx

        headers = {"Content-Type": "application/json"}
        try:
            client.post(self._url, content=json.dumps(otlp.export(spans)), headers=headers).raise_for_status()
        except httpx.HTTPError as error:
            self._lost += len(spans)
            if not self._trouble:
                _log.warning("spans could not be pushed to %s: %s", self._url, error)
            self._trouble = str(error) or type(error).__name__
            return
        self._sent += len(spans)
        self._trouble = ""
