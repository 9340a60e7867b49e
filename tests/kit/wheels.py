"""Wheels made to order: right by default, wrong where a test asks for it.

The same call gives the same bytes on every machine (fixed dates, fixed order), so that hashes
can be written into a test.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypedDict, Unpack

from packaging.requirements import Requirement
from packaging.tags import parse_tag

Content = bytes | str
RecordRow = tuple[str, str, str]
RecordHook = Callable[[list[RecordRow]], Iterable[Sequence[str]]]

DATE = (2020, 1, 1, 0, 0, 0)
NAMESPACE_INIT = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"


class Archive(NamedTuple):
    """A distribution file in memory; `metadata` is METADATA (wheel) or PKG-INFO (sdist)."""

    filename: str
    data: bytes
    metadata: bytes

    def write(self, folder: Path) -> Path:
        """Put the file into `folder`, made if missing."""
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / self.filename
        target.write_bytes(self.data)
        return target


class WheelOptions(TypedDict, total=False):
    """What may be asked of a wheel; each key is a field of `Wheel`, explained there."""

    requires: Sequence[str]
    requires_python: str | None
    extras: Mapping[str, Sequence[str]]
    files: Mapping[str, Content]
    module: str | None
    namespace: str | None
    tag: str
    build: str
    entry_points: Mapping[str, Mapping[str, str]]
    metadata_version: str
    metadata_extra: Sequence[str]
    data_files: Mapping[str, Content]
    dist_info: Mapping[str, Content | None]
    record: RecordHook | None
    spelling: str | None
    filename: str | None


def as_bytes(content: Content) -> bytes:
    """Text becomes UTF-8."""
    return content.encode() if isinstance(content, str) else content


def escaped(name: str) -> str:
    """A project's name as PEP 427 and PEP 625 write it in a file name."""
    return re.sub(r"[-_.]+", "_", name).lower()


def requires_lines(requires: Sequence[str], extras: Mapping[str, Sequence[str]]) -> list[str]:
    """Provides-Extra and Requires-Dist lines of core metadata."""
    lines = [f"Requires-Dist: {one}" for one in requires]
    for extra, wanted in extras.items():
        lines.append(f"Provides-Extra: {extra}")
        for one in wanted:
            requirement = Requirement(one)
            only = f'extra == "{extra}"'
            marker = f"({requirement.marker}) and {only}" if requirement.marker else only
            requirement.marker = None
            lines.append(f"Requires-Dist: {requirement} ; {marker}")
    return lines


def entry_points_text(entry_points: Mapping[str, Mapping[str, str]]) -> str:
    """The content of entry_points.txt."""
    groups = (
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in rows.items())
        for group, rows in entry_points.items()
    )
    return "\n".join(groups)


def module_source(name: str, version: str) -> str:
    """The module that every distribution of the kit contains unless told otherwise."""
    return (
        f'"""Made by the test kit."""\n\n__version__ = "{version}"\nDIST = "{name}"\n\n\n'
        "def main():\n    print(DIST, __version__)\n"
    )


def module_files(name: str, version: str, module: str | None, namespace: str | None) -> dict[str, Content]:
    """The default module; in a pkgutil namespace if one is given; nothing where `module` is empty."""
    chosen = escaped(name) if module is None else module
    if not chosen:
        return {}
    if namespace is None:
        return {f"{chosen}/__init__.py": module_source(name, version)}
    inner = chosen.removeprefix(f"{namespace}_")
    return {
        f"{namespace}/__init__.py": NAMESPACE_INIT,
        f"{namespace}/{inner}/__init__.py": module_source(name, version),
    }


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """A wheel to be made."""

    name: str
    version: str
    requires: Sequence[str] = ()
    requires_python: str | None = None
    extras: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Content] = field(default_factory=dict)
    """Members beside (or instead of, same path) the default module."""
    module: str | None = None
    """Import name of the default module; "" for no default module."""
    namespace: str | None = None
    """A pkgutil namespace package to put the default module in."""
    tag: str = "py3-none-any"
    build: str = ""
    entry_points: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    metadata_version: str = "2.1"
    metadata_extra: Sequence[str] = ()
    """Further header lines of METADATA."""
    data_files: Mapping[str, Content] = field(default_factory=dict)
    """Members of the `.data` folder, such as "scripts/run.sh"."""
    dist_info: Mapping[str, Content | None] = field(default_factory=dict)
    """Files of dist-info to add or replace; None leaves one out."""
    record: RecordHook | None = None
    """Gets the true rows of RECORD, gives those to be written."""
    spelling: str | None = None
    """The project's name as spelled in the file name and in dist-info."""
    filename: str | None = None
    """Another file name; the content stays as it is."""

    @property
    def stem(self) -> str:
        """What dist-info and `.data` start with."""
        return f"{self.spelling or escaped(self.name)}-{self.version}"

    def metadata(self) -> bytes:
        """The content of METADATA."""
        lines = [
            f"Metadata-Version: {self.metadata_version}",
            f"Name: {self.name}",
            f"Version: {self.version}",
        ]
        lines.append("Summary: made by the test kit")
        if self.requires_python is not None:
            lines.append(f"Requires-Python: {self.requires_python}")
        lines += requires_lines(self.requires, self.extras)
        lines += self.metadata_extra
        return ("\n".join(lines) + "\n").encode()

    def archive(self) -> Archive:
        """The wheel in memory."""
        members = self.members()
        build = f"-{self.build}" if self.build else ""
        filename = self.filename or f"{self.stem}{build}-{self.tag}.whl"
        metadata = members.get(f"{self.stem}.dist-info/METADATA", b"")
        return Archive(filename, zip_bytes(members), metadata)

    def members(self) -> dict[str, bytes]:
        """Everything that is in it, RECORD last, by name."""
        members = self._members()
        rows = [record_row(path, data) for path, data in members.items()]
        record = f"{self.stem}.dist-info/RECORD"
        if "RECORD" not in self.dist_info:
            rows.append((record, "", ""))
            members[record] = record_text(self.record(rows) if self.record else rows)
        return members

    def _members(self) -> dict[str, bytes]:
        content = {**module_files(self.name, self.version, self.module, self.namespace), **self.files}
        content |= {f"{self.stem}.data/{path}": data for path, data in self.data_files.items()}
        info: dict[str, Content | None] = {"METADATA": self.metadata(), "WHEEL": self._wheel_file()}
        if self.entry_points:
            info["entry_points.txt"] = entry_points_text(self.entry_points)
        info |= self.dist_info
        content |= {f"{self.stem}.dist-info/{path}": data for path, data in info.items() if data is not None}
        return {path: as_bytes(data) for path, data in content.items()}

    def _wheel_file(self) -> str:
        pure = "true" if self.tag.endswith("-none-any") else "false"
        lines = ["Wheel-Version: 1.0", "Generator: driverenv-test-kit", f"Root-Is-Purelib: {pure}"]
        lines += [f"Build: {self.build}"] if self.build else []
        lines += [f"Tag: {tag}" for tag in sorted(str(tag) for tag in parse_tag(self.tag))]
        return "\n".join(lines) + "\n"


def record_row(path: str, data: bytes) -> RecordRow:
    """One true row of RECORD."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return path, f"sha256={digest}", str(len(data))


def record_text(rows: Iterable[Sequence[str]]) -> bytes:
    """RECORD as a file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """A zip file of these members, in this order, with fixed dates and modes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members.items():
            info = zipfile.ZipInfo(path, DATE)
            info.create_system = 3
            info.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if ".data/scripts/" in path else 0o644
            info.external_attr = (0o100000 | mode) << 16
            archive.writestr(info, data)
    return out.getvalue()


def make_wheel(folder: Path, name: str, version: str, **options: Unpack[WheelOptions]) -> Path:
    """Make a wheel in `folder` and return its path; the options are the fields of `Wheel`."""
    return Wheel(name=name, version=version, **options).archive().write(folder)
