"""The mathematics of USER_SRP_AUTH, server side: pure functions.

SRP-6a with SHA-256 over the 3072-bit group of RFC 5054 with generator 2, and the key derivation that Cognito's own
client libraries use (amazon-cognito-identity-js, pycognito):
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

N = int(
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
_SECRET_BITS = 256
_INFO = b"Caldera Derived Key\x01"
_TIMESTAMP = re.compile(r"[A-Za-z]{3} ([A-Za-z]{3}) (\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (?:UTC|GMT) (\d{4})")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _padded(number: int) -> bytes:
    """Big-endian, with a leading zero byte when the high bit is set: how the client libraries hash numbers."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _hash(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


_K = _hash(_padded(N), _padded(_G))


def new_salt() -> str:
    """16 random bytes as hex, the first not zero: libraries differ in how they pad a leading zero byte."""
    return f"{secrets.randbelow(255) + 1:02x}{secrets.token_hex(15)}"


def verifier(pool_id: str, username: str, password: str, salt: str) -> int:
    """What is kept of a password: it checks a proof, and does not sign in by itself."""
    identity = f"{_pool_name(pool_id)}{username}:{password}".encode()
    return pow(_G, _hash(_padded(int(salt, 16)), hashlib.sha256(identity).digest()), N)


@dataclass(frozen=True)
class Exchange:
    """One open exchange: both sides' public numbers and our secret one."""

    salt: str
    verifier: int
    client_public: int
    secret: int
    public: int


def opened(salt: str, known: int, client_public: str) -> Exchange:
    """Our side of the exchange. Raises `ValueError` when the client's number is no hex or a multiple of N."""
    received = int(client_public, 16)
    if received % N == 0:
        raise ValueError("SRP_A is a multiple of N")
    secret = secrets.randbits(_SECRET_BITS)
    return Exchange(salt, known, received, secret, (_K * known + pow(_G, secret, N)) % N)


def unanswerable(client_public: str, salt: str) -> Exchange:
    """The exchange for a user who does not exist: like any other, but nobody knows its password."""
    return opened(salt, secrets.randbits(N.bit_length() - 1), client_public)


def simulated_salt(pool_id: str, username: str, key: bytes) -> str:
    """The salt shown for a user who does not exist: the same each time, as that of one who does."""
    digest = hmac.new(key, f"{pool_id}:{username}".encode(), hashlib.sha256).hexdigest()
    return f"1{digest[1:32]}"


def is_proven(exchange: Exchange, pool_id: str, username: str, block: str, timestamp: str, signature: str) -> bool:
    """Whether the client's signature shows that it knows the password."""
    moment = canonical_timestamp(timestamp)
    try:
        given, secret_block = base64.b64decode(signature), base64.b64decode(block)
    except binascii.Error:
        return False
    scramble = _hash(_padded(exchange.client_public), _padded(exchange.public))
    if moment is None or scramble == 0:
        return False
    base = exchange.client_public * pow(exchange.verifier, scramble, N)
    shared = pow(base, exchange.secret, N)
    extracted = hmac.new(_padded(scramble), _padded(shared), hashlib.sha256).digest()
    key = hmac.new(extracted, _INFO, hashlib.sha256).digest()[:16]
    message = f"{_pool_name(pool_id)}{username}".encode() + secret_block + moment.encode()
    return hmac.compare_digest(hmac.new(key, message, hashlib.sha256).digest(), given)


def canonical_timestamp(timestamp: str) -> str | None:
    """``EEE MMM d HH:mm:ss z yyyy`` in English as the signature is made over it (UTC, day unpadded), or None.

    Cognito asks for the form only: how far the client's clock is off does not matter.
    """
    found = _TIMESTAMP.fullmatch(timestamp)
    if found is None or found[1].capitalize() not in _MONTHS:
        return None
    day, hour, minute, second, year = (int(found[number]) for number in range(2, 7))
    try:
        moment = datetime(year, _MONTHS.index(found[1].capitalize()) + 1, day, hour, minute, second)
    except ValueError:
        return None
    month = _MONTHS[moment.month - 1]
    return f"{_WEEKDAYS[moment.weekday()]} {month} {moment.day} {moment:%H:%M:%S} UTC {moment.year}"


def _pool_name(pool_id: str) -> str:
    return pool_id.partition("_")[2]
