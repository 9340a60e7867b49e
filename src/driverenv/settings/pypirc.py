"""Where to upload to, and as whom: what twine's variables, a ``.pypirc`` and the site's own settings say.

The stronger first: what the command says, variables, the section of the ``.pypirc``, the index of the settings.
No error quotes a password.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from driverenv.errors import UploadFailed, foreign
from driverenv.model.site import Index

URL, REPOSITORY = "TWINE_REPOSITORY_URL", "TWINE_REPOSITORY"
USER, PASSWORD = "TWINE_USERNAME", "TWINE_PASSWORD"
_PUBLIC = {"pypi": "https://upload.pypi.org/legacy/", "testpypi": "https://test.pypi.org/legacy/"}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where files go."""

    url: str
    """Without credentials."""
    username: str | None
    password: str | None = field(repr=False)
    url_from: str
    """What said so, for messages."""
    user_from: str = ""


def destination(
    *,
    url: str | None,
    repository: str | None,
    config_file: str | None,
    local: tuple[Index, ...],
    environ: Mapping[str, str],
    cwd: str,
) -> Destination:
    """Put it together. Raises `UploadFailed` (`UPLOAD_SETTINGS`)."""
    sections = _sections(config_file, environ, cwd)
    name = repository or environ.get(REPOSITORY) or ""
    section = _section(name, sections) if name else {}
    place = _place(url, name, section, local, environ)
    if place is None:
        raise _invalid(
            "it is not said which server the files should go to",
            "name it: --url http://HOST:8036/, or --repository NAME with a section of a .pypirc",
        )
    address, said_by = place
    try:
        index = Index(address)
    except ValueError as error:
        raise _invalid(
            f"the address of the server, by {said_by}, cannot be used: {error}", "correct it"
        ) from None
    if index.is_folder:
        raise _invalid(
            f"{foreign(address)}, by {said_by}, is no server",
            "for a folder: driverenv index add FILE --to FOLDER",
        )
    user, password, user_from = _account(index, section, name, local, environ)
    return Destination(index.location, user, password, said_by, user_from)


def _place(
    url: str | None,
    name: str,
    section: Mapping[str, str],
    local: tuple[Index, ...],
    environ: Mapping[str, str],
) -> tuple[str, str] | None:
    servers = [index for index in local if not index.is_folder]
    if url:
        return url, "--url"
    if name:
        return _of_name(name, section, servers)
    if environ.get(URL):
        return environ[URL], f"variable {URL}"
    return (upload_url(servers[0]), "the local index of the settings") if len(servers) == 1 else None


def _of_name(name: str, section: Mapping[str, str], servers: Sequence[Index]) -> tuple[str, str]:
    if section.get("repository"):
        return section["repository"], f"section {name} of the .pypirc"
    for index in servers:
        if index.name == name:
            return upload_url(index), f"the index {name} of the settings"
    if name in _PUBLIC:
        return _PUBLIC[name], f"the repository {name}"
    raise _invalid(
        f"there is no repository {foreign(name)}",
        f"add a section [{foreign(name)}] with `repository = http://HOST:8036/` to the .pypirc, "
        "or give its address with --url",
    )


def upload_url(index: Index) -> str:
    """Where an index takes uploads: a pypiserver at its root, others where their pages are."""
    base = index.location.rstrip("/")
    return base.removesuffix("/simple") + "/"


def _account(
    index: Index, section: Mapping[str, str], name: str, local: tuple[Index, ...], environ: Mapping[str, str]
) -> tuple[str | None, str | None, str]:
    if environ.get(USER) or environ.get(PASSWORD):
        return environ.get(USER) or "__token__", environ.get(PASSWORD, ""), f"variables {USER} and {PASSWORD}"
    if index.username is not None:
        return index.username, index.password or "", "the address"
    if section.get("username"):
        return section["username"], section.get("password", ""), f"section {name} of the .pypirc"
    for one in local:
        if not one.is_folder and upload_url(one).rstrip("/") == index.location.rstrip("/") and one.username:
            return one.username, one.password or "", f"the index {one.name} of the settings"
    return None, None, ""


def _sections(config_file: str | None, environ: Mapping[str, str], cwd: str) -> dict[str, dict[str, str]]:
    """The sections of the ``.pypirc``; none where there is no such file and nobody named one."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")
    path = os.path.join(cwd, config_file) if config_file else os.path.join(home, ".pypirc")
    parser = configparser.RawConfigParser()
    try:
        with open(path, encoding="utf-8-sig") as file:
            parser.read_file(file)
    except FileNotFoundError:
        if config_file:
            raise _invalid(f"there is no file {foreign(path)}", "name a .pypirc that is there") from None
        return {}
    except OSError as error:
        raise _invalid(
            f"{foreign(path)} cannot be read: {error.strerror}", "let this account read it"
        ) from error
    except (configparser.Error, UnicodeError):  # their texts quote the file
        raise _invalid(
            f"{foreign(path)} is no .pypirc that can be read", "correct it: sections and `key = value`"
        ) from None
    return {name: dict(parser.items(name)) for name in parser.sections()}


def _section(name: str, sections: Mapping[str, dict[str, str]]) -> Mapping[str, str]:
    return sections.get(name, {})


def _invalid(summary: str, remedy: str) -> UploadFailed:
    return UploadFailed(summary, code="UPLOAD_SETTINGS", remedies=(remedy,))
