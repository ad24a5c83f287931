"""What went wrong, in the words that a page shows next to a form."""

from __future__ import annotations

from botocore.exceptions import ClientError


def words(error: ValueError | ClientError) -> str:
    """The service's own code and message, or ours for what a form cannot ask."""
    if isinstance(error, ClientError):
        return "{Code}: {Message}".format(**error.response["Error"])
    return "The file is not UTF-8 text." if isinstance(error, UnicodeDecodeError) else str(error)
