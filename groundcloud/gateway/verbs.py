"""The HTTP methods that APIs have; ``ANY`` stands for these and no other, as TRACE or PROPFIND.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

VERBS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD")
ANY = frozenset(VERBS)
