"""API Gateway's data plane. See README.md for what AWS guarantees and where we differ."""

from groundcloud.gateway.gateway import Gateway

__all__ = ["Gateway"]
