"""The settings: defaults, then TOML files, then ``DRIVERENV_*`` variables, then arguments; the later wins.

Weaker than the TOML files, and stronger than the defaults, are files of other tools that they name (`layer`).
Files: ``driverenv.toml`` in the site's configuration folder, then in the user's; `DRIVERENV_CONFIG` or
``--config`` name one file instead of both. Each value knows where it came from. Nothing is created here
but by `make_default_index`, and that only when it is called.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from driverenv.errors import SettingsInvalid, foreign
from driverenv.model.site import Index, Policy
from driverenv.settings import layer
from driverenv.settings.checks import contradictions
from driverenv.settings.imported import Imported
from driverenv.settings.layer import TakenOver
from driverenv.settings.place import Place, Value, absolute, flat, together, unknown
from driverenv.settings.proxies import in_force
from driverenv.settings.reading import READERS, plain

FILE_NAME = "driverenv.toml"
PREFIX = "DRIVERENV_"
CONFIG_VARIABLE = "DRIVERENV_CONFIG"
DEFAULT = "default"


class Places(NamedTuple):
    """The platform's folders for driverenv."""

    site_config: str
    user_config: str
    data: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, each with its source."""

    values: Mapping[str, Value]
    """By key, in the order of the reference; after the keys of the file comes `proxies`, what they come to."""
    proxy_sources: Mapping[str, str]
    """Where each of the `proxies` came from."""
    files: tuple[tuple[str, bool], ...]
    """The settings files that were looked for, the weakest first, and whether each was there."""
    default_index: str
    """The folder that is the local index where none is set."""
    notes: tuple[str, ...] = ()
    """What of another tool's settings needs a person."""

    @property
    def home(self) -> str:
        """The home folder, absolute."""
        return str(self.values["home"].value)

    @property
    def python(self) -> str | None:
        """The target interpreter: an absolute path, a version, or None for driverenv's own Python."""
        value: str | None = self.values["python"].value
        return value

    @property
    def proxies(self) -> dict[str, str]:
        """Proxies for the public index only: by "http_proxy", "https_proxy", "no_proxy"."""
        return dict(self.values["proxies"].value)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Absolute paths of the settings files that were looked for, present or not."""
        return tuple(path for path, _ in self.files)

    def policy(self) -> Policy:
        """The site's policy."""
        names = [name for name in READERS if name in Policy.__slots__]
        return Policy(
            **{name: self.values[name].value for name in names},
            proxies=self.proxies,
            proxies_from=self.proxy_sources,
        )

    def describe(self) -> dict[str, Any]:
        """Everything as JSON-able data, secrets masked."""
        shown: dict[str, dict[str, Any]] = {
            key: {"value": plain(key, value.value), "source": value.source}
            for key, value in self.values.items()
        }
        shown["proxies"]["sources"] = dict(self.proxy_sources)
        return {
            "settings": shown,
            "files": [{"path": path, "found": found} for path, found in self.files],
            "cautions": list(self.notes),
        }


class _Raw(NamedTuple):
    key: str
    raw: object
    place: Place


def platform_places() -> Places:
    """What this platform has for driverenv, by its conventions."""
    import platformdirs  # noqa: PLC0415 (30 ms that a launch with policy and home at hand never pays)

    return Places(
        site_config=platformdirs.site_config_dir("driverenv", appauthor=False),
        user_config=platformdirs.user_config_dir("driverenv", appauthor=False),
        data=platformdirs.user_data_dir("driverenv", appauthor=False),
    )


def load(
    *,
    environ: Mapping[str, str],
    arguments: Mapping[str, object],
    config: Path | None,
    cwd: Path,
    places: Places | None = None,
    variables: bool = True,
    config_name: str = "argument --config",
    missing: list[str] | None = None,
) -> Settings:
    """Put the settings together; nothing is written.

    Args:
        environ: usually `os.environ`.
        arguments: by key; None means "not given". `local` is a list of locations, the rest are texts.
        config: the settings file instead of the site's and the user's, from ``--config``.
        cwd: relative paths of variables and arguments are relative to it.
        places: the platform's folders; None asks the platform.
        config_name: what messages call the argument that names `config`.
        missing: takes up, in words, which passwords cannot be had, for whoever needs none; None: an error.
        variables: whether ``DRIVERENV_*`` variables count; those that a file refers to are read anyway.

    Raises:
        SettingsInvalid: with the key, the place and what is allowed; of all values that are wrong.
    """
    places = places or platform_places()
    named = _named_file(environ, config, cwd, config_name)
    if named:
        files = [named[0]]
    else:
        files = [os.path.join(folder, FILE_NAME) for folder in (places.site_config, places.user_config)]
    tables = {path: _read_file(path, named[1] if named else "") for path in files}
    wrong: list[SettingsInvalid] = []
    taken_over = layer.find(tables, environ, str(cwd), wrong, variables=variables)
    unread = bool(wrong)
    passwords = _password_variables(tables.values()) | (layer.PASSWORDS if taken_over else set())
    own = [
        *(raw for path, table in tables.items() for raw in _from_file(path, table or {}, environ, wrong)),
        *(_from_variables(environ, cwd, passwords, wrong) if variables else ()),
        *_from_arguments(environ, arguments, cwd),
    ]
    stronger = {raw.key for raw in own}
    layers = [*(_Raw(*raw) for one in taken_over for raw in one.values(stronger, environ)), *own]
    values = _settled(layers, places, wrong, missing=missing, unread=unread)
    proxies = in_force(values["proxy"], values["no_proxy"], environ)
    sources = ", ".join(dict.fromkeys(value.source for value in proxies.values()))
    values["proxies"] = Value(
        {name: value.value for name, value in proxies.items()}, sources or values["proxy"].source
    )
    return Settings(
        values=values,
        proxy_sources={name: value.source for name, value in proxies.items()},
        files=(
            *((one.path, True) for one in taken_over),
            *((path, table is not None) for path, table in tables.items()),
        ),
        default_index=_default_index(places),
        notes=tuple(note for one in taken_over for note in one.notes(stronger)),
    )


def check(path: str, found: Imported, environ: Mapping[str, str]) -> None:
    """Read what the file at `path` says as if a settings file named it. Raises `SettingsInvalid`.

    No password is needed for it.
    """
    raws = [_Raw(*raw) for raw in TakenOver(path, found).values((), environ)]
    _settled(raws, platform_places(), [], missing=[], unread=False)


def _settled(
    layers: list[_Raw],
    places: Places,
    wrong: list[SettingsInvalid],
    *,
    missing: list[str] | None,
    unread: bool,
) -> dict[str, Value]:
    """The values of all keys. Raises `SettingsInvalid` for all that is wrong, `wrong` in front.

    `unread`: what a file says of indexes is not known, so nothing is said of what contradicts them.
    """
    read = _read((raw._replace(place=raw.place._replace(missing=missing)) for raw in layers), wrong)
    values = {**_defaults(places), **read}
    without = {raw.key for raw in layers} - set(read)
    wrong += contradictions(values, without=without | ({"local", "extra"} if unread else set()))
    if wrong:
        raise together(wrong)
    return values


def _read(layers: Iterable[_Raw], wrong: list[SettingsInvalid]) -> dict[str, Value]:
    """The values, the later in place of the earlier; what is not allowed goes to `wrong`."""
    values = {}
    for raw in layers:
        try:
            values[raw.key] = Value(READERS[raw.key](*raw), raw.place.source)
        except SettingsInvalid as error:
            wrong += flat(error)
            values.pop(raw.key, None)  # what stands before it was not meant either
    return values


def make_default_index(settings: Settings) -> None:
    """Create the default local index, an empty folder, where it is the one in use and not there yet."""
    local = settings.values["local"]
    if local.source == DEFAULT:
        Path(settings.default_index).mkdir(parents=True, exist_ok=True)


def _default_index(places: Places) -> str:
    return os.path.join(places.data, "index")


def _defaults(places: Places) -> dict[str, Value]:
    policy = Policy(local=[Index(_default_index(places), name="local")])
    values = {key: getattr(policy, key, None) for key in READERS}
    values["home"] = os.path.join(places.data, "home")
    return {key: Value(value, DEFAULT) for key, value in values.items()}


def _named_file(
    environ: Mapping[str, str], config: Path | None, cwd: Path, config_name: str
) -> tuple[str, str] | None:
    if config is not None:
        return os.path.join(cwd, config), config_name
    if environ.get(CONFIG_VARIABLE):
        return absolute(environ[CONFIG_VARIABLE], str(cwd), environ), f"variable {CONFIG_VARIABLE}"
    return None


def _read_file(path: str, named_by: str) -> dict[str, object] | None:
    import tomllib  # noqa: PLC0415 (only a launch that reads settings pays for it)

    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError) as error:
        if not named_by:
            return None
        reason: Exception = error
        summary, remedy = "the settings file does not exist", f"name one that is there with {named_by}"
    except OSError as error:
        reason, remedy = error, "let this account read the file"
        summary = f"the settings file cannot be read: {error.strerror or error}"
    except (ValueError, RecursionError) as error:  # TOML, or not UTF-8; or nested a thousand times
        reason, remedy = error, "correct the file: TOML, in UTF-8"
        summary = f"the settings file is not valid TOML: {foreign(error)}"
    facts = (("file", path), *((("named by", named_by),) if named_by else ()))
    raise SettingsInvalid(summary, facts=facts, remedies=(remedy,), data={"path": path}) from reason


def _from_file(
    path: str, table: Mapping[str, object], environ: Mapping[str, str], wrong: list[SettingsInvalid]
) -> Iterator[_Raw]:
    for key, raw in table.items():
        place = Place(f"file {path} key {foreign(key)}", os.path.dirname(path), environ, textual=False)
        if key not in READERS:
            wrong.append(unknown("setting", key, tuple(READERS), place.source))
        else:
            yield _Raw(key, raw, place)


def _from_variables(
    environ: Mapping[str, str], cwd: Path, passwords: frozenset[str], wrong: list[SettingsInvalid]
) -> Iterator[_Raw]:
    known = {PREFIX + key.upper(): key for key in READERS}
    for name in sorted(environ):
        place = Place(f"variable {name}", str(cwd), environ, textual=True)
        if name in known:
            if environ[name]:  # set to nothing is not set
                yield _Raw(known[name], environ[name], place)
        elif name.startswith(PREFIX) and name != CONFIG_VARIABLE and name not in passwords:
            wrong.append(unknown("variable", name, (*known, CONFIG_VARIABLE), "the environment"))


def _from_arguments(environ: Mapping[str, str], arguments: Mapping[str, object], cwd: Path) -> Iterator[_Raw]:
    for key, raw in arguments.items():
        if raw is None:
            continue
        option = f"--{raw}" if key == "mode" else f"--{key.replace('_', '-')}"
        yield _Raw(key, raw, Place(f"argument {option}", str(cwd), environ, textual=True))


def _password_variables(tables: Iterable[Mapping[str, object] | None]) -> frozenset[str]:
    """Variables named by ``password_env`` and the like: they may begin with ``DRIVERENV_`` as well."""
    found: set[object] = set()
    for table in filter(None, tables):
        lists = [table.get(key) for key in ("local", "extra")]
        items = [item for one in lists if isinstance(one, list) for item in one]
        items += [table.get("public"), table.get("proxy"), table.get("fleet")]
        items += [item.get("proxy") for item in items if isinstance(item, dict)]
        named = [item for item in items if isinstance(item, dict)]
        found |= {
            item.get(key) for item in named for key in ("password_env", "client_key_password_env", "key_env")
        }
    return frozenset(name for name in found if isinstance(name, str))
