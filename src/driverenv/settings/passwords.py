"""Passwords that the settings refer to: a variable's, or a file's first line; never one in clear text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from driverenv.errors import SettingsInvalid, foreign
from driverenv.model.site import Index, Policy
from driverenv.settings.place import Place, Reader, invalid
from driverenv.settings.simple import path, plain_text

PASSWORD: dict[str, Reader] = {
    "password_env": plain_text("a variable's name", "the variable that holds the password"),
    "password_file": path("a file", "a file that has the password in its first line"),
}
"""The keys that say where a password is."""
_LOGIN = re.compile(r"://[^/@]*:%3F@")
UNKNOWN = "?"
"""Stands for a password where none is needed."""
UNKNOWN_KEY = "?" * 32
"""The same for the key of a fleet store."""


def password(
    key: str, terms: dict[str, Any], place: Place, *, prefix: str = "", of: str = "password"
) -> str | None:
    """The password, or the secret that is called `of`, that the terms refer to; they are taken out of `terms`. None: they refer to none.

    Raises `SettingsInvalid`: it cannot be had; where `place` takes that up, an unknown one stands for it.
    """
    env, of_file = f"{prefix}{of}_env", f"{prefix}{of}_file"
    variable, file = terms.pop(env, None), terms.pop(of_file, None)
    if variable and file:
        raise invalid(key, f"{env} and {of_file}", place, "one of the two")
    if not variable and not file:
        return None
    try:
        if variable:
            return _from_variable(f"{key}.{env}", variable, place)
        return _from_file(f"{key}.{of_file}", file, place)
    except SettingsInvalid as error:
        if place.missing is None:
            raise
        place.missing.append(error.summary)
        return UNKNOWN


def without_unknown(policy: Policy) -> Policy:
    """The policy without passwords that could not be had: nobody is to be asked with one that is none."""
    public = None if policy.public is None else _without_unknown(policy.public)
    fleet = policy.fleet
    if fleet is not None and fleet.index is not None:
        fleet = fleet.replace(store=_without_unknown(fleet.index))
    return policy.replace(
        fleet=fleet,
        local=tuple(map(_without_unknown, policy.local)),
        extra=tuple(map(_without_unknown, policy.extra)),
        public=public,
        proxies={name: _LOGIN.sub("://", url) for name, url in policy.proxies},
    )


def _without_unknown(index: Index) -> Index:
    if index.password == UNKNOWN:
        index = index.replace(username=None, password=None)
    if index.client_key_password == UNKNOWN:
        index = index.replace(client_key_password=None)
    return index if index.proxy is None else index.replace(proxy=_LOGIN.sub("://", index.proxy))


def _from_variable(key: str, variable: str, place: Place) -> str:
    if variable not in place.environ:
        raise _not_set(key, variable, place)
    return place.environ[variable]


def _from_file(key: str, file: str, place: Place) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig").splitlines()[0]
    except (OSError, ValueError, IndexError):
        allowed = "a readable file with the password in its first line"
        raise invalid(key, file, place, allowed) from None


def _not_set(key: str, variable: str, place: Place) -> SettingsInvalid:
    allowed = "the name of a variable that is set"
    instead = f"{key.rpartition('.')[2].removesuffix('_env')}_file"
    return SettingsInvalid(
        f"the variable {foreign(variable)}, which `{key}` names, is not set",
        facts=(("set by", place.source), ("allowed", allowed)),
        remedies=(
            f"set {foreign(variable)} for the process that runs driverenv",
            f"or name a {instead} instead, in a settings file",
        ),
        data={"key": key, "source": place.source, "allowed": allowed, "variable": variable},
    )
