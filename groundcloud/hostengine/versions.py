"""What is installed. A change of any of these makes a new installation beside the old one."""

from __future__ import annotations

from pathlib import Path

LOCALSTACK = "4.14.0"
"""The last LocalStack that needs no token."""

PYTHON = (3, 13)
"""The Python that LocalStack 4.14.0 is built for."""

JAVA = 17
"""The oldest Java that runs DynamoDB Local."""

DYNAMODB_LOCAL = "amplify-dynamodb-simulator@2.9.30"
"""The npm package whose folder `emulator/` is AWS's DynamoDB Local."""

KINESIS = ("kinesis-local", "0.5.2")
"""The npm package that LocalStack runs for Kinesis, in the version that it asks for."""

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
