"""What goes wrong between LocalStack and the cloud."""

from __future__ import annotations


class CloudError(Exception):
    """The cloud did not answer, or refused; the message is for whoever made the call."""


class ResourceError(Exception):
    """A resource of a template could not be made, changed or deleted; the message is the engine's reason."""
