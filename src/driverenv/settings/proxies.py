"""Proxies: one as a URL or as a table with its password kept elsewhere; and those that the variables name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from driverenv.errors import foreign
from driverenv.model.index import Index
from driverenv.settings.passwords import PASSWORD, password
from driverenv.settings.place import Place, Reader, Value, each, invalid, text, unknown
from driverenv.settings.simple import TEXT, plain_text

_URL_ALLOWED = "an http:// or https:// URL"
_TABLE_ALLOWED = "a table of location, username, and password_env or password_file"
_HOSTS_ALLOWED = (
    "`*`, a name (its sub-domains too), an address, or a network such as 10.0.0.0/8, each also with :PORT"
)
_SCHEMA_URL = {"type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}


def _location(key: str, raw: object, place: Place, allowed: str = _URL_ALLOWED) -> str:
    found = text(key, raw, place, allowed)
    if not re.match(r"https?://[^/]", found, re.IGNORECASE):
        raise invalid(key, raw, place, allowed)
    try:
        Index(found)
    except ValueError as error:
        said = foreign(error).replace("an index's URL", "it")
        raise invalid(key, raw, place, f"{allowed} ({said})") from None
    return found


TERMS: dict[str, Reader] = {
    "location": Reader(_location, _URL_ALLOWED, _SCHEMA_URL, "an `http://` or `https://` URL"),
    "username": plain_text(meaning="for Basic authentication, only ever sent to the proxy"),
    **PASSWORD,
}
"""The keys of a proxy's table."""
DEFINITION: Mapping[str, object] = {
    "type": "object",
    "properties": {name: reader.schema for name, reader in TERMS.items()},
    "required": ["location"],
    "additionalProperties": False,
    "not": {"required": ["password_env", "password_file"]},
}


def proxy(*, words: tuple[str, ...] = (), or_none: bool = False, meaning: str = "") -> Reader:
    """A URL, or a table that comes to one; perhaps one of `words`, perhaps false for none."""
    more = "".join(f', or "{one}"' for one in words) + (", or false for no proxy" if or_none else "")
    allowed = f"{_URL_ALLOWED}, {_TABLE_ALLOWED}{more}"

    def read(key: str, raw: object, place: Place) -> str | bool:
        if or_none and (raw is False or (place.textual and str(raw).strip().lower() == "false")):
            return False
        if isinstance(raw, str) and raw in words:
            return raw
        return _of_table(key, raw, place) if isinstance(raw, dict) else _location(key, raw, place, allowed)

    shapes = [_SCHEMA_URL, {"$ref": "#/$defs/proxy"}, *({"const": one} for one in words)]
    return Reader(read, allowed, {"anyOf": [*shapes, *([{"const": False}] if or_none else [])]}, meaning)


def _of_table(key: str, table: Mapping[str, object], place: Place) -> str:
    """The URL with user and password in it."""
    strict = place._replace(textual=False)

    def known(name: str) -> None:
        if name not in TERMS:
            raise unknown("key", name, tuple(TERMS), place.source, of=key)

    def one(name: str) -> tuple[str, str]:
        return name, TERMS[name](f"{key}.{name}", table.get(name), strict)

    each(partial(known, str(name)) for name in table)
    terms = dict(each(partial(one, name) for name in TERMS if name in table or name == "location"))
    secret = password(key, terms, place)
    scheme, _, rest = terms["location"].partition("://")
    if "username" not in terms:
        if secret is not None:
            raise invalid(f"{key}.username", None, place, "a text: there is a password for it")
        return terms["location"]
    if "@" in rest.partition("/")[0]:
        raise invalid(f"{key}.location", terms["location"], place, "a URL without user and password")
    login = quote(terms["username"], safe="") + (f":{quote(secret, safe='')}" if secret else "")
    return f"{scheme}://{login}@{rest}"


def _no_proxy(key: str, raw: object, place: Place) -> tuple[str, ...]:
    from driverenv._http.no_proxy import strange  # noqa: PLC0415 (only where somebody sets it)

    if isinstance(raw, str) and place.textual:
        raw = [item for item in re.split(r"[,;\s]+", raw) if item]
    if not isinstance(raw, list):
        raise invalid(key, raw, place, _NO_PROXY_ALLOWED)

    def one(number: int, item: object) -> str:
        name = f"{key}[{number}]"
        host = text(name, item, place, _HOSTS_ALLOWED)
        if strange(host) or re.search(r"[,\s]", host):
            raise invalid(name, item, place, _HOSTS_ALLOWED)
        return host

    return each(partial(one, number, item) for number, item in enumerate(raw, 1))


_NO_PROXY_ALLOWED = f"a list of hosts, each {_HOSTS_ALLOWED}"


def no_proxy(meaning: str) -> Reader:
    """Hosts that are asked without a proxy."""
    return Reader(_no_proxy, _NO_PROXY_ALLOWED, {"type": "array", "items": TEXT}, meaning)


def in_force(setting: Value, excepted: Value, environ: Mapping[str, str]) -> dict[str, Value]:
    """What the settings `proxy` and `no_proxy`, and the variables, come to.

    By "http_proxy" and "https_proxy": the setting, else the variable of that name, else ``all_proxy``; and
    "no_proxy": the setting, else the variable, whichever it is that sets the proxy.
    """
    if setting.value is False:
        return {}
    names = {name.lower(): name for name in sorted(environ) if name.lower().endswith("_proxy")}
    if "REQUEST_METHOD" in environ and names.get("http_proxy", "").isupper():
        del names["http_proxy"]  # in a CGI process the client's Proxy header ends up there
    found: dict[str, Value] = {}
    for key in ("http_proxy", "https_proxy"):
        name = names.get(key) or names.get("all_proxy")
        if setting.value:
            found[key] = Value(str(setting.value), setting.source)
        elif name and environ[name]:
            url = environ[name] if "://" in environ[name] else f"http://{environ[name]}"
            place = Place(f"variable {name}", "", environ, textual=True)
            found[key] = Value(text(key, url, place, _URL_ALLOWED), place.source)
    name = names.get("no_proxy", "")
    if found and excepted.value is not None:
        found["no_proxy"] = Value(",".join(excepted.value), excepted.source)
    elif found and environ.get(name):
        found["no_proxy"] = Value(environ[name], f"variable {name}")
    return found
