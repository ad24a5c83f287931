"""HTTP endpoints as REST APIs call them: where they are, and what their failures answer."""

from __future__ import annotations

import logging
import re
import time
from urllib.parse import urlencode, urlsplit

from groundcloud.gateway import steps
from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import GatewayError, bad_gateway, configuration_error
from groundcloud.gateway.http_door import BadAddress, HttpDoor, Pairs, TooLarge, TooSlow, Unreachable
from groundcloud.gateway.limits import MAX_BODY_BYTES
from groundcloud.gateway.uri_template import fill, unfilled
from groundcloud.http import Response

log = logging.getLogger("groundcloud.gateway")

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")


class Endpoints:
    """Calls endpoints, and notes in the call what execution logs say of it."""

    def __init__(self) -> None:
        self._door = HttpDoor(MAX_BODY_BYTES)

    async def fetch(
        self, call: Call, method: str, url: str, headers: Pairs, body: bytes, *, timeout: float
    ) -> Response:
        """The endpoint's answer as it came; no redirect is followed. `timeout` in seconds. Raises `GatewayError`."""
        steps.sending(call, url, headers, body)
        begun = time.monotonic()
        try:
            response = await self._door.fetch(method, url, headers, body, timeout=timeout)
        except TooSlow:
            raise timed_out() from None
        except TooLarge:
            raise bad_gateway() from None
        except BadAddress as error:
            log.warning("API %s: %s", call.stage.api_id, error)
            raise configuration_error() from error
        except Unreachable as error:
            log.warning("API %s: %s", call.stage.api_id, error)
            raise GatewayError("INTEGRATION_FAILURE", "Network error communicating with endpoint") from error
        steps.received(call, response, time.monotonic() - begun)
        return response

    async def close(self) -> None:
        await self._door.close()


def timed_out() -> GatewayError:
    return GatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out")


def endpoint_url(call: Call, template: str, path: dict[str, str], query: Pairs) -> str:
    """The URI `template` with stage variables and path parameters in it, and `query` after it. Raises `GatewayError`
    for a parameter that nothing fills, and for what is no URL."""
    uri = _STAGE_VARIABLE.sub(lambda match: call.stage.variables.get(match[1], ""), template)
    if not urlsplit(uri).netloc:
        log.warning("API %s: the endpoint %s is not complete", call.stage.api_id, uri)
        raise configuration_error()
    url = with_parameters(call, uri, path)
    return url if not query else url + ("&" if "?" in url else "?") + urlencode(query)


def with_parameters(call: Call, text: str, path: dict[str, str]) -> str:
    """`text` with each ``{name}`` or ``{name+}`` replaced by that path parameter, percent-encoded where it is not.
    Raises `GatewayError` for one that nothing fills."""
    missing = unfilled(text, path)
    if missing:
        log.warning("API %s: nothing fills %s of %s", call.stage.api_id, missing[0], text)
        raise configuration_error()
    return fill(text, path)
