#!/usr/bin/env python3
"""Set up a fresh clone and do one thing in it: play the demo, or run the tests.

    python3 scripts/bootstrap.py demo [arguments for `driverenv run`]
    python3 scripts/bootstrap.py test [arguments for pytest]

Standard library only. Makes `.venv` beside `pyproject.toml` if it is missing, installs driverenv into it as
an editable package, and installs again only when `pyproject.toml` (or the Python) has changed. What pip
says is shown only if pip fails. The machine's own pip configuration (mirrors, proxies, certificates) is used.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
SUFFIX = ".exe" if os.name == "nt" else ""
OLDEST = (3, 11)

# What `demo` starts; paths are relative to the repository.
DEMO = ["run", "examples/hello-driver", "--local", "examples/hello-driver/index"]

# Settings of pip that would break an install into a virtual environment, whatever the machine says.
PIP_ENVIRON = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_REQUIRE_HASHES": "0",
    "PIP_USER": "0",
}


def main(argv: Sequence[str]) -> int:
    """Run one sub-command; return its exit code."""
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:3])
        return complain("driverenv needs Python 3.11 or newer; this is Python " + found)
    usage = (__doc__ or "").strip()
    if argv and argv[0] in ("-h", "--help"):
        sys.stdout.write(usage + "\n")
        return 0
    if not argv:
        return complain(usage)
    if argv[0] not in ("demo", "test"):
        return complain(f"there is no command {argv[0]!r}; there are: demo, test (--help says more)")
    command, rest = argv[0], argv[1:]
    return demo(rest) if command == "demo" else test(rest)


def demo(arguments: Sequence[str]) -> int:
    """Launch the example driver; its output is its own, ours is one line with the time it took, set-up apart."""
    failed = set_up(groups=())
    if failed:
        return failed
    started = time.perf_counter()
    code = run([str(BIN / ("driverenv" + SUFFIX)), *DEMO, *arguments])
    seconds = time.perf_counter() - started
    sys.stderr.write(f"[launched in {seconds:.2f} s]\n")
    return code


def test(arguments: Sequence[str]) -> int:
    """Run the tests, several at a time."""
    failed = set_up(groups=("test",))
    if failed:
        return failed
    workers = str(max(2, min(8, (os.cpu_count() or 2) + 1)))  # one more than cores: tests wait for processes
    return run([str(python_of_venv()), "-m", "pytest", "-n", workers, *arguments])


def run(command: Sequence[str]) -> int:
    """Run a command in the repository with the machine's own terminal; return its exit code."""
    sys.stdout.flush()
    try:
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    except KeyboardInterrupt:
        return 130


def set_up(groups: Sequence[str]) -> int:
    """Make `.venv` and install into it, unless that has been done; return an exit code."""
    stamp = VENV / ".bootstrap" / ("+".join(("driverenv", *groups)) + ".txt")
    wanted = fingerprint()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted and python_of_venv().exists():
        return 0
    steps = []
    if not python_of_venv().exists():
        steps.append(("making .venv", [sys.executable, "-m", "venv", str(VENV)]))
    packages = [package for group in groups for package in dependency_group(group)]
    install = [str(python_of_venv()), "-m", "pip", "install", "--quiet", "--editable", str(ROOT), *packages]
    steps.append(("installing " + " + ".join(("driverenv", *groups)), install))
    for what, command in steps:
        sys.stderr.write(f"[{what} ...]\n")
        failed = quietly(what, command)
        if failed:
            return failed
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted, encoding="utf-8")
    return 0


def quietly(what: str, command: Sequence[str]) -> int:
    """Run a command; show what it said only if it fails."""
    environ = {**os.environ, **PIP_ENVIRON}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        sys.stderr.write(done.stdout.decode("utf-8", "replace"))
        return complain(f"{what} failed (exit code {done.returncode}); what it said is above")
    return 0


def fingerprint() -> str:
    """Return what an installation depends on: the project file and the Python that made the environment."""
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes())
    digest.update(sys.version.encode())
    return digest.hexdigest() + "\n"


def dependency_group(name: str) -> list[str]:
    """Return the packages of a dependency group (PEP 735); the venv's own pip may be too old to know them."""
    import tomllib  # from here on the Python is known to be new enough

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]

    def expand(group: str) -> Iterator[str]:
        for item in groups[group]:
            if isinstance(item, dict):
                yield from expand(item["include-group"])
            else:
                yield item

    return list(dict.fromkeys(expand(name)))


def python_of_venv() -> Path:
    """Return the path of the Python in `.venv`, which may not be there yet."""
    return BIN / ("python" + SUFFIX)


def complain(text: str) -> int:
    """Print to stderr; return the exit code of a failure."""
    sys.stderr.write(text + "\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
