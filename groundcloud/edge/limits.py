"""The edge's own limits, each with its source."""

MAX_BODY_BYTES = 5 * 1024**3
"""One PutObject, the largest body AWS takes (AmazonS3/latest/userguide/qfacts.html)."""

MAX_CONTROL_BODY_BYTES = 10 * 1024**2
"""What a control route reads."""

MAX_DATA_PLANE_BODY_BYTES = 64 * 1024**2
"""What a data plane buffers; API Gateway's own limit is 10 MB and is answered in its own words."""

MAX_PAGE_BODY_BYTES = 1024**2
"""A form of the hosted sign-in pages, or a call of their OAuth endpoints."""

MAX_OPERATION_BODY_BYTES = 96 * 1024**2
"""What is buffered of an AWS operation that is no object's: the largest is an uploaded function, 50 MB in base64."""

MAX_FORM_BYTES = 10 * 1024**2
"""A query API call; the largest parameter there is, a template, has 51,200 bytes."""

MAX_KNOWN_KEYS = 10_000
"""How many access keys are remembered with their account."""

MAX_REQUEST_LINE_BYTES = 64 * 1024
"""Method, URL and version. A presigned URL with a session token takes a few thousand bytes."""

MAX_HEADER_BYTES = 64 * 1024
"""All header lines together; AWS's services take between 8 and 20 KB."""

CLOCK_SKEW_SECONDS = 15 * 60
"""How far a signature's time may be off (IAM/latest/UserGuide/signing-elements.html)."""

MAX_PRESIGNED_SECONDS = 7 * 24 * 3600
"""How long a presigned URL of S3 may be good for (AmazonS3/latest/API/sigv4-query-string-auth.html)."""

MAX_DEFAULT_CHECKSUM_BYTES = 64 * 1024
"""Up to here the engine computes and keeps a CRC64NVME, which takes it 0.1 ms a kilobyte; beyond, it is ours."""

MAX_KNOWN_PARTS = 20_000
"""Parts of uploads whose checksums are remembered until the upload is complete; one upload has at most 10,000."""

MAX_KNOWN_HOSTS = 1024
"""How many host names are remembered to be the cloud's own."""
