"""What must stand in a text for a secret to be in it at all: most have none of it, and nobody looks further. Pure."""

from __future__ import annotations

WORDS = (
    *("password", "passwd", "passphrase", "secret", "token", "authorization", "credential", "cookie", "signature"),
    *("verifier", "plaintext", "apikey", "api_key", "api-key", "privatekey", "private_key", "private-key"),
    *("accesskey", "access_key", "access-key", "usercode", "user_code", "confirmationcode", "confirmation_code"),
    *("otp", "pwd"),
)
"""Parts of names, as they may stand before a value in any text."""

FORMS = (
    *("eyj", "private key", "signature=", "bearer ", "basic ", "://", "sk_live_", "pk_live_", "rk_live_"),
    *("sk_test_", "pk_test_", "rk_test_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "xox"),
)
"""How values begin that are secret under any name."""

ALL = (*WORDS, *FORMS, "code", "state", "nonce")

_OF_NAMES = (
    *("jwt", "pin", "session", "srp", "answer", "assertion", "masterkey", "encryptionkey", "customerkey", "newpass"),
    *("securestring", "enabled"),
)
"""Of names of fields only: see `names.py`."""

_SEPARATORS = b"_-. "


def _squeezed(word: str) -> bytes:
    return word.encode().translate(None, _SEPARATORS)


_SQUEEZED = tuple(map(_squeezed, (*ALL, *_OF_NAMES)))


def may_hide(raw: bytes) -> bool:
    """Whether the text has anything that could name a secret or be one."""
    if b"\\u" in raw:
        return True  # a name may be spelled by escapes
    plain = raw.lower().translate(None, _SEPARATORS)
    return any(word in plain for word in _SQUEEZED)
