"""Asynchronous invocations: queued, retried, and in the end delivered to a queue, a topic, a bus or a function."""

from groundcloud.runtime.asynchronous.queue import EventQueue

__all__ = ["EventQueue"]
