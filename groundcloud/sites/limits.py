"""Every number of the sites part.

CloudFront's times: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html and
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
"""

LEGACY_MIN_TTL = 0.0
LEGACY_DEFAULT_TTL = 86_400.0
LEGACY_MAX_TTL = 31_536_000.0

ERROR_TTL = 10.0
"""Seconds an error of the origin is kept, unless the distribution says otherwise."""

CACHE_BYTES = 64 * 1024 * 1024
CACHED_OBJECT_BYTES = 8 * 1024 * 1024
"""All distributions together keep so much in memory; a larger object is passed on and not kept."""

CACHED_BUCKETS = 1024
MAX_CLOUDFRONT_HOPS = 4
"""A distribution whose origin is a distribution is fine; a ring of them is not."""
