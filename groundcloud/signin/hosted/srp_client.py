"""The client's side of USER_SRP_AUTH: shows that a password is known without sending it.

SRP-6a as Cognito's own libraries speak it (amazon-cognito-identity-js, AuthenticationHelper).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime

_N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
_G = 2


class SrpClient:
    def __init__(self, pool_id: str, password: str) -> None:
        self._pool_name = pool_id.partition("_")[2]
        self._password = password
        self._secret = secrets.randbits(256)
        self._public = pow(_G, self._secret, _N)

    @property
    def public(self) -> str:
        """SRP_A."""
        return format(self._public, "x")

    def responses(self, parameters: dict[str, str], now: float) -> dict[str, str]:
        """The ChallengeResponses to PASSWORD_VERIFIER."""
        user_id, block = parameters["USER_ID_FOR_SRP"], parameters["SECRET_BLOCK"]
        salt, server = int(parameters["SALT"], 16), int(parameters["SRP_B"], 16)
        scramble = _hash(_padded(self._public), _padded(server))
        identity = hashlib.sha256(f"{self._pool_name}{user_id}:{self._password}".encode()).digest()
        exponent = _hash(_padded(salt), identity)
        base = server - _hash(_padded(_N), _padded(_G)) * pow(_G, exponent, _N)
        shared = pow(base, self._secret + scramble * exponent, _N)
        extracted = hmac.new(_padded(scramble), _padded(shared), hashlib.sha256).digest()
        key = hmac.new(extracted, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]
        moment = datetime.fromtimestamp(now, UTC)
        timestamp = moment.strftime(f"%a %b {moment.day} %H:%M:%S UTC %Y")
        message = f"{self._pool_name}{user_id}".encode() + base64.b64decode(block) + timestamp.encode()
        return {
            "USERNAME": user_id,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode(),
            "TIMESTAMP": timestamp,
        }


def _padded(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _hash(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")
