"""What the user pools tell the identity pools about their sign-ins."""

from __future__ import annotations

from typing import Protocol


class Sessions(Protocol):
    """The sessions that were ended before their tokens expired: signed out everywhere, or revoked."""

    def is_revoked(self, origin: str) -> bool:
        """`origin` is the ``origin_jti`` that all tokens of one sign-in share."""
        ...
