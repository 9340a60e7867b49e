"""A report of a small site, as values."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from driverenv.report.content import (
    Build,
    Contents,
    Distribution,
    Driver,
    Failure,
    Generation,
    Launch,
    Loose,
    Place,
    Problem,
    Report,
    Said,
    Side,
    Trouble,
    Unread,
)

WHEN = "2026-11-30T01:02:03Z"


def distribution(name: str, *requested_by: str, parents: tuple[str, ...] = (), **more: Any) -> Distribution:  # noqa: ANN401
    one = Distribution(
        name=name,
        version="1.0",
        origin="local",
        index="lab",
        location="/srv/pypi",
        rule="local version wins",
        file=f"{name}-1.0-py3-none-any.whl",
        url=f"/srv/pypi/{name}-1.0-py3-none-any.whl",
        sha256="ab" * 32,
        size=1_234,
        built=False,
        requested_by=requested_by or (f"requirements.txt line 1: {name}",),
        parents=parents,
        chain=requested_by[:1] or (f"requirements.txt line 1: {name}",),
    )
    return replace(one, **more)


def contents() -> Contents:
    return Contents(
        created=WHEN,
        python="3.11.7",
        executable="/opt/python/3.11.7/bin/python3.11",
        mode="online",
        requirements=(Said("requirements.txt line 1", "rack-tools>=2"),),
        exceptions=("vendor-sdk: build until 2027-01-01 (no wheel, ann)",),
        distributions=(
            distribution("rack-tools"),
            distribution(
                "humanize",
                "rack-tools 1.0: humanize>=4",
                parents=("rack-tools",),
                origin="public",
                index="public PyPI",
                absent=(Said("lab", "404"),),
                passed_over=(Said("humanize-9.tar.gz", "Python 4 only"),),
                more_passed_over=2,
            ),
            distribution(
                "vendor-sdk", built=True, notes=("an odd wheel",), not_asked=(Said("public PyPI", "owned"),)
            ),
        ),
        builds=(
            Build(
                "vendor_sdk-1.0-py3-none-any.whl",
                "3.11.7",
                ("setuptools 80",),
                "network cut",
                1.5,
                2,
                "old",
                "b.log",
            ),
        ),
        hooks=(Said("vendor-sdk 1.0", "vendor.pth: import vendor"),),
        warnings=(Said("RECORD_ODD", "a wheel is odd"),),
    )


def generation(number: int = 1, **more: Any) -> Generation:  # noqa: ANN401
    one = Generation(
        number=number,
        key="ab" * 20,
        made=WHEN,
        python="3.11.7",
        causes=("its first launch",),
        changes=("humanize: 4.12.0 from public PyPI -> 4.9.0 from lab",),
        is_there=True,
        is_current=True,
        is_pinned=False,
        is_held=True,
        used=WHEN,
        size=5_000,
    )
    return replace(one, **more)


def failure() -> Failure:
    return Failure(
        when=WHEN,
        code="CONFLICT",
        summary="the requirements contradict each other about urllib3",
        facts=(
            Said("conflict", "no version"),
            Said("", "of urllib3"),
            Said("versions", "2.2.3"),
            Said("", "1.25"),
        ),
        remedies=("change one of these lines",),
        sides=(
            Side("urllib3<1.26", ("requirements.txt line 1: old-client",)),
            Side("urllib3>=2", ("line 2",)),
        ),
        receipt="/srv/home/failures/Rack Driver/f.json",
        python="Python 3.11 (cp311, linux x86_64)",
    )


def driver(shown: str = "Rack Driver", **more: Any) -> Driver:  # noqa: ANN401
    one = Driver(
        shown=shown,
        name=shown,
        path=f"/srv/drivers/{shown}",
        is_there=True,
        state="well",
        why="",
        python="3.11.7",
        last=WHEN,
        generations=(generation(),),
        earlier=0,
        launches=(Launch(WHEN, 1.5, "made", 1, ""), Launch(WHEN, 0.001, "ready", 1, "")),
        counts=(("ready", 1), ("made", 1)),
        damaged=0,
        failures=(),
        told=1,
        contents=contents(),
    )
    return replace(one, **more)


def failing() -> Driver:
    return driver(
        "Firewall",
        state="fails",
        why="CONFLICT: the requirements contradict each other",
        launches=(Launch(WHEN, 0.5, "failed", 0, "CONFLICT"),),
        counts=(("failed", 1),),
        damaged=1,
        failures=(failure(),),
        is_there=False,
    )


def report(*drivers: Driver, **more: Any) -> Report:  # noqa: ANN401
    one = Report(
        made=WHEN,
        version="1.0",
        home="/srv/home",
        is_there=True,
        scope="",
        drivers=drivers or (driver(), failing()),
        problems=(
            Problem("bad", "Firewall", "its last launch failed", "change a line"),
            Problem("warn", "", "look", ""),
        ),
        troubles=(
            Trouble(WHEN, "Firewall", "failed", "CONFLICT", 3, WHEN),
            Trouble(WHEN, "Rack Driver", "stale", "", 1, WHEN),
        ),
        loose=(
            Loose("cd" * 20, "build", "no driver has it", 10),
            Loose("x", "", "this is no environment", None),
        ),
        places=(Place("wheels", "unpacked", 2_000_000), Place("logs", "of builds", 10)),
        unread=(Unread("/srv/home/drivers/odd", "it says nothing"),),
        left_out=1,
        notes=("3 environments were not measured",),
    )
    return replace(one, **more)


def everywhere(value: Any, text: str) -> Any:  # noqa: ANN401
    """The same value with `text` in place of every text."""
    if isinstance(value, str):
        return text
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{one.name: everywhere(getattr(value, one.name), text) for one in fields(value)}
        )
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(everywhere(one, text) for one in value))
    return tuple(everywhere(one, text) for one in value) if isinstance(value, tuple) else value
