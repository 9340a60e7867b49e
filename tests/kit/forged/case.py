"""What every hostile archive is: a title, the rule that it breaks, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Unpack

from tests.kit.wheels import RecordRow, Wheel, WheelOptions

from .raw import Raw, zipped

WHEEL = "widget-1.0-py3-none-any.whl"
SDIST = "widget-1.0.tar.gz"
INFO = "widget-1.0.dist-info"
DATA = "widget-1.0.data"
INIT = "widget/__init__.py"
EVIL = b"raise SystemExit('this must never run')\n"


@dataclass(frozen=True)
class Hostile:
    """An archive that must be refused; with no rule, one that looks like it and must pass."""

    group: str
    title: str
    rule: str
    content: Callable[[], bytes]
    filename: str = WHEEL

    @property
    def is_wheel(self) -> bool:
        """By its name, as everybody judges."""
        return self.filename.endswith(".whl")


def wheel(**options: Unpack[WheelOptions]) -> Callable[[], bytes]:
    """A wheel of the kit, written by our own zip writer: names stay as they are."""
    return lambda: zipped(raws(**options))


def raws(**options: Unpack[WheelOptions]) -> list[Raw]:
    """The members of such a wheel."""
    return [
        Raw(name, data) for name, data in Wheel(name="widget", version="1.0", **options).members().items()
    ]


def changed(name: str = INIT, /, **fields: Any) -> Callable[[], bytes]:  # noqa: ANN401 (as for Raw)
    """A plain wheel in which one member is another `Raw`."""
    return lambda: zipped([replace(one, **fields) if one.name == name else one for one in raws()])


def added(*more: Raw, **layout: Any) -> Callable[[], bytes]:  # noqa: ANN401 (as for zipped)
    """A plain wheel with further members that its RECORD lists; `layout` as for `zipped`."""

    def make() -> bytes:
        files = {
            one.name: one.data for one in more if isinstance(one.name, str) and not one.name.endswith("/")
        }
        by_name = {one.name: one for one in more}
        base = [by_name.pop(one.name, one) for one in raws(files=files)]
        return zipped([*by_name.values(), *base], **layout)

    return make


def file(name: str) -> Callable[[], bytes]:
    """A plain wheel with one more file, which RECORD lists."""
    return added(Raw(name, EVIL))


def data_file(path: str) -> Callable[[], bytes]:
    """A plain wheel with one file in its .data folder."""
    return wheel(data_files={path: EVIL})


def info_file(name: str, content: str | bytes | None) -> Callable[[], bytes]:
    """A plain wheel with another file in its dist-info; None leaves it out."""
    return wheel(dist_info={name: content})


def rows(change: Callable[[list[RecordRow]], Sequence[Sequence[str]]]) -> Callable[[], bytes]:
    """A plain wheel with other rows in RECORD."""
    return wheel(record=change)


def script(name: str, target: str = "widget:main", group: str = "console_scripts") -> Callable[[], bytes]:
    """A plain wheel with one entry point."""
    return info_file("entry_points.txt", f"[{group}]\n{name} = {target}\n")


def table(
    group: str, rule: str, archives: Mapping[str, Callable[[], bytes]], filename: str = WHEEL
) -> list[Hostile]:
    """Archives of one group that break one rule, by title."""
    return [Hostile(group, title, rule, content, filename) for title, content in archives.items()]
