"""Runs a script with arguments that came by the environment, because a wrapper may write others on the command line.

Run as ``python -I -S wrapped.py``; ``_GROUNDCLOUD_ARGUMENTS`` is JSON: the script, and its arguments. See
`families/wrapper.py`. Standard library only.
"""

# The environment is the function's, not the cloud's.

import json
import os
import runpy
import sys


def main() -> None:
    sys.argv[:] = json.loads(os.environ.pop("_GROUNDCLOUD_ARGUMENTS"))
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
