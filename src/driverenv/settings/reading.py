"""Every setting and how it is read: each reader knows what is allowed and says so."""

from __future__ import annotations

import re

from driverenv.model.site import WORDS, Correction, Exemption, Index
from driverenv.settings import drivers, indexes, rules
from driverenv.settings.place import Place, Reader, absolute, masked, text
from driverenv.settings.simple import TEXT, number, path, proxy_url, word

__all__ = ["READERS", "Place", "Reader", "absolute", "plain"]

_MINUTES = number("a number of minutes, 0 or more", {"minimum": 0})


def _python(key: str, raw: object, place: Place) -> str:
    found = text(key, raw, place, 'a path, or a version such as "3.12"')
    return absolute(found, place.folder, place.environ) if re.search(r"[/\\]", found) else found


READERS: dict[str, Reader] = {
    "mode": word(
        WORDS["mode"],
        "whether anything may leave the site: what is absent locally is asked at public, or not",
    ),
    "local": indexes.SEVERAL._replace(
        meaning="the local indexes in order, the first that has a project owns it: each a folder, a URL, or a "
        "table"
    ),
    "extra": indexes.SEVERAL,
    "public": indexes.PUBLIC._replace(
        meaning="the public index, asked only for what every other index lacks: a URL, a table, or `false` "
        "for none"
    ),
    "private": rules.PATTERNS,
    "public_allow": rules.PATTERNS,
    "public_deny": rules.PATTERNS,
    "sources": rules.SOURCES._replace(
        meaning="a table: patterns, and the names of the only indexes that may serve what matches them; the most "
        "specific pattern wins (the longest without its `*`); `public` means the public index"
    ),
    "exceptions": rules.EXCEPTIONS._replace(
        meaning="dated exceptions: tables of `project`, `allow`, `until`, `reason` and `owner`"
    ),
    "python": Reader(
        _python,
        'a path, or a version such as "3.12"',
        TEXT,
        "the interpreter of the drivers: a path, a command, or a version such as `3.12`; not set: the "
        "Python that runs driverenv",
    ),
    "pythons": drivers.PYTHONS._replace(
        meaning="a table: what a driver declares in its `drivermetadata.xml` (`2`, `3`, `3.9`, or `undeclared`), and "
        "the interpreter that is meant: a version or a path; who declares nothing means Python 2"
    ),
    "home": path("a folder", "the folder where driverenv keeps its store and its environments"),
    **{
        name: word(WORDS[name])
        for name in ("prereleases", "builds", "yanked", "empty_page", "vanished", "replaced", "confusable")
    },
    "released": rules.PATTERNS,
    "constraints": rules.REQUIREMENTS,
    "overrides": rules.REQUIREMENTS,
    "baseline": rules.REQUIREMENTS,
    "seeds": drivers.SEEDS._replace(
        meaning="a table: by version of Python (`2.7`, `3`), what every driver on such a Python has besides its own "
        "(`setuptools<45` for old drivers, say); all that match count"
    ),
    "corrections": drivers.CORRECTIONS._replace(
        meaning="what is true of releases whose metadata is wrong: tables of `project`, `versions`, `requires` and "
        "`requires_python`"
    ),
    "expand_vars": drivers.NAMES._replace(
        meaning="names of variables that requirements files may use as `${NAME}`; none by default, for their values "
        "may be secrets"
    ),
    "variables": drivers.VARIABLES._replace(
        meaning="a table: variables for the process of every driver that `driverenv run` starts"
    ),
    "exclude_newer": rules.COOL_DOWN._replace(
        meaning="for public files only: a date, a date-time (UTC where it names no offset) or a duration (`7 days`, "
        "`12 hours`) before which they must have been uploaded; not set: no cool-down"
    ),
    "on_outage": word(WORDS["on_outage"]),
    "max_stale_minutes": _MINUTES._replace(
        meaning="for how long after its validity such an environment is used again"
    ),
    "sharing": word(WORDS["sharing"]),
    "byte_code": word(WORDS["byte_code"]),
    "valid_for_minutes": _MINUTES,
    "proxy": proxy_url(
        or_none=True,
        meaning="for the public index only: an `http://` or `https://` URL, or `false` for none; not set: "
        "`https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`. Other indexes are always asked directly, "
        "unless they have a `proxy` of their own",
    ),
    "customer_config": path(
        "a file",
        "a `customer.config` whose keys count as if they stood in this file, before all others; "
        "`driverenv config import` writes them down for good",
    ),
    "pip_config": path("a file", "a `pip.ini` or `pip.conf` whose proxy counts likewise"),
}
"""By key, in the order of the reference."""


def plain(key: str, value: object) -> object:
    """`value` of the setting `key` as JSON-able data, secrets masked."""
    match value:
        case tuple() if key in ("sources", "seeds"):
            shown: object = {pattern: list(names) for pattern, names in value}
        case tuple() if key == "pythons":
            shown = dict(value)
        case tuple() if key == "variables":
            shown = dict.fromkeys(dict(value), "***")
        case tuple():
            shown = [plain(key, item) for item in value]
        case dict():
            shown = {name: masked(said) if isinstance(said, str) else said for name, said in value.items()}
        case Index():
            shown = _plain_index(value)
        case Exemption():
            shown = dict(rules.shown(value))
        case Correction():
            shown = drivers.shown(value)
        case str() if key == "proxy":
            shown = masked(value)
        case _:
            shown = False if key == "public" and value is None else value
    return shown


def _plain_index(index: Index) -> dict[str, object]:
    """Location and name, and whatever is not as by default."""
    shown: dict[str, object] = {"location": index.location, "name": index.name}
    usual = Index(index.location)
    for name in ("username", "password", *(name for name in indexes.TERMS if hasattr(usual, name))):
        value = getattr(index, name)
        if name not in shown and value != getattr(usual, name):
            shown[name] = list(value) if isinstance(value, tuple) else value
    if "username" in shown:
        shown["username"] = index.shown_username
    if "password" in shown:
        shown["password"] = "***"  # noqa: S105 (a mask)
    if index.proxy is not None:
        shown["proxy"] = masked(index.proxy)
    return shown
