"""Builds functions and layers that have dependencies, with AWS's own builders, and keeps each result by its content.

The cache under ``.groundcloud/build/packages/`` is what makes a second deployment work with the network cut. A build is
renamed into place when it is whole, so one that was cut off never counts.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from groundcloud.deploy.folder import EXCLUDED, digest_of, files_in
from groundcloud.errors import UserError

_VERSION = "1"
_MANIFESTS = {"python": "requirements.txt", "nodejs": "package.json"}
_MANAGERS = {"python": "pip", "nodejs": "npm"}
_COMPILED = ("pom.xml", "build.gradle", "build.gradle.kts", "go.mod", "Cargo.toml", "Gemfile", "*.csproj", "*.fsproj")


@dataclass(frozen=True)
class Recipe:
    """How a folder becomes what Lambda runs. `language` is ``python`` or ``nodejs``, `architecture` ``x86_64`` or
    ``arm64``; a layer's content goes below `prefix`."""

    language: str
    runtime: str
    architecture: str
    prefix: str = ""


class Builder(Protocol):
    def digest(self, source: Path, recipe: Recipe) -> str:
        """The name of the build's result: its inputs decide it."""
        ...

    def build(self, source: Path, recipe: Recipe, owner: str) -> Path:
        """A folder with the built content; `owner` names the resource in messages."""
        ...


def recipe_for(folder: Path, runtime: str, architecture: str, owner: str) -> Recipe | None:
    """The recipe for `folder`, or None when it can be zipped as it is. Raises `UserError` for source code that a
    compiler must see first."""
    if not folder.is_dir():
        return None
    language = next((name for name in _MANIFESTS if runtime.startswith(name)), "")
    if not language:
        _refuse_source_code(folder, runtime, owner)
        return None
    needed = _needs_pip(folder) if language == "python" else _needs_npm(folder)
    return Recipe(language, runtime, architecture) if needed else None


class CachedBuilder:
    """Builds below `cache`. With `local`, a build must run on this machine: where that is not the Linux and the Python
    that the function names, pip installs for this interpreter instead of for Lambda's."""

    def __init__(self, cache: Path, *, local: bool) -> None:
        self._cache = cache
        self._local = local
        self._runs_here: dict[Recipe, bool] = {}

    def digest(self, source: Path, recipe: Recipe) -> str:
        parts = (recipe.language, recipe.runtime, recipe.architecture, recipe.prefix, self._flavour(recipe))
        return digest_of(files_in(source), _VERSION, *parts)

    def build(self, source: Path, recipe: Recipe, owner: str) -> Path:
        target = self._cache / self.digest(source, recipe)
        if target.is_dir():
            return target
        self._cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._cache, prefix=".building-") as scratch:
            result = Path(scratch, "result")
            content = result / recipe.prefix
            content.mkdir(parents=True)
            if self._flavour(recipe) == "lambda":
                _build_for_lambda(source, recipe, content, Path(scratch), owner)
            else:
                _build_for_this_python(source, content, owner)
            result.rename(target)
        return target

    def _flavour(self, recipe: Recipe) -> str:
        if not self._local or recipe.language != "python":
            return "lambda"
        if recipe not in self._runs_here:
            self._runs_here[recipe] = runs_here(recipe)
        if self._runs_here[recipe]:
            return "lambda"
        return f"{sys.platform}-{platform.machine()}-{sys.version_info.major}.{sys.version_info.minor}"


def runs_here(recipe: Recipe) -> bool:
    """Whether what is built for Lambda also runs on this machine, and there is a Python with pip to build it with."""
    machine = {"amd64": "x86_64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine().lower())
    if not sys.platform.startswith("linux") or machine != recipe.architecture:
        return False
    if f"python{sys.version_info.major}.{sys.version_info.minor}" == recipe.runtime:
        return True
    found = shutil.which(recipe.runtime)
    return (
        found is not None
        and subprocess.run([found, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    )


def _build_for_lambda(source: Path, recipe: Recipe, content: Path, scratch: Path, owner: str) -> None:
    # Imported when something is built, which is rare: it would take a third of the time "nothing to do" may take.
    from aws_lambda_builders.builder import LambdaBuilder
    from aws_lambda_builders.exceptions import LambdaBuilderError

    work = scratch / "work"
    work.mkdir()
    builder = LambdaBuilder(recipe.language, _MANAGERS[recipe.language], None)
    locked = (source / "package-lock.json").is_file()
    try:
        builder.build(
            str(source),
            str(content),
            str(work),
            str(source / _MANIFESTS[recipe.language]),
            runtime=recipe.runtime,
            architecture=recipe.architecture,
            options={"use_npm_ci": True} if recipe.language == "nodejs" and locked else None,
            executable_search_paths=[str(Path(sys.executable).parent)],
            is_building_layer=bool(recipe.prefix),
        )
    except (LambdaBuilderError, ValueError) as error:
        raise _build_error(source, recipe.language, owner, str(error)) from error


def _build_for_this_python(source: Path, content: Path, owner: str) -> None:
    manifest = source / _MANIFESTS["python"]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(
        [*command, "--target", str(content), "--requirement", str(manifest)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise _build_error(source, "python", owner, lines[-1] if lines else f"pip ended with {done.returncode}")
    shutil.copytree(source, content, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*EXCLUDED))


def _build_error(source: Path, language: str, owner: str, reason: str) -> UserError:
    manifest = source / _MANIFESTS[language]
    if language == "python":
        hint = f"Try it alone: `python -m pip download -r {manifest} -d /tmp/wheels` tells more"
    else:
        hint = f"Try it alone: `npm install` in {source} tells more"
    return UserError(f"{owner}: what {manifest} asks for could not be installed: {reason.strip()}", hint)


def _needs_pip(folder: Path) -> bool:
    manifest = folder / "requirements.txt"
    if not manifest.is_file():
        return False
    lines = (line.strip() for line in manifest.read_text(encoding="utf-8").splitlines())
    return any(line and not line.startswith("#") for line in lines)


def _needs_npm(folder: Path) -> bool:
    manifest = folder / "package.json"
    if not manifest.is_file() or (folder / "node_modules").is_dir():
        return False
    try:
        package = json.loads(manifest.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{manifest} is not readable as JSON: {error}", "Correct it, then deploy again") from error
    return bool(isinstance(package, dict) and package.get("dependencies"))


def _refuse_source_code(folder: Path, runtime: str, owner: str) -> None:
    for pattern in _COMPILED:
        found = next(folder.glob(pattern), None)
        if found is not None:
            raise UserError(
                f"{owner} ({runtime}) must be compiled first: {found} is source code",
                "Run `sam build`, then deploy its .aws-sam/build/template.yaml",
            )
