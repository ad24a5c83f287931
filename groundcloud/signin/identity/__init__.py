"""Cognito identity pools: temporary AWS credentials for guests and for users of identity providers."""
