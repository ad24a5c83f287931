"""Every number of the hosted pages.

Codes: https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html (valid once, for five minutes).
Sessions: https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-endpoints.html (the cookie is good for
one hour and is not prolonged by use).
"""

CODE_SECONDS = 300.0
SESSION_SECONDS = 3600.0

FLOW_SECONDS = 900.0
"""How long a sign-in or sign-up may wait for its next page."""

MAX_FLOWS = 10_000
MAX_FLOW_ATTEMPTS = 5
"""Wrong codes on the MFA page before the password is asked for again."""

MAX_FORM_BYTES = 65_536
MAX_FORM_FIELDS = 100
MAX_FIELD_CHARACTERS = 4_096

MIN_VERIFIER, MAX_VERIFIER = 43, 128
"""Characters of a PKCE code verifier (RFC 7636, section 4.1)."""
