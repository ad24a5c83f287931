"""Fails the start of a function whose bootstrap cannot be run, as Lambda does, and ends.

Run as ``python -I -S invalid_entrypoint.py REASON``. Standard library only.
"""

import json
import os
import sys
from http.client import HTTPConnection


def main() -> None:
    error = {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": sys.argv[1]}
    connection = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request("POST", "/2018-06-01/runtime/init/error", json.dumps(error))
    connection.getresponse().read()


if __name__ == "__main__":
    main()
