"""What is asked for: the generated sets and the real ones, each as a folder of wheels."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from benchmarks import generate


class Prepared(NamedTuple):
    """A set, ready to be served."""

    name: str
    folder: Path
    requirements: str
    imports: str
    distributions: int
    files: int
    newer: Path | None = None
    """A newer release of one of them, not served; None where there is none."""


_DRIVER = ("cloudshell-shell-core>=5.0.0,<6.0.0", "cloudshell-automation-api>=2022.2")
_MORE = ("cloudshell-networking-cisco", "requests", "paramiko", "jinja2", "pyyaml")
REAL = {"S": _DRIVER, "M": (*_DRIVER, *_MORE)}
_DRIVER_IMPORTS = (
    "cloudshell.api.cloudshell_api",
    "cloudshell.shell.core.driver_context",
    "cloudshell.shell.core.resource_driver_interface",
    "cloudshell.shell.core.session.cloudshell_session",
)
_MORE_IMPORTS = ("requests", "paramiko", "jinja2", "yaml")
REAL_IMPORTS = {"S": _DRIVER_IMPORTS, "M": (*_DRIVER_IMPORTS, *_MORE_IMPORTS)}


def hermetic(name: str, root: Path) -> Prepared:
    """Generate a set below `root`."""
    recipe = generate.SETS[name]
    folder = root / "wheels" / name
    generate.generate(recipe, folder)
    first = generate.roots(recipe)
    requirements = "".join(f"{one.name}>=2.0,<3\n" for one in first)
    imports = "import " + ", ".join(one.package for one in first)
    newer = generate.generate_newer(recipe, root / "newer" / name)
    files = _files(folder, generate.NEWEST)
    return Prepared(name, folder, requirements, imports, recipe.distributions, files, newer)


def real(name: str, cache: Path) -> Prepared:
    """Bring a set from the index that this machine's pip is set to, once; sdists become wheels."""
    wanted = REAL[name]
    python = f"{sys.implementation.cache_tag}-{sys.platform}"
    identity = hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:12]
    folder = cache / f"real-{name}-{python}-{identity}"
    if not folder.is_dir():
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(partial), *wanted],
            check=True,
        )
        partial.rename(folder)
    distributions = len(list(folder.glob("*.whl")))
    requirements = "".join(f"{one}\n" for one in wanted)
    imports = "import " + ", ".join(REAL_IMPORTS[name])
    return Prepared(name, folder, requirements, imports, distributions, _files(folder, ""))


def _files(folder: Path, version: str) -> int:
    from zipfile import ZipFile

    wheels = (path for path in folder.glob("*.whl") if f"-{version}" in path.name)
    count = 0
    for path in wheels:
        with ZipFile(path) as archive:
            count += len(archive.namelist())
    return count
