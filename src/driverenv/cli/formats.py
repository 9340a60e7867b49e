"""Results as text: pins, JSON, settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from driverenv import _fs
from driverenv.events import Warned
from driverenv.model.launch import Environment
from driverenv.model.lock import Lock, LockedPin
from driverenv.records.pylock import in_order, relative, without_credentials


def pins(lock: Lock) -> str:
    """``name==version`` lines, sorted by name, ``name @ address`` or a path for what the driver names itself."""
    return "".join(f"{_line(pin)}\n" for pin in in_order(lock))


def _line(pin: LockedPin) -> str:
    """The requirement for a pin; a file that a line of the driver names itself is named again."""
    if pin.direct == "url":
        strong = {name: digest for name, digest in pin.hashes if name in ("sha256", "sha384", "sha512")}
        return f"{pin.name} @ {pin.url}#{'&'.join(f'{name}={strong[name]}' for name in sorted(strong))}"
    if pin.direct == "bundled":
        return f"./{relative(pin.url, Path(pin.location))}"
    return f"{pin.name}=={pin.version}"


def lock_json(lock: Lock, *, warnings: list[dict[str, str]], profile: Mapping[str, Any] | None = None) -> str:
    """Everything known of each pin, one JSON object, with a profile where there is one."""
    content = {
        "python": lock.python,
        "requirements": lock.requirements_path,
        "pins": [_pin(pin) for pin in in_order(lock)],
        "warnings": warnings,
        **_profiled(profile),
    }
    return json.dumps(content, indent=2) + "\n"


def warned(warnings: Iterable[Warned]) -> list[dict[str, str]]:
    """Warnings as data, in an order of their own: they come from many threads."""
    return [{"code": code, "text": text} for code, text in sorted((one.code, one.text) for one in warnings)]


def prepared_json(
    environment: Environment,
    *,
    reused: bool,
    warnings: list[dict[str, str]],
    profile: Mapping[str, Any] | None = None,
) -> str:
    """All about an environment, on one line, with a profile where there is one: the warm lane keeps it so."""
    content: dict[str, Any] = {name: getattr(environment, name) for name in environment.__slots__}
    content["stale"] = any(warning["code"] in ("STALE", "REFRESHING") for warning in warnings)
    content |= {"reused": reused, "receipt": _receipt(environment), "warnings": warnings}
    return json.dumps(content | _profiled(profile))


def _profiled(profile: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if profile is None else {"profile": profile}


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


def _pin(pin: LockedPin) -> dict[str, Any]:
    return {
        "name": pin.name,
        "version": pin.version,
        "index": pin.index,
        "location": without_credentials(pin.location),
        "public": pin.public,
        "filename": pin.filename,
        "url": without_credentials(pin.url),
        "hashes": dict(pin.hashes),
        "size": pin.size,
        "is_wheel": pin.is_wheel,
        "requires_python": pin.requires_python,
        "extras": list(pin.extras),
        "requested_by": list(pin.requested_by),
        "direct": pin.direct,
    }


def _receipt(environment: Environment) -> Any:  # noqa: ANN401 (JSON)
    try:
        return json.loads(_fs.read(environment.receipt))
    except (OSError, ValueError):
        return None
