"""Builds functions with dependencies where AWS's builders are: in the Python that runs the cloud.

    python -m groundcloud.testing.building CACHE SOURCE LANGUAGE RUNTIME ARCHITECTURE PREFIX OWNER

prints the folder with the built content; what cannot be built is a sentence on standard error.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from groundcloud.deploy.build import CachedBuilder, Recipe
from groundcloud.errors import UserError
from groundcloud.testing.process import clean_environ
from groundcloud.testing.python import CloudPython

_SECONDS = 600


class CloudBuilder(CachedBuilder):
    """The deploy library's builder, which asks the cloud's Python for what this one cannot build."""

    def __init__(self, cache: Path, python: CloudPython) -> None:
        super().__init__(cache, local=True)
        self._folder = cache
        self._python = python

    def build(self, source: Path, recipe: Recipe, owner: str) -> Path:
        if importlib.util.find_spec("aws_lambda_builders") is not None:
            return super().build(source, recipe, owner)
        described = (recipe.language, recipe.runtime, recipe.architecture, recipe.prefix)
        command = [self._python.executable, "-m", __name__, str(self._folder), str(source), *described, owner]
        done = subprocess.run(
            command,
            env=clean_environ(**self._python.environ),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise UserError(done.stderr.strip() or f"The build of {owner} ended with {done.returncode}")
        return Path(done.stdout.strip())


def main(arguments: list[str]) -> int:
    cache, source, language, runtime, architecture, prefix, owner = arguments
    try:
        built = CachedBuilder(Path(cache), local=True).build(
            Path(source), Recipe(language, runtime, architecture, prefix), owner
        )
    except UserError as error:
        sys.stderr.write(f"{error.message}. {error.hint}{os.linesep}")
        return 1
    sys.stdout.write(str(built))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
