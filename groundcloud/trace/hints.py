"""What must stand in a text for a secret to be in it at all: most have none of it, and nobody looks further. Pure."""

from __future__ import annotations

WORDS = (
    *("pass", "secret", "token", "authorization", "credential", "cookie", "signature", "verifier", "plaintext", "jwt"),
    *("apikey", "api_key", "api-key", "privatekey", "private_key", "private-key", "signingkey", "signing_key"),
    *("accesskey", "access_key", "access-key", "usercode", "user_code", "confirmationcode", "confirmation_code"),
    *("otp", "pin", "pwd", "assertion"),
)
"""Parts of names, as they may stand before a value in any text."""

FORMS = (
    *("eyj", "private key", "signature=", "bearer ", "basic ", "response=", "://", "-u ", "k_live_", "k_test_"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "npm_", "aiza", "xox", "/services/t"),
)
"""How values begin that are secret under any name."""

ALL = (*WORDS, *FORMS, "code", "state", "nonce")

_OF_NAMES = (
    *("session", "srp", "answer", "masterkey", "encryptionkey", "customerkey", "sharedkey", "authkey", "accountkey"),
    *("sshkey", "licensekey", "hmackey", "securestring", "enabled", "logins", "identitysource"),
)
"""Of names of fields only: see `names.py`."""

_SEPARATORS = b"_-. "


def _squeezed(word: str) -> bytes:
    return word.encode().translate(None, _SEPARATORS)


_SQUEEZED = tuple(dict.fromkeys(map(_squeezed, (*ALL, *_OF_NAMES))))


def may_hide(raw: bytes) -> bool:
    """Whether the text has anything that could name a secret or be one."""
    if b"\\u" in raw:
        return True  # a name may be spelled by escapes
    plain = raw.lower().translate(None, _SEPARATORS)
    return any(word in plain for word in _SQUEEZED)
