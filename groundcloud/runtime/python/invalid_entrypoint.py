"""Answers the first call of a function whose bootstrap cannot be run, as Lambda does, and ends.

Run as ``python -I -S invalid_entrypoint.py REASON``. Standard library only.
"""

import json
import os
import sys
from http.client import HTTPConnection


def main() -> None:
    reason = sys.argv[1]
    connection = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    prefix = "/2018-06-01/runtime/invocation/"
    connection.request("GET", prefix + "next")
    answer = connection.getresponse()
    answer.read()
    request_id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    message = f"RequestId: {request_id} Error: {reason}"
    os.write(1, f"{message}\nRuntime.InvalidEntrypoint\n".encode())
    error = {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": message}
    connection.request("POST", f"{prefix}{request_id}/error", json.dumps(error))
    connection.getresponse().read()


if __name__ == "__main__":
    main()
