"""The two families of errors, each translated in exactly one place.

GroundcloudError
├── AwsError    a refusal in AWS's words; `edge/errors.py` makes a wire response of it
└── UserError   a sentence for the person at the terminal; `cli.py` prints it without a traceback
"""

from __future__ import annotations


class GroundcloudError(Exception):
    """Base of everything this project raises on purpose."""


class AwsError(GroundcloudError):
    """An error as an AWS service answers it.

    `code` is AWS's error code (``ResourceNotFoundException``), `status` the HTTP status; `fields` are further
    members of the error shape (for instance ``{"Reason": "CallerRateLimitExceeded"}``).
    """

    def __init__(self, code: str, message: str, status: int = 400, **fields: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields


class UserError(GroundcloudError):
    """Something the user can put right: what went wrong, and in `hint` what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
