"""Settings of the tools that driverenv takes over from: ``customer.config`` and ``pip.ini``/``pip.conf``.

Each is read into the table that ``driverenv.toml`` would have, with a note for whatever needs a person.
Nothing is guessed, and no password is taken over: it goes into a variable that the table names.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from driverenv._xml import NotXml, elements
from driverenv.errors import SettingsInvalid, foreign
from driverenv.model.index import PUBLIC_PYPI
from driverenv.settings.place import masked

SIZE = 4 * 1024 * 1024
"""Bytes; more are no settings."""
LINES = 10_000
"""Of a ``pip.ini``; each that is none costs the standard library all those before it."""
NOTES = 50
"""So many are told."""

LOCAL_NAME, EXTRA_NAME, FOLDER_NAME = "PyPI Server", "extra repository", "offline repository"
EXTRA_PASSWORD, LOCAL_PASSWORD = "DRIVERENV_EXTRA_PASSWORD", "DRIVERENV_LOCAL_PASSWORD"
PROXY_PASSWORD = "DRIVERENV_PROXY_PASSWORD"  # noqa: S105 (a variable's name)


class Note(NamedTuple):
    """What a person should know."""

    text: str
    about: str
    """The setting that it is about; where another place says that one, the note has no object."""


class Imported(NamedTuple):
    """What a foreign file says, as the table of a settings file."""

    table: dict[str, Any]
    notes: tuple[Note, ...]
    sources: dict[str, str]
    """By key of the table: the keys of the file that it is from."""


def read(data: bytes, shown: str) -> tuple[str, Imported]:
    """Whichever of the two it is, told by how it begins, else by its name; and what it says.

    Gives the setting that names such a file ("customer_config" or "pip_config"), and its content.
    Raises `SettingsInvalid`.
    """
    begin = data[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if begin.startswith(b"<") or shown.lower().endswith((".config", ".xml")):
        return "customer_config", customer_config(data, shown)
    return "pip_config", pip_config(data, shown)


def customer_config(data: bytes, shown: str) -> Imported:
    """The keys of ``customer.config`` (``<add key="..." value="..."/>``) that are about Python environments.

    Of two equal keys the later counts. Raises `SettingsInvalid`.
    """
    try:
        found = elements(_bounded(data, shown))
    except NotXml as error:
        raise _invalid(shown, str(error)) from None
    draft = _Draft(shown)
    values: dict[str, tuple[str, str]] = {}
    for element in found:
        key = element.attributes.get("key", "").strip()
        if element.name == "add" and key.lower() in _KEYS:
            values[key.lower()] = key, element.attributes.get("value", "").strip()
    for (
        lower,
        take,
    ) in _KEYS.items():  # in this order: the trusted host is about indexes that are there by then
        draft.key, value = values.get(lower, ("", ""))
        if value:
            take(draft, value)
    return draft.finished()


def pip_config(data: bytes, shown: str) -> Imported:
    """Proxy, certificate and indexes of ``pip.ini`` or ``pip.conf``. Raises `SettingsInvalid`."""
    parser = configparser.RawConfigParser(strict=False)
    if data.count(b"\n") + data.count(b"\r") > LINES:
        raise _invalid(shown, f"it has more than {LINES:,} lines")
    try:
        parser.read_string(_bounded(data, shown).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _invalid(shown, "it is no pip.ini: not UTF-8") from None
    except configparser.Error as error:
        raise _invalid(shown, f"it is no pip.ini: {_why_no_ini(error)}") from None
    draft = _Draft(shown)
    said: dict[str, str] = {}
    for section in ("global", "install"):  # the later wins, as with pip
        if parser.has_section(section):
            said |= {name.lstrip("-").replace("_", "-"): value for name, value in parser.items(section)}
    draft.about_public = not any(said.get(name, "").strip() for name in _OTHER_THAN_PUBLIC)
    for name, take in _PIP.items():
        draft.key = name
        if value := said.get(name, "").strip():
            take(draft, value)
    if rest := sorted(said.keys() - _PIP):
        draft.key = ""
        draft.note(f"what else it says is pip's own, and was passed over: {foreign(', '.join(rest))}", "")
    return draft.finished()


def _why_no_ini(error: configparser.Error) -> str:
    if isinstance(error, configparser.MissingSectionHeaderError):
        return f"line {error.lineno} stands before any [section]"
    if isinstance(error, configparser.ParsingError) and error.errors:
        return f"line {error.errors[0][0]} is no key with a value"
    return str(error).split("\n", 1)[0]


class _Draft:
    """The table that is being put together."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.key = ""
        """The key of the file that is being read, as it is written there."""
        self.about_public = False
        """Whether what it says of connections is about public PyPI."""
        self.table: dict[str, Any] = {}
        self.notes: list[Note] = []
        self.sources: dict[str, list[str]] = {}

    def note(self, text: str, about: str) -> None:
        where = f"{self.shown} key {self.key}" if self.key else self.shown
        if len(self.notes) < NOTES:
            self.notes.append(Note(f"{foreign(where)}: {text}", about))
        elif len(self.notes) == NOTES:
            self.notes.append(Note(f"{foreign(self.shown)}: there is more like this", ""))

    def put(self, setting: str, value: object) -> None:
        """Say a setting; one more index where there are some."""
        if setting == "local":
            self.table.setdefault(setting, []).append(value)
        else:
            self.table[setting] = value
        self.said(setting)

    def said(self, setting: str) -> None:
        self.sources.setdefault(setting, []).append(self.key)

    def index(self, location: str, setting: str, name: str, variable: str) -> dict[str, Any] | None:
        """The table of an index at a URL, its password left out and a variable named for it."""
        parts = _parsed(location)
        if parts is None:
            shown = foreign(masked(location))
            self.note(f"the address of the {name} is no http(s) URL and was left out: {shown}", setting)
            return None
        where = parts.netloc.rpartition("@")[2]
        index = {"location": f"{parts.scheme}://{where}{parts.path}", "name": name}
        if parts.username and parts.password:
            index |= {"username": unquote(parts.username), "password_env": variable}
            self.note(
                f"the password of the {name} is not read from here: put it into the variable {variable}",
                setting,
            )
        elif parts.username or parts.password:  # a user that stands alone is a token
            self.note(
                f"the token of the {name} is not read from here: write the index into driverenv.toml, "
                "with its username and a password_env, password_file or credentials",
                setting,
            )
        return index

    def finished(self) -> Imported:
        sources = {setting: " and ".join(dict.fromkeys(keys)) for setting, keys in self.sources.items()}
        return Imported(self.table, tuple(self.notes), sources)


def _parsed(location: str) -> SplitResult | None:
    """A URL that an index may have; one whose password reaches into its path is none."""
    try:
        parts = urlsplit(location)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        return None
    return parts if usable and "@" not in location.partition(parts.netloc)[2] else None


# --------------------------------------------------------------------------------------- customer.config


def _repository(draft: _Draft, value: str) -> None:
    index = draft.index(value, "local", LOCAL_NAME, LOCAL_PASSWORD)
    if index:
        draft.put("local", index)


def _extra(draft: _Draft, value: str) -> None:
    index = draft.index(value, "extra", EXTRA_NAME, EXTRA_PASSWORD)
    if index:
        draft.put("extra", [index])


def _folder(draft: _Draft, value: str) -> None:
    draft.put("local", {"location": value, "name": FOLDER_NAME})
    draft.note(
        "the folder is used as a local index; to give it up, copy its files into the folder of the PyPI Server "
        "(extract zip bundles), then take it out",
        "local",
    )


def _trusted(draft: _Draft, value: str) -> None:
    """A URL, host or host:port, several apart by blanks, commas or semicolons."""
    indexes = [(key, index) for key in ("local", "extra") for index in draft.table.get(key, ())]
    for host in filter(None, re.split(r"[\s,;]+", value)):
        bare = host.rpartition("://")[2].rpartition("@")[2].split("/")[0].lower()
        meant = [(key, index) for key, index in indexes if bare in _hosts(index["location"])]
        for key, index in meant:
            if index["location"].startswith("https://"):
                index["verify"] = False
                draft.said(key)
                draft.note(
                    f"any certificate of {foreign(bare)} is accepted, as before; better name its CA: ca_file",
                    key,
                )
        if not meant:
            draft.note(
                f"the trusted host {foreign(masked(host))} is no index of this file and was left out", ""
            )


def _hosts(location: str) -> tuple[str, ...]:
    authority = location.partition("://")[2].split("/")[0].lower()
    return authority, re.sub(r":\d+$", "", authority)


def _default_python(draft: _Draft, value: str) -> None:
    found = re.fullmatch(r"(?:python\s*)?(\d+(?:\.\d+){0,2})", value, re.IGNORECASE | re.ASCII)
    if found is None:
        draft.note(f"{foreign(value)!r} is no version of Python; it was left out", "pythons")
    else:
        draft.put("pythons", {"undeclared": found[1]})


def _variables(draft: _Draft, value: str) -> None:
    """``name=value;name2=value2``; a comma or semicolon at the end occurs."""
    variables: dict[str, str] = {}
    for item in filter(None, map(str.strip, value.rstrip(",; ").split(";"))):
        name, equals, text = (part.strip() for part in item.partition("="))
        if not equals:
            draft.note(f"a variable without = was left out: {foreign(item, limit=40)}", "variables")
        elif not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            draft.note(f"{foreign(name)!r} is no variable's name; it was left out", "variables")
        elif not text.isprintable():
            draft.note(f"{name} has a value with control characters; it was left out", "variables")
        else:
            variables[name] = text
    if variables:
        draft.put("variables", variables)


def _lifetime(draft: _Draft, value: str) -> None:
    try:
        minutes = float(value)
    except ValueError:
        minutes = -1.0
    if 0 <= minutes < float("inf"):
        draft.put("valid_for_minutes", int(minutes) if minutes == int(minutes) else minutes)
    else:
        draft.note(f"{foreign(value)!r} is no number of minutes; it was left out", "valid_for_minutes")


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


# ----------------------------------------------------------------------------------------------- pip.ini


def _proxy(draft: _Draft, value: str) -> None:
    """Pip takes one without a scheme as well."""
    url = value if "://" in value else f"http://{value}"
    parts = _parsed(url)
    if parts is None:
        shown = foreign(masked(value))
        draft.note(f"{shown!r} is no http(s) URL and was left out", "proxy")
    elif not parts.username and not parts.password:
        draft.put("proxy", url)
    else:
        where = parts.netloc.rpartition("@")[2]
        proxy = {"location": f"{parts.scheme}://{where}", "username": unquote(parts.username or "")}
        if parts.password:
            proxy["password_env"] = PROXY_PASSWORD
            draft.note(
                f"the password of the proxy is not read from here: put it into the variable {PROXY_PASSWORD}",
                "proxy",
            )
        draft.put("proxy", proxy)


def _certificate(draft: _Draft, value: str) -> None:
    """Pip trusts it for all that it asks: public PyPI, unless the file names another index."""
    shown = foreign(value)
    if draft.about_public and value.isprintable():
        draft.put("public", {"location": PUBLIC_PYPI, "ca_file": value})
        draft.note(
            f"{shown} is trusted for public PyPI, in place of what this system trusts; "
            "an index of your own that needs it has it as its own ca_file",
            "public",
        )
    else:
        draft.note(
            f"driverenv trusts what this system trusts; for one index, name {shown} as its ca_file", ""
        )


def _client_certificate(draft: _Draft, value: str) -> None:
    draft.note(f"for the index that wants to see it, name {foreign(value)} as its client_cert", "")


def _trusted_by_pip(draft: _Draft, value: str) -> None:
    hosts = ", ".join(foreign(masked(host)) for host in value.split())
    draft.note(
        f"certificates are checked; for an index with one of its own, name its CA as ca_file: {hosts}", ""
    )


def _no_index(draft: _Draft, value: str) -> None:
    if value.lower() in ("1", "true", "yes", "on"):
        draft.note('if nothing may leave the site, write mode = "offline"', "mode")


def _pip_index(draft: _Draft, value: str) -> None:
    for one in value.split():
        draft.note(
            f"{foreign(masked(one))} was left out: pip merges its indexes, driverenv asks them in order; name it "
            "as local, extra or public, as it is meant",
            "",
        )


_OTHER_THAN_PUBLIC = ("index-url", "no-index")
_PIP: dict[str, Callable[[_Draft, str], None]] = {
    "proxy": _proxy,
    "cert": _certificate,
    "client-cert": _client_certificate,
    "trusted-host": _trusted_by_pip,
    "no-index": _no_index,
    "index-url": _pip_index,
    "extra-index-url": _pip_index,
    "find-links": _pip_index,
}


def _bounded(data: bytes, shown: str) -> bytes:
    if len(data) > SIZE:
        raise _invalid(shown, f"it is larger than {SIZE} bytes")
    return data


def _invalid(shown: str, detail: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"{foreign(shown)} cannot be read: {foreign(detail)}",
        remedies=(f"correct {foreign(shown)}, or write its settings into driverenv.toml by hand",),
        data={"file": shown, "detail": foreign(detail)},
    )
