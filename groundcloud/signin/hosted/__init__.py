"""Cognito's hosted pages and OAuth 2.0 endpoints; see README.md."""

from groundcloud.signin.hosted.site import HostedSite

__all__ = ["HostedSite"]
