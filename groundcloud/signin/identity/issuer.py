"""The OpenID Connect issuer that every identity pool is: ``https://cognito-identity.amazonaws.com``.

Its key is made at the first token and kept with the identities, so that a token outlives a stop and start.
https://docs.aws.amazon.com/cognito/latest/developerguide/open-id.html
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

from groundcloud.signin.identity.limits import SIGNING_KEY_BITS
from groundcloud.signin.identity.store import IdentityStore

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

HOST = "cognito-identity.amazonaws.com"
ISSUER = f"https://{HOST}"
ALGORITHM = "RS256"


class OpenIdIssuer:
    """Signs tokens, and knows the public keys to verify them with."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store
        self._keys: dict[str, RSAPrivateKey] = {}
        self._making = asyncio.Lock()

    async def sign(self, claims: dict[str, Any]) -> str:
        import jwt

        key_id, key = await self._current()
        return jwt.encode({**claims, "iss": ISSUER}, key, algorithm=ALGORITHM, headers={"kid": key_id})

    def find(self, key_id: str) -> RSAPublicKey | None:
        self._load()
        key = self._keys.get(key_id)
        return key.public_key() if key else None

    async def _current(self) -> tuple[str, RSAPrivateKey]:
        async with self._making:
            self._load()
            if not self._keys:
                # Takes a tenth of a second of a processor.
                key = await asyncio.to_thread(_make)
                key_id = f"us-east-1-{uuid.uuid4()}"
                self._store.add_signing_key(key_id, _pem(key))
                self._keys[key_id] = key
        return next(iter(self._keys.items()))

    def _load(self) -> None:
        if self._keys:
            return
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        for key_id, pem in self._store.signing_keys().items():
            key = load_pem_private_key(pem, password=None)
            assert isinstance(key, RSAPrivateKey), "only RSA keys are made here"
            self._keys[key_id] = key


def _make() -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    return generate_private_key(65537, SIGNING_KEY_BITS)


def _pem(key: RSAPrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
