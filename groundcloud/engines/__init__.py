"""What stands behind the edge: storage and control planes, and the doors to them."""

SERVICE = "groundcloud.service"
"""Scope key of the AWS service that a request is for, as boto3 names it: an engine of several parts chooses by it."""

FORWARDED = "x-groundcloud-forwarded"
"""Header of what our plugin in LocalStack sends on to us: it must never go back there."""
