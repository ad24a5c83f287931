"""Waiting for mail that the cloud sent."""

from __future__ import annotations

from typing import Any

from groundcloud.testing.cloud import Cloud


class Mailbox:
    """The cloud's inbox, read through its control routes."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def messages(self, recipient: str = "") -> list[dict[str, Any]]:
        """Newest first."""
        answer = self._cloud.control("/mail", params={"recipient": recipient} if recipient else {})
        answer.raise_for_status()
        return list(answer.json()["messages"])

    def wait_for(self, recipient: str, after: float = 0.0, timeout: float = 30.0) -> dict[str, Any]:
        """The oldest message to `recipient` newer than `after` (epoch seconds). Raises `AssertionError`."""
        wanted = {"recipient": recipient, "after": str(after), "timeout": str(timeout)}
        answer = self._cloud.control("/mail/wait", params=wanted, timeout=timeout + 10)
        if answer.status_code != 200:
            raise AssertionError(f"no mail to {recipient} within {timeout:g} s")
        return dict(answer.json())

    def code(self, recipient: str, after: float = 0.0, timeout: float = 30.0) -> str:
        """The confirmation code in the oldest message newer than `after`."""
        message = self.wait_for(recipient, after, timeout)
        if not message["code"]:
            raise AssertionError(f"the message to {recipient} has no code: {message['text']}")
        return str(message["code"])
