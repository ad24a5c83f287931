"""Every number of the sign-in part.

Lifetimes: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html ("Code validity"). AWS names no
number for wrong guesses ("between 5 and 20 attempts"); we take its lower bound.
"""

CODE_DIGITS = 6

SIGN_UP_CODE_SECONDS = 24 * 3600.0
ATTRIBUTE_CODE_SECONDS = 24 * 3600.0
RESET_CODE_SECONDS = 3600.0

MAX_WRONG_CODES = 5
WRONG_CODE_WINDOW_SECONDS = 15 * 60.0
"""So many wrong codes for one user and purpose within the window; a new code does not reset the count."""

MAX_CODES_ISSUED = 20
ISSUE_WINDOW_SECONDS = 3600.0

MAX_MESSAGES = 1000
MAX_MESSAGE_CHARACTERS = 262_144
MAX_LISTED = 1000
DEFAULT_LISTED = 100

MAX_WAIT_SECONDS = 60.0
DEFAULT_WAIT_SECONDS = 10.0
INGEST_POLL_SECONDS = 0.25
"""How often a waiting request looks for mail that was sent through SES."""

TEMPORARY_PASSWORD_LENGTH = 12
