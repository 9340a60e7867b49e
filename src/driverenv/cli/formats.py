"""Results as text: pins, JSON, pylock.toml (PEP 751)."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from driverenv.cli.shell import Lock, LockedPin
from driverenv.errors import IntegrityError
from driverenv.events import Warned
from driverenv.model.launch import Environment


def pins(lock: Lock) -> str:
    """``name==version`` lines, sorted by name."""
    return "".join(f"{pin.name}=={pin.version}\n" for pin in _sorted(lock))


def lock_json(lock: Lock, *, warnings: list[dict[str, str]]) -> str:
    """Everything known of each pin, one JSON object."""
    content = {
        "python": lock.python,
        "requirements": lock.requirements_path,
        "pins": [_pin(pin) for pin in _sorted(lock)],
        "warnings": warnings,
    }
    return json.dumps(content, indent=2) + "\n"


def warned(warnings: Iterable[Warned]) -> list[dict[str, str]]:
    """Warnings as data, in an order of their own: they come from many threads."""
    return [{"code": code, "text": text} for code, text in sorted((one.code, one.text) for one in warnings)]


def pylock(lock: Lock, *, folder: Path) -> str:
    """A pylock.toml that will lie in `folder`.

    Files of a folder index are written as `path`: relative to the lock where they lie below its
    folder, else absolute; the index of such a file is a ``file://`` URL. No credentials are written.

    Raises:
        IntegrityError: an index gives no hash for a file; the format cannot do without.
    """
    import tomli_w  # noqa: PLC0415 (only this format needs it)
    from packaging.pylock import Pylock  # noqa: PLC0415
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415
    from packaging.version import Version  # noqa: PLC0415

    major, minor, *_ = lock.python.split(".")
    document = Pylock(
        lock_version=Version("1.0"),
        requires_python=SpecifierSet(f"=={major}.{minor}.*"),
        created_by="driverenv",
        packages=[_package(pin, folder) for pin in _sorted(lock)],
    )
    document.validate()
    return tomli_w.dumps(dict(document.to_dict()))


def prepared_json(environment: Environment, *, reused: bool, warnings: list[dict[str, str]]) -> str:
    """All about an environment, on one line: the warm lane keeps it so."""
    content: dict[str, Any] = {name: getattr(environment, name) for name in environment.__slots__}
    content["stale"] = any(warning["code"] == "STALE" for warning in warnings)
    content |= {"reused": reused, "receipt": _receipt(environment), "warnings": warnings}
    return json.dumps(content)


def settings_toml(described: dict[str, Any]) -> str:
    """The settings as a settings file would say them, each with its source."""
    lines = []
    for key, entry in described["settings"].items():
        value, source = entry["value"], entry["source"]
        if key == "proxies":
            lines += [f"# {name}: {text}  # {entry['sources'][name]}" for name, text in value.items()]
            lines += [] if value else ["# no proxy is used"]
        elif value is None:
            lines.append(f"# {key} is not set  # {source}")
        elif isinstance(value, list):
            items = "".join(f"    {_toml(item)},\n" for item in value)
            lines.append(f"{key} = [\n{items}]  # {source}" if items else f"{key} = []  # {source}")
        else:
            lines.append(f"{key} = {_toml(value)}  # {source}")
    lines += [f"# {'read' if file['found'] else 'not there'}: {file['path']}" for file in described["files"]]
    lines += [f"# caution: {text}" for text in described["cautions"]]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, dict):
        if set(value) == {"location", "name"} and value["location"] == value["name"]:
            return _toml(value["location"])
        return "{" + ", ".join(f"{_key(name)} = {_toml(item)}" for name, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)  # TOML's basic strings, numbers and booleans are JSON's


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _sorted(lock: Lock) -> list[LockedPin]:
    return sorted(lock.pins, key=lambda pin: pin.name)


def _pin(pin: LockedPin) -> dict[str, Any]:
    return {
        "name": pin.name,
        "version": pin.version,
        "index": pin.index,
        "location": _without_credentials(pin.location),
        "public": pin.public,
        "filename": pin.filename,
        "url": _without_credentials(pin.url),
        "hashes": dict(pin.hashes),
        "size": pin.size,
        "is_wheel": pin.is_wheel,
        "requires_python": pin.requires_python,
        "extras": list(pin.extras),
        "requested_by": list(pin.requested_by),
    }


def _package(pin: LockedPin, folder: Path) -> Any:  # noqa: ANN401 (a lazily imported class)
    from packaging.pylock import Package, PackageSdist, PackageWheel  # noqa: PLC0415
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415
    from packaging.utils import canonicalize_name  # noqa: PLC0415
    from packaging.version import Version  # noqa: PLC0415

    remote = _is_remote(pin.url)
    place = {"url": _without_credentials(pin.url)} if remote else {"path": _relative(pin.url, folder)}
    file: dict[str, Any] = {"name": pin.filename, "size": pin.size, "hashes": _hashes(pin), **place}
    try:
        requires_python = SpecifierSet(pin.requires_python) if pin.requires_python else None
    except InvalidSpecifier:
        requires_python = None
    return Package(
        name=canonicalize_name(pin.name),
        version=Version(pin.version),
        requires_python=requires_python,
        index=_index_url(pin.location),
        wheels=[PackageWheel(**file)] if pin.is_wheel else None,
        sdist=None if pin.is_wheel else PackageSdist(**file),
        tool={
            "driverenv": {"index": pin.index, "public": pin.public, "requested-by": list(pin.requested_by)}
        },
    )


def _hashes(pin: LockedPin) -> dict[str, str]:
    if pin.hashes:
        return dict(pin.hashes)
    if not _is_remote(pin.url):
        with open(pin.url, "rb") as file:
            return {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    raise IntegrityError(
        f"{pin.index} gives no hash for {pin.filename}, and a pylock.toml cannot do without",
        facts=(("file", _without_credentials(pin.url)),),
        remedies=(
            "switch hashes on at the index (pypiserver: --hash-algo sha256)",
            "or write --format json or pins",
        ),
        data={"project": pin.name, "filename": pin.filename},
    )


def _is_remote(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _without_credentials(url: str) -> str:
    if not _is_remote(url):
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _index_url(location: str) -> str:
    return _without_credentials(location) if _is_remote(location) else Path(location).as_uri()


def _relative(path: str, folder: Path) -> str:
    """`path` as PEP 751 wants it: relative to the lock with forward slashes where it is below, else absolute."""
    try:
        return Path(path).relative_to(folder).as_posix()
    except ValueError:
        return os.path.normpath(path)


def _receipt(environment: Environment) -> Any:  # noqa: ANN401 (JSON)
    try:
        return json.loads(Path(environment.receipt).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
