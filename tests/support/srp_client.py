"""A user's side of USER_SRP_AUTH, made apart from the cloud's: the numbers are those of the public client libraries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any

from groundcloud.signin.srp import N

_G = 2


def _bytes(number: int) -> bytes:
    text = format(number, "x")
    if len(text) % 2:
        text = "0" + text
    return bytes.fromhex("00" + text if text[0] in "89abcdef" else text)


def _hash(*parts: bytes) -> int:
    return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)


class SrpClient:
    def __init__(self, pool_id: str, password: str) -> None:
        self._pool_name = pool_id.split("_")[1]
        self._password = password
        self._secret = secrets.randbits(256)
        self._public = pow(_G, self._secret, N)

    @property
    def srp_a(self) -> str:
        return format(self._public, "x")

    def answers(self, parameters: dict[str, str], timestamp: str = "Tue Sep 25 00:09:40 UTC 2018") -> dict[str, Any]:
        """ChallengeResponses for PASSWORD_VERIFIER's ChallengeParameters."""
        user, server = parameters["USER_ID_FOR_SRP"], int(parameters["SRP_B"], 16)
        scramble = _hash(_bytes(self._public), _bytes(server))
        inner = hashlib.sha256(f"{self._pool_name}{user}:{self._password}".encode()).digest()
        exponent = _hash(_bytes(int(parameters["SALT"], 16)), inner)
        k = _hash(_bytes(N), _bytes(_G))
        shared = pow(server - k * pow(_G, exponent, N), self._secret + scramble * exponent, N)
        extracted = hmac.new(_bytes(scramble), _bytes(shared), hashlib.sha256).digest()
        key = hmac.new(extracted, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
        block = base64.b64decode(parameters["SECRET_BLOCK"])
        message = f"{self._pool_name}{user}".encode() + block + timestamp.encode()
        return {
            "USERNAME": user,
            "TIMESTAMP": timestamp,
            "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode(),
        }
