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
MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_HISTORY = 24

PASSWORD_HASH_ROUNDS = 1000
"""Few, because sign-in must be quick, and whoever reads the state folder holds the cloud already."""

LOCKOUT_AFTER_FAILURES = 5
LOCKOUT_MAX_SECONDS = 15 * 60.0
LOCKOUTS_KEPT = 10_000
"""https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html ("Lockout behavior for failed sign-in
attempts"): 1 second after the fifth failure, doubled by each further one."""

SESSIONS_KEPT = 20_000
"""Open challenges; the oldest are dropped first."""

REVOKED_REMEMBERED_SECONDS = 24 * 3600.0
"""The longest that an access token can be valid."""

REFRESH_TOKEN_BYTES = 96
TEMPORARY_PASSWORD_DAYS = 7
"""https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_PasswordPolicyType.html"""

MFA_CODE_SECONDS = 180.0

SCAN_TRIES = 5
"""How often the engine is asked again that was disturbed while it looked at every user."""
