"""Every setting and how it is read: each reader knows what is allowed and says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from driverenv.model.fleet import Fleet
from driverenv.model.keeping import Keep
from driverenv.model.site import NEVER, WORDS, Correction, Exemption, Index
from driverenv.settings import builds, drivers, fleet, indexes, keeping, proxies, rules, validity
from driverenv.settings.place import Place, Reader, absolute, masked, text
from driverenv.settings.simple import TEXT, number, path, texts, word

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
        for name in (
            "prereleases",
            "builds",
            "yanked",
            "empty_page",
            "vanished",
            "replaced",
            "record",
            "confusable",
        )
    },
    "build_sandbox": word(WORDS["build_sandbox"]),
    "build_limits": builds.LIMITS._replace(
        meaning="a table: what one build may use: `minutes`, `memory_mib` (each process, and all together), `disk_mib`, "
        "`output_mib` and `processes`; what is not named stays as by default"
    ),
    "build_constraints": builds.CONSTRAINTS._replace(
        meaning="a table: patterns of projects, and requirements that limit the tools of their builds "
        '(`pyyaml = ["cython<3"]`); all that match count'
    ),
    "build_retry": word(WORDS["build_retry"]),
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
    "direct_urls": rules.ADDRESSES._replace(
        meaning="addresses, each an origin or a folder below it (`https://files.acme.example/wheels/`): a driver's file "
        "may name files that lie there (`NAME @ https://...#sha256=...`) where no index that is asked before public "
        "has the project; offline only on the origins of local indexes"
    ),
    "bundled": word(
        WORDS["bundled"],
        "whether a driver's file may name wheels in the driver's own folder (`./wheels/x.whl`), for projects that no "
        "index asked before public has",
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
    "copied": texts("a list of patterns of file names", "a pattern of a file's name, or of its path"),
    "overlays": texts("a list of patterns of file names", "a pattern of a file's name, or of its path"),
    "startup_hooks": word(WORDS["startup_hooks"]),
    "startup_hooks_allowed": rules.PATTERNS,
    "byte_code": word(WORDS["byte_code"]),
    "watch_environments": word(WORDS["watch_environments"]),
    "network_home": word(WORDS["network_home"]),
    "valid_for_minutes": validity.MINUTES,
    "valid_for_drivers": validity.PER_DRIVER._replace(
        meaning="a table: the same for drivers whose readable names (the last folder of `sys.prefix`) fit a pattern, in "
        "which `*` stands for any text; the most specific one decides (the longest without its `*`)"
    ),
    "keep": keeping.KEEP._replace(
        meaning="a table: what [`driverenv gc`](cli.md#driverenv-gc) leaves where it is of what nobody uses"
    ),
    "fleet": fleet.FLEET._replace(
        meaning="a table: where this server finds wheels that other servers built of sdists, and puts its own; `false`: "
        "nowhere: [share built wheels](../how-to/share-built-wheels.md)"
    ),
    "proxy": proxies.proxy(
        or_none=True,
        meaning="for the public index only: an `http://` or `https://` URL, a table with one as `location`, or `false` "
        "for none; not set: `https_proxy`, `http_proxy` and `all_proxy`. Other indexes are always asked directly, "
        "unless they have a `proxy` of their own",
    ),
    "no_proxy": proxies.no_proxy(
        "hosts that are asked without that proxy: `*`, names (with their sub-domains), addresses, networks such as "
        "`10.0.0.0/8`, each also with `:PORT`; not set: the variable `no_proxy`"
    ),
    "customer_config": path(
        "a file",
        "a `customer.config` whose keys count as if they stood in this file, before all others; "
        "`driverenv config import` writes them down for good",
    ),
    "pip_config": path("a file", "a `pip.ini` or `pip.conf` whose proxy and certificate count likewise"),
}
"""By key, in the order of the reference."""


_INFINITE = float("inf")
_AS_TABLES: Mapping[type, Callable[[Any], Mapping[str, object]]] = {
    Exemption: rules.shown,
    Correction: drivers.shown,
    Keep: keeping.shown,
    Fleet: fleet.shown,
}


def plain(key: str, value: object) -> object:
    """`value` of the setting `key` as JSON-able data, secrets masked."""
    match value:
        case tuple() if key in ("sources", "seeds", "build_constraints"):
            shown: object = {pattern: list(names) for pattern, names in value}
        case tuple() if key in ("pythons", "build_limits", "valid_for_drivers"):
            shown = {name: plain("", one) for name, one in value}
        case tuple() if key == "variables":
            shown = dict.fromkeys(dict(value), "***")
        case tuple():
            shown = [plain(key, item) for item in value]
        case dict():
            shown = {name: masked(said) if isinstance(said, str) else said for name, said in value.items()}
        case Index():
            shown = _plain_index(value)
        case Exemption() | Correction() | Keep() | Fleet():
            shown = dict(_AS_TABLES[type(value)](value))
        case str() if key == "proxy":
            shown = masked(value)
        case _:
            shown = False if key == "public" and value is None else NEVER if value == _INFINITE else value
    return shown


def _plain_index(index: Index) -> dict[str, object]:
    """Location and name, and whatever is not as by default."""
    shown: dict[str, object] = {"location": index.location, "name": index.name}
    usual = Index(index.location)
    for name in (
        "username",
        "password",
        "client_key_password",
        *(name for name in indexes.TERMS if hasattr(usual, name)),
    ):
        value = getattr(index, name)
        if name not in shown and value != getattr(usual, name):
            shown[name] = list(value) if isinstance(value, tuple) else value
    if "username" in shown:
        shown["username"] = index.shown_username
    for name in ("password", "client_key_password"):
        if name in shown:
            shown[name] = "***"
    if index.proxy is not None:
        shown["proxy"] = masked(index.proxy)
    return shown
