"""The tools: each is asked in the way its documentation has for a local index before a public one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from benchmarks import machine

LIMIT = 50.0
"""Seconds until a process is ended that does not end by itself."""


class Order(NamedTuple):
    """What a tool is asked for."""

    driver: Path
    """The driver's folder, with its requirements.txt; the process starts there."""
    locations: Sequence[str]
    """The local indexes, in order: URLs, or folders."""
    public: str
    """The URL of the public index."""
    wheels_only: bool
    site: Sequence[str]
    """Lines of driverenv's settings."""
    root: Path
    """The tool's own place: caches, environments, configuration."""
    environ: Mapping[str, str]

    @property
    def has_folders(self) -> bool:
        """Whether local is a folder."""
        return not self.locations[0].startswith("http")


class Done(NamedTuple):
    """A process that has ended."""

    code: int | None
    """None: it did not end in time."""
    output: str
    prefix: Path
    """Where the environment is, or would be."""


class Installer(Protocol):
    """One column of the results."""

    name: str
    asked: str
    has_site: bool
    """Whether it can be told what the site's settings say; where not, such situations are not asked of it."""

    def install(self, order: Order) -> Done:
        """Make an environment of its own for this driver."""


def _run(command: Sequence[str], order: Order, variables: Mapping[str, str]) -> tuple[int | None, str]:
    """Exit code and everything that was said."""
    started = subprocess.Popen(
        command,
        cwd=order.driver,
        env={**order.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        said, _ = started.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        _end(started)
        return None, started.communicate()[0]
    return started.returncode, said


def _end(started: subprocess.Popen[str]) -> None:
    """It and what it started."""
    if hasattr(os, "killpg"):
        os.killpg(started.pid, signal.SIGKILL)
    else:
        started.kill()


def _empty(order: Order) -> tuple[Path, str]:
    """A new environment without anything in it, and its Python."""
    prefix = order.root / "environments" / order.driver.name
    venv.create(prefix, symlinks=os.name == "posix", with_pip=False)
    return prefix, str(prefix / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


class Driverenv:
    """The launch hook's command."""

    name = "driverenv"
    has_site = True
    asked = "`driverenv prepare DRIVER --config driverenv.toml`, with `local = [LOCAL]` and `public = PUBLIC` there"

    def __init__(self, source: Path | None = None) -> None:
        self._variables = {} if source is None else {"PYTHONPATH": str(source.resolve())}

    def install(self, order: Order) -> Done:
        home = order.root / "home of driverenv"
        settings = order.root / "driverenv.toml"
        lines = [f"local = {json.dumps(list(order.locations))}", f"public = {json.dumps(order.public)}"]
        lines += [f"home = {json.dumps(str(home))}", 'byte_code = "never"']
        lines += [*order.site, *(['builds = "never"'] if order.wheels_only else [])]
        settings.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "driverenv", "prepare", str(order.driver), "--config", str(settings)]
        code, said = _run([*command, "--quiet"], order, self._variables)
        last = said.strip().rpartition("\n")[2]
        return Done(code, said, Path(last) if code == 0 else home / "environments")


class Uv:
    """`uv pip install` into an empty environment."""

    has_site = False

    def __init__(self, *, best_match: bool = False) -> None:
        self._options = ["--index-strategy", "unsafe-best-match"] if best_match else []
        self.name = "uv best match" if best_match else "uv"
        self.asked = " ".join(
            ["`uv pip install -r requirements.txt --index LOCAL --default-index PUBLIC", *self._options]
        )
        self.asked += '`; a folder as `[[index]]` with `format = "flat"` in uv.toml'

    def install(self, order: Order) -> Done:
        prefix, python = _empty(order)
        command = [machine.uv(), "pip", "install", "--python", python, "-r", "requirements.txt"]
        command += ["--no-python-downloads", "--no-progress", *self._options, *self._indexes(order)]
        command += ["--no-build"] if order.wheels_only else []
        variables = {
            "UV_CACHE_DIR": str(order.root / "cache"),
            "UV_HTTP_TIMEOUT": "5",
            "UV_HTTP_RETRIES": "2",
        }
        return Done(*_run(command, order, variables), prefix)

    def _indexes(self, order: Order) -> list[str]:
        if order.has_folders:
            settings = order.root / "uv.toml"
            flat = "".join(
                f'[[index]]\nname = "local{number}"\nurl = {json.dumps(one)}\nformat = "flat"\n'
                for number, one in enumerate(order.locations)
            )
            public = f'[[index]]\nname = "public"\nurl = {json.dumps(order.public)}\ndefault = true\n'
            settings.write_text(flat + public, encoding="utf-8")
            return ["--config-file", str(settings)]
        local = [word for one in order.locations for word in ("--index", one)]
        return ["--no-config", *local, "--default-index", order.public]


class Pip:
    """`pip install` into an empty environment."""

    has_site = False

    def __init__(self, *, public_first: bool = False) -> None:
        self._public_first = public_first
        self.name = "pip public first" if public_first else "pip"
        first, second = ("PUBLIC", "LOCAL") if public_first else ("LOCAL", "PUBLIC")
        self.asked = f"`pip install -r requirements.txt --index-url {first} --extra-index-url {second}`"
        self.asked += "; a folder as `--find-links LOCAL --index-url PUBLIC`"

    def install(self, order: Order) -> Done:
        prefix, python = _empty(order)
        command = [sys.executable, "-m", "pip", "--python", python, "install", "-r", "requirements.txt"]
        command += ["--no-input", "--disable-pip-version-check", "--timeout", "5", "--retries", "2"]
        command += ["--only-binary", ":all:"] if order.wheels_only else []
        command += self._indexes(order)
        variables = {"PIP_CACHE_DIR": str(order.root / "cache")}
        return Done(*_run(command, order, variables), prefix)

    def _indexes(self, order: Order) -> list[str]:
        if order.has_folders:
            links = [word for one in order.locations for word in ("--find-links", one)]
            return ["--index-url", order.public, *links]
        urls = [*order.locations, order.public]
        first, *others = urls[::-1] if self._public_first else urls
        return ["--index-url", first, *(word for one in others for word in ("--extra-index-url", one))]


def installers(source: Path | None) -> dict[str, Installer]:
    """All of them, by the name on the command line."""
    return {
        "driverenv": Driverenv(source),
        "uv": Uv(),
        "uv-best-match": Uv(best_match=True),
        "pip": Pip(),
        "pip-public-first": Pip(public_first=True),
    }


BY_DEFAULT = "driverenv,uv,uv-best-match,pip"
