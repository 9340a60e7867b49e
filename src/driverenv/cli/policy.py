"""`driverenv policy`: what a settings file decides, who may serve a name and by which rule, and the file's schema."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from driverenv.cli.parser import UsageError
from driverenv.cli.printing import INDENT, wrapped
from driverenv.errors import foreign

if TYPE_CHECKING:
    from packaging.utils import NormalizedName

    from driverenv.cli.commands import Call
    from driverenv.model.site import Policy
    from driverenv.policy import Route
    from driverenv.settings import Settings

Line = tuple[str, str]
_ALWAYS = ("mode", "local", "public")


def execute(call: Call) -> int:
    """Do what the options say; gives the exit code. No password is needed for it."""
    match call.options.policy_command:
        case "schema":
            _schema(call)
        case "check":
            _check(call)
        case _:
            _explain(call, _settings(call, call.options.config, variables=True, missing=[]).policy())
    return 0


def _schema(call: Call) -> None:
    from driverenv.settings.schema import schema  # noqa: PLC0415 (only here)

    call.say(json.dumps(schema(), indent=2) + "\n")


def _settings(call: Call, config: str | None, *, variables: bool, missing: list[str]) -> Settings:
    from driverenv import settings as settings_room  # noqa: PLC0415

    names = ("local", "public", "mode", "python", "home")
    return settings_room.load(
        environ=call.shell.environ,
        arguments={name: getattr(call.options, name) for name in names},
        config=None if config is None else Path(config),
        cwd=call.shell.cwd,
        variables=variables,
        config_name="argument --config" if variables else "argument FILE",
        missing=missing,
    )


# --------------------------------------------------------------------------------------------- check


def _check(call: Call) -> None:
    from driverenv.settings.checks import cautions  # noqa: PLC0415

    options = call.options
    if options.config is not None:
        raise UsageError("argument --config: check reads the FILE it is given, and no other")
    missing: list[str] = []
    settings = _settings(call, options.file, variables=False, missing=missing)
    warnings = (*missing, *settings.notes, *cautions(settings.policy(), time.time()))
    *_, (path, _) = settings.files
    if options.json:
        told = {"file": path, "settings": settings.describe()["settings"], "cautions": list(warnings)}
        call.say(json.dumps(told, indent=2) + "\n")
        return
    lines = [*_decided(settings), *(("caution", text) for text in warnings)]
    _say(call, f"{foreign(path)} is in order", lines)


def _decided(settings: Settings) -> Iterable[Line]:
    """What holds: the mode and the indexes in any case, all else where it is said."""
    from driverenv.settings import DEFAULT  # noqa: PLC0415
    from driverenv.settings.reading import plain  # noqa: PLC0415

    for key, (value, source) in settings.values.items():
        if key == "proxies" or (source == DEFAULT and key not in _ALWAYS):
            continue
        by_default = ", by default" if source == DEFAULT else ""
        if key in ("local", "extra", "public"):
            indexes = value if isinstance(value, tuple) else [value] if value is not None else []
            for index in indexes:
                yield key, f"{foreign(index)}{by_default}"
            if not indexes:
                yield key, "none"
        else:
            for text in _texts(key, plain(key, value)):
                yield key, f"{foreign(text)}{by_default}"


def _texts(key: str, shown: object) -> list[str]:
    """A setting's value, in as many lines as it takes."""
    if key == "exceptions" and isinstance(shown, list):
        return [_exception(one) for one in shown]
    if key == "corrections" and isinstance(shown, list):
        return [_correction(**one) for one in shown]
    if isinstance(shown, dict):
        only = "only " if key == "sources" else ""
        return [
            f"{name}: {only}{', '.join(said) if isinstance(said, list) else said}"
            for name, said in shown.items()
        ]
    if isinstance(shown, list):
        return [str(one) for one in shown] or ["none"]
    if isinstance(shown, bool | float):
        return [json.dumps(shown).removesuffix(".0")]
    return [str(shown)]


def _exception(one: dict[str, str]) -> str:
    from driverenv.model.site import Exemption  # noqa: PLC0415

    return str(Exemption(**one))


def _correction(
    project: str, versions: str = "", requires: list[str] | None = None, requires_python: str | None = None
) -> str:
    told = [] if requires is None else [f"requires {', '.join(requires) or 'nothing'}"]
    told += [] if requires_python is None else [f"is for Python {requires_python}"]
    return f"{project}{versions and f' {versions}'} {' and '.join(told)}"


# ------------------------------------------------------------------------------------------- explain


def _explain(call: Call, raw: Policy) -> None:
    from driverenv.policy import matches, over, route, settled  # noqa: PLC0415

    project, now = _project(call.options.name), time.time()
    policy = settled(raw, now)
    way = route(policy, project)
    if call.options.json:
        call.say(json.dumps(_data(policy, way), indent=2) + "\n")
        return
    lines = [
        *(
            (f"asked {place}", f"{foreign(ask.index)}: {foreign(ask.rule)}")
            for place, ask in enumerate(way.asks, 1)
        ),
        *(("not asked", f"{foreign(one.index)}: {foreign(one.reason)}") for one in way.not_asked),
        *(("exception", foreign(one)) for one in policy.exceptions if matches(one.project, project)),
        *(("ended", foreign(one)) for one in over(raw, now) if matches(one.project, project)),
        *_versions(policy, way),
    ]
    _say(call, f"{project}: {_head(way)}", lines)


def _project(name: str) -> NormalizedName:
    from packaging.utils import InvalidName, canonicalize_name  # noqa: PLC0415

    try:
        return canonicalize_name(name, validate=True)
    except InvalidName:
        raise UsageError(f"argument NAME: {foreign(name)!r} is no name of a project") from None


def _head(way: Route) -> str:
    if not way.asks:
        return "no index may serve it"
    if len(way.asks) == 1:
        return "only this index may serve it"
    return "the first of these that has it serves it alone; one that cannot answer fails the launch"


def _versions(policy: Policy, way: Route) -> Iterable[Line]:
    """What else the policy says of the project's versions."""
    from packaging.requirements import Requirement  # noqa: PLC0415
    from packaging.utils import canonicalize_name  # noqa: PLC0415

    if policy.exclude_newer is not None and any(ask.public for ask in way.asks):
        yield "cool-down", f"public files uploaded after {policy.exclude_newer} do not count"
    for key in ("constraints", "overrides", "baseline"):
        for text in getattr(policy, key):
            if canonicalize_name(Requirement(text).name) == way.project:
                yield key, foreign(text)


def _data(policy: Policy, way: Route) -> dict[str, Any]:
    from driverenv.policy import matches  # noqa: PLC0415

    return {
        "project": way.project,
        "mode": policy.mode,
        "asked": [
            {"index": ask.index.name, "location": ask.index.location, "public": ask.public, "rule": ask.rule}
            for ask in way.asks
        ],
        "not_asked": [
            {"index": one.index.name, "location": one.index.location, "reason": one.reason}
            for one in way.not_asked
        ],
        "forbidden": way.forbidden or None,
        "exceptions": [
            {name: getattr(one, name) for name in one.__slots__}
            for one in policy.exceptions
            if matches(one.project, way.project)
        ],
        "versions": dict(_versions(policy, way)),
    }


def _say(call: Call, head: str, lines: Iterable[Line]) -> None:
    """Labelled lines: wrapped for a terminal, one line each elsewhere."""
    width = call.shell.width if call.shell.out.isatty() else None
    listed = list(lines)
    label_width = max([len(INDENT), *(len(label) + 4 for label, _ in listed)]) - 2
    told, previous = wrapped(head, width, "  "), ""
    for label, text in listed:
        shown = "" if label == previous else label
        told += _line(shown, text, width, label_width)
        previous = label
    call.say("\n".join(told) + "\n")


def _line(label: str, text: str, width: int | None, label_width: int) -> list[str]:
    """A labelled line; on a narrow terminal the label has a line of its own."""
    if width is None or width > 3 * label_width:
        return wrapped(f"  {label:<{label_width}}{text}", width, " " * (label_width + 2))
    lines = wrapped(f"    {text}", width, "    ")
    return [f"  {label}", *lines] if label else lines
