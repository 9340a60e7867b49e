"""What it ran on: cores, kernel, Python, file system and what its operations cost; waiting for quiet."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs


def describe(root: Path, environ: dict[str, str]) -> dict[str, object]:
    """Machine, file system and versions, as written into the results."""
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "file_system": file_system(root),
        "operations_ms_per_1000": probe(root),
        "tools": versions(environ),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def file_system(root: Path) -> str:
    """The kind of the file system that has `root`, without any path of this machine."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    best, kind = "", "unknown"
    for line in mounts:
        _, where, found, *_ = line.split()
        if root.resolve().is_relative_to(where) and len(where) >= len(best):
            best, kind = where, found
    return kind


def probe(root: Path, count: int = 500) -> dict[str, float]:
    """Milliseconds for 1,000 small files, hard links, folders, symlinks, stats: some file systems are odd."""
    folder = Path(tempfile.mkdtemp(dir=root))
    source = folder / "source"
    source.write_bytes(b"x" * 2000)
    text = str(folder)
    actions: dict[str, Callable[[int], object]] = {
        "write": lambda at: Path(f"{text}/w{at}").write_bytes(b"x" * 2000),
        "hard link": lambda at: os.link(source, f"{text}/h{at}"),
        "folder": lambda at: os.mkdir(f"{text}/f{at}"),
        "symlink": lambda at: os.symlink(source, f"{text}/s{at}"),
        "stat": lambda at: os.stat(f"{text}/w{at}"),
    }
    costs: dict[str, float] = {}
    for name, action in actions.items():
        begun = time.perf_counter()
        try:
            for at in range(count):
                action(at)
        except OSError:
            continue
        costs[name] = round((time.perf_counter() - begun) * 1e6 / count, 1)
    shutil.rmtree(folder)
    return costs


def versions(environ: dict[str, str]) -> dict[str, str]:
    """The version of each tool, as it says itself."""
    commands = {
        "uv": [uv(), "--version"],
        "pip": [sys.executable, "-m", "pip", "--version"],
        "virtualenv": [sys.executable, "-m", "virtualenv", "--version"],
        "pypiserver": [sys.executable, "-m", "pypiserver", "--version"],
        "driverenv": [sys.executable, "-m", "driverenv", "--version"],
    }
    found: dict[str, str] = {}
    for name, command in commands.items():
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
        said = done.stdout.strip().partition(" from ")[0]
        found[name] = said.removeprefix(f"{name} ") if done.returncode == 0 and said else "not there"
    return found


def uv() -> str:
    """The uv of this environment, else that on PATH."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv") or "uv"


def clean_environ(home: Path) -> dict[str, str]:
    """For every measured process: no settings of this machine or person, an empty home of its own."""
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT", "PATHEXT") if name in os.environ
    }
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    homes = dict.fromkeys(("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"), str(home))
    return kept | places | homes | {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}


@contextmanager
def scratch(bench: str, root: Path | None) -> Iterator[Path]:
    """A folder for stores, caches and environments of one run, which is gone afterwards."""
    kept = root or platformdirs.user_cache_path("driverenv-benchmarks")
    kept.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{bench}-", dir=kept)).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle(limit: float) -> float:
    """Wait until the machine is idle (at most 30 ms of work on all cores in 100 ms), at most `limit` seconds."""
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < limit:
        before = _busy()
        time.sleep(0.1)
        if before is None or (_busy() or 0) - before <= 3:
            break
    return waited


def _busy() -> int | None:
    try:
        numbers = Path("/proc/stat").read_text(encoding="utf-8").partition("\n")[0].split()[1:]
    except OSError:
        return None
    return sum(int(one) for one in numbers[:3])
