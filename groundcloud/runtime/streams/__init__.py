"""Batches of streams: what a mapping does with records that its function failed on."""

from groundcloud.runtime.streams.retries import StreamRetries

__all__ = ["StreamRetries"]
