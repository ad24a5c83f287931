"""Batches of queues: messages that are waited for, and those that a function says it failed on."""

from groundcloud.runtime.queues.windows import QueueWindows

__all__ = ["QueueWindows"]
