"""What the cloud keeps: forgetting it, all at once, by account or by service."""

from groundcloud.state.reset import Reset

__all__ = ["Reset"]
