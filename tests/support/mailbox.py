"""Waiting for mail that the cloud sent: the test kit's."""

from groundcloud.testing.mailbox import Mailbox

__all__ = ["Mailbox"]
