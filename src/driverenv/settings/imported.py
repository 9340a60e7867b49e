"""Settings of the tools that driverenv takes over from: ``customer.config`` and ``pip.ini``/``pip.conf``.

Each is read into the table that ``driverenv.toml`` would have, with a note for whatever needs a person.
Nothing is guessed: a key that says nothing to driverenv is named in a note.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from driverenv._xml import NotXml, elements
from driverenv.errors import SettingsInvalid, foreign

SIZE = 4 * 1024 * 1024
"""Bytes; more are no settings."""

LOCAL_NAME, EXTRA_NAME, FOLDER_NAME = "PyPI Server", "extra repository", "offline repository"
_EXTRA_PASSWORD, _LOCAL_PASSWORD = "DRIVERENV_EXTRA_PASSWORD", "DRIVERENV_LOCAL_PASSWORD"


class Imported(NamedTuple):
    """What a foreign file says, as the table of a settings file."""

    table: dict[str, Any]
    notes: tuple[str, ...]


def customer_config(data: bytes, shown: str) -> Imported:
    """The keys of ``customer.config`` (``<add key="..." value="..."/>``) that are about Python environments.

    Raises `SettingsInvalid`.
    """
    try:
        found = elements(_bounded(data, shown))
    except NotXml as error:
        raise _invalid(shown, str(error)) from None
    draft = _Draft(shown)
    values: dict[str, str] = {}
    for element in found:
        key = element.attributes.get("key", "").strip()
        if element.name == "add" and key.lower() in _KEYS:
            values[key.lower()] = element.attributes.get("value", "").strip()
    for key, take in _KEYS.items():  # in this order: the trusted host is about indexes that are there by then
        if values.get(key):
            take(draft, values[key])
    return draft.finished()


def pip_config(data: bytes, shown: str) -> Imported:
    """Proxy, certificate and indexes of ``pip.ini`` or ``pip.conf``. Raises `SettingsInvalid`."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(_bounded(data, shown).decode("utf-8-sig"))
    except (configparser.Error, UnicodeDecodeError) as error:
        detail = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error).split("\n")[0]
        raise _invalid(shown, detail) from None
    draft = _Draft(shown)
    for section in ("global", "install"):
        if not parser.has_section(section):
            continue
        for name, value in parser.items(section):
            take = _PIP.get(name.replace("_", "-"))
            if take is not None and value.strip():
                take(draft, value.strip())
    return draft.finished()


def _parsed(location: str) -> SplitResult | None:
    try:
        parts = urlsplit(location)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        return None
    return parts if usable else None


def content(path: str, key: str) -> bytes:
    """The bytes of the file at `path`, which the setting `key` names. Raises `SettingsInvalid`."""
    try:
        with open(path, "rb") as file:
            return file.read(SIZE + 1)
    except OSError as error:
        raise SettingsInvalid(
            f"the file that `{key}` names cannot be read: {error.strerror or error}",
            facts=(("file", foreign(path)),),
            remedies=(f"name one that is there as {key}, or take the key out",),
            data={"key": key, "path": path},
        ) from error


class _Draft:
    """The table that is being put together."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.table: dict[str, Any] = {}
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(f"{self.shown}: {text}")

    def index(self, location: str, name: str, variable: str) -> dict[str, Any] | None:
        """The table of an index at a URL, its password left out and a variable named for it."""
        parts = _parsed(location)
        if parts is None:
            shown = foreign(_masked(location))
            self.note(f"the address of the {name} is no http(s) URL and was left out: {shown}")
            return None
        where = parts.netloc.rpartition("@")[2]
        index = {"location": f"{parts.scheme}://{where}{parts.path}", "name": name}
        if parts.username is not None:
            index["username"] = unquote(parts.username)
        if parts.password is not None:
            index["password_env"] = variable
            self.note(f"the password of the {name} was not taken over: put it into the variable {variable}")
        return index

    def finished(self) -> Imported:
        return Imported(self.table, tuple(self.notes))


def _repository(draft: _Draft, value: str) -> None:
    index = draft.index(value, LOCAL_NAME, _LOCAL_PASSWORD)
    if index:
        draft.table.setdefault("local", []).append(index)


def _extra(draft: _Draft, value: str) -> None:
    index = draft.index(value, EXTRA_NAME, _EXTRA_PASSWORD)
    if index:
        draft.table["extra"] = [index]


def _folder(draft: _Draft, value: str) -> None:
    draft.table.setdefault("local", []).append({"location": value, "name": FOLDER_NAME})
    draft.note(
        "PythonOfflineRepositoryPath is used as a folder index; to give it up, copy its files into the folder of "
        "the PyPI Server (extract zip bundles), then take the key out"
    )


def _trusted(draft: _Draft, value: str) -> None:
    """A URL, host or host:port, several apart by blanks, commas or semicolons."""
    indexes = [*draft.table.get("local", ()), *draft.table.get("extra", ())]
    for host in re.split(r"[\s,;]+", value):
        bare = host.rpartition("://")[2].split("/")[0].lower()
        meant = [one for one in indexes if bare in _hosts(one["location"])]
        for index in meant:
            if index["location"].startswith("https://"):
                index["verify"] = False
                draft.note(f"any certificate of {bare} is accepted, as before; better name its CA: ca_file")
        if not meant and bare:
            draft.note(f"the trusted host {foreign(_masked(host))} is no index of this file and was left out")


def _hosts(location: str) -> tuple[str, ...]:
    authority = location.partition("://")[2].split("/")[0].lower()
    return authority, authority.rpartition(":")[0] or authority


def _default_python(draft: _Draft, value: str) -> None:
    found = re.fullmatch(r"(?:python\s*)?(\d+(?:\.\d+){0,2})", value, re.IGNORECASE)
    if found is None:
        draft.note(f"DefaultPythonVersion is {foreign(value)!r}, which is no version; it was left out")
    else:
        draft.table.setdefault("pythons", {})["undeclared"] = found[1]


def _variables(draft: _Draft, value: str) -> None:
    """``name=value;name2=value2``; a comma or semicolon at the end occurs."""
    variables: dict[str, str] = {}
    for item in value.rstrip(",; ").split(";"):
        name, equals, text = item.partition("=")
        if equals and name.strip():
            variables[name.strip()] = text.strip()
        elif item.strip():
            draft.note(f"a variable without = was left out: {foreign(item.strip(), limit=40)}")
    if variables:
        draft.table["variables"] = variables


def _lifetime(draft: _Draft, value: str) -> None:
    try:
        minutes = float(value)
    except ValueError:
        minutes = -1.0
    if 0 <= minutes < float("inf"):
        draft.table["valid_for_minutes"] = int(minutes) if minutes == int(minutes) else minutes
    else:
        draft.note(f"VirtualEnvironmentLifetimeDurationInMinutes is {foreign(value)!r}; it was left out")


_KEYS: dict[str, Callable[[_Draft, str], None]] = {
    "requirementsrepository": _repository,
    "pythonofflinerepositorypath": _folder,
    "requirementsextrarepository": _extra,
    "requirementstrustedhost": _trusted,
    "defaultpythonversion": _default_python,
    "defaultpythonenvrionmentvariables": _variables,  # as it is written there
    "defaultpythonenvironmentvariables": _variables,
    "virtualenvironmentlifetimedurationinminutes": _lifetime,
}


def _proxy(draft: _Draft, value: str) -> None:
    url = value if "://" in value else f"http://{value}"
    if "@" in url:
        draft.note(
            "the proxy has a user or password and was not taken over: set it in the variable https_proxy"
        )
    else:
        draft.table["proxy"] = url


def _certificate(draft: _Draft, value: str) -> None:
    draft.note(
        f"cert = {foreign(value)}: driverenv trusts what this system trusts; for one index, name the file as its ca_file"
    )


def _pip_index(draft: _Draft, value: str) -> None:
    draft.note(
        f"the index {foreign(_masked(value))} was left out: pip merges its indexes, driverenv asks them in order; "
        "name it as local, extra or public, as it is meant"
    )


_PIP: dict[str, Callable[[_Draft, str], None]] = {
    "proxy": _proxy,
    "cert": _certificate,
    "index-url": _pip_index,
    "extra-index-url": _pip_index,
    "find-links": _pip_index,
}


def _bounded(data: bytes, shown: str) -> bytes:
    if len(data) > SIZE:
        raise _invalid(shown, f"it is larger than {SIZE} bytes")
    return data


def _masked(text: str) -> str:
    return re.sub(r"(^|://)[^/\s]*@", r"\1***@", text)


def _invalid(shown: str, detail: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"{foreign(shown)} cannot be read: {foreign(detail)}",
        remedies=(f"correct {foreign(shown)}, or write its settings into driverenv.toml by hand",),
        data={"file": shown, "detail": foreign(detail)},
    )
