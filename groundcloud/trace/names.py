"""Which names are those of secrets: pure."""

from __future__ import annotations

import re
from functools import lru_cache

MASK = "•••"

_SEPARATORS = re.compile(r"[^a-z0-9]")
_SECRET = re.compile(
    r"password|passwd|passphrase|secret|token|authorization|apikey|privatekey|credential|cookie|signature|jwt|"
    r"pwd$|otp$|^pin$|verifier|^assertion$|samlassertion|plaintext|masterkey|encryptionkey|customerkey$|"
    r"(signing|shared|auth|account|ssh|license|hmac)key$|(?<!by)(?<!com)(?<!sur)(?<!tres)pass$|"
    r"(^user|confirmation|verification|authorization|auth|mfa|otp|temporary|reset|recovery|backup|security|pass)code$|"
    r"^codeparameter$|^base32stringseed$|^qrcodepng$|^keymaterial$|^hostkey(body)?$|^mackey$|^privatechallengeparameters$|"
    r"^srp[ab]$|secretblock|secrethash|claimsignature|^session$|accesskey$|^newpass|answer$"
)
_HARMLESS = re.compile(
    r"(arn|id|ids|name|names|type|types|policy|expires|expiration|expiry|expiresin|expiresat|validity|validityunits|units|"
    r"count|use|length|status|enabled|version|versionid|versionstage|stages|required|limit|lastused|metadata|fields|list|"
    r"location|url|uri|endpoint|method|methods|algorithm|source|sources|prefix|lifetime|days|minutes|attributes)$"
)
_NEVER_HARMLESS = frozenset({"sessiontokenid", "secretaccesskeyid"})
_CODE = re.compile(r"\d{4,10}|[A-Za-z0-9_\-]{16,}")
_PLACES = frozenset({"nexttoken", "continuationtoken", "nextcontinuationtoken", "paginationtoken", "starttoken"})
"""Places in a list: whoever has one can go on reading, if he may."""


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether a field, header, parameter or variable of this name holds a secret."""
    plain = _SEPARATORS.sub("", name.lower())
    if plain in _PLACES:
        return False
    if plain in _NEVER_HARMLESS:
        return True
    found = _SECRET.search(plain)
    return found is not None and not _HARMLESS.search(plain)


@lru_cache(maxsize=4096)
def _is_called_code(name: str) -> bool:
    return _SEPARATORS.sub("", name.lower()) == "code"


def is_code(name: str, value: object) -> bool:
    """Whether it is a code to be typed or exchanged; most fields of that name are errors' and countries'."""
    if not _is_called_code(name):
        return False
    return isinstance(value, int) and value > 999 or isinstance(value, str) and _CODE.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def may_tell(name: str) -> bool:
    """Whether a member of this name has to be looked at by `is_secret` and `is_code`."""
    return is_secret(name) or _is_called_code(name)
