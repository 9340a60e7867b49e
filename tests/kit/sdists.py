"""Sdists made to order, with a build backend of their own, so that builds need no network.

`backend` chooses how the sdist is built:

- "kit": in-tree backend (`backend-path`), standard library only, nothing to download;
- "setuptools": `setuptools.build_meta` named in pyproject.toml, to be found on the index;
- "legacy": `setup.py` and nothing else, as most old drivers' packages are;
- "none": neither pyproject.toml nor setup.py: cannot be built at all.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypedDict, Unpack

from .wheels import (
    Archive,
    Content,
    Wheel,
    as_bytes,
    entry_points_text,
    escaped,
    module_files,
    requires_lines,
    zip_bytes,
)

Format = Literal["tar.gz", "zip"]
Backend = Literal["kit", "setuptools", "legacy", "none"]

SETUP_PY = """\
import io, sys, time
from setuptools import setup

SPEC = {spec!r}
with io.open("README.txt", encoding="utf-8") as readme:  # relative, as real ones do
    description = readme.read()
if "bdist_wheel" in sys.argv:
    for number in range(SPEC["noise"]):
        print("setup.py: noise %d" % number)
    sys.stdout.flush()
    if SPEC["build_code"]:
        exec(SPEC["build_code"], {{"__name__": "build_code"}})
    while SPEC["hang"]:
        time.sleep(3600)
    if SPEC["fail"] is not None:
        sys.exit(SPEC["fail"])
setup(long_description=description, **SPEC["setup"])
"""


class SdistOptions(TypedDict, total=False):
    """What may be asked of an sdist; each key is a field of `Sdist`, explained there."""

    format: Format
    requires: Sequence[str]
    requires_python: str | None
    extras: Mapping[str, Sequence[str]]
    files: Mapping[str, Content]
    module: str | None
    namespace: str | None
    entry_points: Mapping[str, Mapping[str, str]]
    backend: Backend
    build_requires: Sequence[str]
    hook_requires: Sequence[str]
    metadata_version: str
    metadata_extra: Sequence[str]
    dynamic: Sequence[str]
    spelling: str | None
    filename: str | None
    wheel_name: str | None
    wheel_version: str | None
    wheel_tag: str
    prepare: bool
    fail: str | None
    hang: bool
    noise: int
    build_code: str


@dataclass(frozen=True, kw_only=True)
class Sdist:
    """An sdist to be made."""

    name: str
    version: str
    format: Format = "tar.gz"
    requires: Sequence[str] = ()
    requires_python: str | None = None
    extras: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Content] = field(default_factory=dict)
    """Source files beside the default module; they go into the wheel too."""
    module: str | None = None
    namespace: str | None = None
    entry_points: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    backend: Backend = "kit"
    build_requires: Sequence[str] = ()
    """Further `[build-system] requires`."""
    hook_requires: Sequence[str] = ()
    """What `get_requires_for_build_wheel` answers (kit backend)."""
    metadata_version: str = "2.2"
    """Of PKG-INFO. Before 2.1 no dependencies are listed there."""
    metadata_extra: Sequence[str] = ()
    dynamic: Sequence[str] = ()
    """Fields named Dynamic in PKG-INFO, and left out there."""
    spelling: str | None = None
    filename: str | None = None
    wheel_name: str | None = None
    """The kit backend builds a wheel of this name instead (a lie)."""
    wheel_version: str | None = None
    """The kit backend builds a wheel of this version instead (a lie)."""
    wheel_tag: str = "py3-none-any"
    prepare: bool = True
    """Does the kit backend have `prepare_metadata_for_build_wheel`?"""
    fail: str | None = None
    """The build fails with this message."""
    hang: bool = False
    """The build never ends."""
    noise: int = 0
    """Lines printed by the build."""
    build_code: str = ""
    """Python code run inside the build, before it hangs, fails or succeeds."""

    @property
    def stem(self) -> str:
        """The top folder, and what the file name starts with."""
        return f"{self.spelling or escaped(self.name)}-{self.version}"

    def pkg_info(self) -> bytes:
        """The content of PKG-INFO."""
        lines = [
            f"Metadata-Version: {self.metadata_version}",
            f"Name: {self.name}",
            f"Version: {self.version}",
        ]
        lines.append("Summary: made by the test kit")
        number = tuple(int(part) for part in self.metadata_version.split("."))
        if number >= (2, 2):
            lines += [f"Dynamic: {name}" for name in self.dynamic]
        if number >= (1, 2) and self.requires_python is not None and not self._is_dynamic("Requires-Python"):
            lines.append(f"Requires-Python: {self.requires_python}")
        if number >= (2, 1):
            wanted = requires_lines(self.requires, self.extras)
            lines += [line for line in wanted if not self._is_dynamic(line.partition(":")[0])]
        lines += self.metadata_extra
        return ("\n".join(lines) + "\n").encode()

    def archive(self) -> Archive:
        """The sdist in memory."""
        named = {f"{self.stem}/{path}": data for path, data in self.members().items()}
        data = zip_bytes(named) if self.format == "zip" else tar_bytes(named)
        return Archive(self.filename or f"{self.stem}.{self.format}", data, self.pkg_info())

    def members(self) -> dict[str, bytes]:
        """Everything that is in its top folder, by path."""
        return {"PKG-INFO": self.pkg_info()} | self._sources() | self._build_files()

    def _is_dynamic(self, name: str) -> bool:
        return name.lower() in {one.lower() for one in self.dynamic}

    def _sources(self) -> dict[str, bytes]:
        content = {**module_files(self.name, self.version, self.module, self.namespace), **self.files}
        return {path: as_bytes(data) for path, data in content.items()}

    def _build_files(self) -> dict[str, bytes]:
        if self.backend == "kit":
            return {
                "pyproject.toml": self._pyproject("kit_backend", ['backend-path = ["_kit"]']),
                "_kit/kit_backend.py": Path(__file__).with_name("_backend.py").read_bytes(),
                "_kit/kit.json": json.dumps(self._kit_spec(), indent=1, sort_keys=True).encode(),
            }
        if self.backend == "none":
            return {}
        files = self._egg_info() | {"README.txt": b"Made by the test kit.\n", "setup.py": self._setup_py()}
        if self.backend == "setuptools":
            files["pyproject.toml"] = self._pyproject("setuptools.build_meta", [], "setuptools")
        return files

    def _pyproject(self, backend: str, more: Sequence[str], *needs: str) -> bytes:
        requires = json.dumps([*needs, *self.build_requires])
        lines = ["[build-system]", f"requires = {requires}", f'build-backend = "{backend}"', *more]
        return ("\n".join(lines) + "\n").encode()

    def _kit_spec(self) -> dict[str, object]:
        wheel = Wheel(
            name=self.wheel_name or self.name,
            version=self.wheel_version or self.version,
            requires=self.requires,
            requires_python=self.requires_python,
            extras=self.extras,
            tag=self.wheel_tag,
            metadata_extra=self.metadata_extra,
        )
        tags = f"Wheel-Version: 1.0\nGenerator: kit\nRoot-Is-Purelib: true\nTag: {self.wheel_tag}\n"
        info_files = {"METADATA": wheel.metadata().decode(), "WHEEL": tags}
        if self.entry_points:
            info_files["entry_points.txt"] = entry_points_text(self.entry_points)
        return {
            "filename": f"{wheel.stem}-{self.wheel_tag}.whl",
            "dist_info": f"{wheel.stem}.dist-info",
            "info_files": info_files,
            "members": sorted(self._sources()),
            "hook_requires": list(self.hook_requires),
            "prepare": self.prepare,
        } | self._behaviour()

    def _behaviour(self) -> dict[str, object]:
        return {"fail": self.fail, "hang": self.hang, "noise": self.noise, "build_code": self.build_code}

    def _setup_py(self) -> bytes:
        packages = sorted(
            {path.rpartition("/")[0].replace("/", ".") for path in self._sources() if "/" in path}
        )
        setup: dict[str, object] = {
            "name": self.name,
            "version": self.version,
            "description": "made by the test kit",
            "packages": packages,
            "install_requires": list(self.requires),
            "extras_require": {extra: list(wanted) for extra, wanted in self.extras.items()},
            "entry_points": {
                group: [f"{name} = {target}" for name, target in rows.items()]
                for group, rows in self.entry_points.items()
            },
        }
        if self.requires_python is not None:
            setup["python_requires"] = self.requires_python
        return SETUP_PY.format(spec=self._behaviour() | {"setup": setup}).encode()

    def _egg_info(self) -> dict[str, bytes]:
        folder = f"{escaped(self.name)}.egg-info"
        lines = list(self.requires)
        for extra, wanted in self.extras.items():
            lines += ["", f"[{extra}]", *wanted]
        text = "".join(f"{line}\n" for line in lines)
        return {f"{folder}/PKG-INFO": self.pkg_info(), f"{folder}/requires.txt": text.encode()}


def tar_bytes(members: Mapping[str, bytes]) -> bytes:
    """A .tar.gz of these members, in this order, with fixed dates, modes and owners."""
    out = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path, data in members.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode, info.mtime = len(data), 0o644, 1577836800
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def make_sdist(folder: Path, name: str, version: str, **options: Unpack[SdistOptions]) -> Path:
    """Make an sdist in `folder` and return its path; the options are the fields of `Sdist`."""
    return Sdist(name=name, version=version, **options).archive().write(folder)
