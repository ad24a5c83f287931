"""The bounds of what access decisions keep."""

from __future__ import annotations

MAX_DECISIONS = 2000
"""Decisions kept to be shown; older ones are forgotten."""

MAX_CACHED_DECISIONS = 4096
"""Decisions without conditions kept for one caller, until a policy changes."""

MAX_CACHED_CALLERS = 1024

MAX_SEEN_PER_ROLE = 2000
"""Actions on resources kept for one role; beyond it, `ground policy` says that the record is not whole."""

MAX_RESOURCES_PER_ACTION = 10
"""Beyond this many objects of a bucket or items below one name, a generated policy names them by a wildcard."""

SESSION_GRACE_SECONDS = 3600
"""How long an expired session is still known, to be told that it has expired."""

MIN_ROLE_SESSION_SECONDS = 900
MAX_ROLE_SESSION_SECONDS = 43_200
CHAINED_SESSION_SECONDS = 3600
"""Of sessions of roles, and of a role's that a role has assumed (STS/latest/APIReference/API_AssumeRole.html,
DurationSeconds)."""

MANAGED_CHARACTERS = 6144
INLINE_CHARACTERS = {"User": 2048, "Role": 10_240, "Group": 5120}
"""Of all inline policies of one entity together."""

TRUST_CHARACTERS = 2048
ATTACHED_POLICIES = 10
POLICY_VERSIONS = 5
"""IAM/latest/UserGuide/reference_iam-quotas.html; white space does not count."""
