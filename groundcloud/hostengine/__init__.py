"""LocalStack on this machine without Docker: what it needs, its installation, its process.

needs    which programs of the machine serve: Python 3.13, Java, npm; a sentence when one is missing
install  the Python environment, DynamoDB Local and our plugin, once, below one folder
launch   the command that runs it: pure data
engine   one LocalStack, started and ended by whoever holds it

`bootstrap` starts the command as a process that outlives it; tests and the test kit hold a `HostEngine`.
"""
