"""The keys that a pool signs its tokens with: the engine's, which lie as PEM files in its state folder so that other
processes can sign alike, and which its JWKS publishes. They survive a stop and a start with the rest of the state.
"""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Engine
from groundcloud.signin.directory import Pool

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ACCESS = "access"
ID = "id"
_ALGORITHM = "RS256"
_FOLDER = "cognito-pool-keys"


@dataclass(frozen=True)
class SigningKey:
    private: RSAPrivateKey
    key_id: str

    def signed(self, claims: dict[str, Any]) -> str:
        import jwt

        return jwt.encode(claims, self.private, algorithm=_ALGORITHM, headers={"kid": self.key_id, "typ": None})


class SigningKeys:
    """`state` is the engine's state folder."""

    def __init__(self, engine: Engine, state: Path) -> None:
        self._engine = engine
        self._folder = state / _FOLDER
        self._keys: dict[str, dict[str, SigningKey]] = {}

    def clear(self) -> None:
        """Forget every pool's keys, and the files they lie in: no pool is left that signs with them."""
        self._keys.clear()
        for file in self._folder.glob("*.pem"):
            file.unlink(missing_ok=True)

    async def of(self, pool: Pool) -> dict[str, SigningKey]:
        """The pool's keys by use: ``access`` and ``id``. Raises `AwsError` when the engine does not publish them."""
        keys = self._keys.get(pool.id)
        if keys is None:
            # The pool's first keys are made when its JWKS is asked for.
            published = await self._published(pool)
            loaded = await asyncio.to_thread(self._loaded, pool.id)
            keys = {use: SigningKey(key, published[_modulus(key)]) for use, key in loaded.items()}
            self._keys[pool.id] = keys
        return keys

    def forget(self, pool_id: str) -> None:
        self._keys.pop(pool_id, None)

    async def published(self, pool: Pool) -> Response:
        """The engine's answer with the pool's JWKS. Raises `AwsError` when it has none."""
        host = Headers([("Host", f"cognito-idp.{pool.scope.region}.amazonaws.com")])
        response = await self._engine.request(
            Request("GET", f"/{pool.id}/.well-known/jwks.json", headers=host, service="cognito-idp")
        )
        if response.status != 200:
            raise AwsError("InternalErrorException", f"User pool {pool.id} publishes no keys", 500)
        return response

    async def _published(self, pool: Pool) -> dict[str, str]:
        """Modulus → key id."""
        response = await self.published(pool)
        return {str(one["n"]): str(one["kid"]) for one in json.loads(response.body)["keys"]}

    def _loaded(self, pool_id: str) -> dict[str, RSAPrivateKey]:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        keys = {}
        for use in (ACCESS, ID):
            content = (self._folder / f"{pool_id}-{use}.pem").read_bytes()
            # To prove that its numbers are primes takes as long as to find them, and the engine has found them.
            key = load_pem_private_key(content, password=None, unsafe_skip_rsa_key_validation=True)
            assert isinstance(key, RSAPrivateKey)
            keys[use] = key
        return keys


def _modulus(key: RSAPrivateKey) -> str:
    number = key.public_key().public_numbers().n
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
