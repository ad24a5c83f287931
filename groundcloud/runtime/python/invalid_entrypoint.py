"""Fails the start of a function whose bootstrap cannot be run, as Lambda does, and ends.

Run as ``python -I -S invalid_entrypoint.py REASON``, or loaded before the file system is a function's. Standard library
only, and all of it imported at once.
"""

import json
import os
import socket
import sys


def refuse(reason: str) -> None:
    host, _, port = os.environ["AWS_LAMBDA_RUNTIME_API"].rpartition(":")
    error = json.dumps({"errorType": "Runtime.InvalidEntrypoint", "errorMessage": reason}).encode()
    head = f"POST /2018-06-01/runtime/init/error HTTP/1.0\r\nHost: {host}\r\nContent-Length: {len(error)}\r\n\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + error)
        while connection.recv(4096):
            pass


def why(error: OSError, program: str) -> str:
    """In the words of Go, in which Lambda's supervisor is written."""
    return f"fork/exec {program}: {(error.strerror or str(error)).lower()}"


if __name__ == "__main__":
    refuse(sys.argv[1])
