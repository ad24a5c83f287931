"""An HTTP client for which the names of the local cloud exist: the test kit's."""

from groundcloud.testing.http import LOOPBACK, CloudTransport, cloud_client

__all__ = ["LOOPBACK", "CloudTransport", "cloud_client"]
