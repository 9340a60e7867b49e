"""A situation as data: what the indexes hold and how they fail, what is asked for, and what is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from benchmarks.safety.scene import Scene

Right = Literal["local", "fails", "public"]
Table = Mapping[str, object]
WIDGET = "corp-widget"
"""The name that the site owns, and the attacker has on public in a higher version."""
TOOL = "pub-tool"
"""A name of public alone."""
ATTACK: Table = {WIDGET: ["99.0"], TOOL: ["1.0"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One line of the results.

    Tables and requirements are in the words of `tests.kit.universe`; `<public>`, `<stranger>` and
    `<local>` in them stand for the origins of these servers.
    """

    name: str
    """The row of the decision table, and what makes this situation another one: "A14 403"."""
    title: str
    right: Right
    local: Sequence[Table] = ()
    """The local indexes, in order."""
    public: Table = field(default_factory=lambda: ATTACK)
    """The attacker's projects: each of their files says inside where it comes from."""
    copies: Table = field(default_factory=dict)
    """Projects of public whose files are the same, byte for byte, as those that local once had."""
    asked: tuple[str, ...] = (WIDGET,)
    wanted: str = WIDGET
    """The project that must be there in the end, where something must."""
    version: str = ""
    """Its version, where it matters."""
    owned: frozenset[str] = frozenset({WIDGET})
    """The names that no other index may be asked for."""
    served: Literal["static", "pypiserver", "folder"] | Callable[[Scene, ExitStack], list[str]] = "static"
    put: Callable[[Path], object] | None = None
    """Changes the folder of the local index before anybody asks."""
    change: Callable[[Scene], object] | None = None
    """What happens after a first good launch; the second one, of another driver, is judged."""
    beside: Table = field(default_factory=dict)
    """The attacker's files in the driver's own folder."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Set for the tool's process."""
    wheels_only: bool = False
    """Each tool is told, in its own words, to build nothing."""
    site: tuple[str, ...] = ()
    """Lines of driverenv's settings; the other tools have nothing of the kind."""
    compares: bool = False
    """Whether driverenv may ask public once, for the page alone, whether it lists the very same bytes
    (`vanished = "auto"`)."""
    also: tuple[Literal["transitive", "extra"], ...] = ()
    """Also played with the requirement at this depth."""

    @property
    def row(self) -> str:
        """The row of the decision table."""
        return self.name.partition(" ")[0]


def page(name: str, title: str, right: Right, projects: Table, **more: object) -> Situation:
    """A situation with one local index that has these projects."""
    return Situation(name=name, title=title, right=right, local=({"projects": projects},), **more)  # type: ignore[arg-type]


def widget(*files: object, **fault: object) -> dict[str, object]:
    """The owned project alone, with these files, and a page that is served with this fault."""
    return {WIDGET: {"files": list(files or ("1.0",))} | ({"fault": fault} if fault else {})}


def at_each_depth(situation: Situation) -> list[Situation]:
    """The situation itself, and what its `also` makes of it."""
    return [situation, *(_through_an_application(situation, way) for way in situation.also)]


def _through_an_application(situation: Situation, way: str) -> Situation:
    """A local application needs what was asked for; it alone is asked for now."""
    needs = list(situation.asked)
    files = {"version": "1.0"} | ({"extras": {"more": needs}} if way == "extra" else {"requires": needs})
    first, *others = situation.local
    projects = first["projects"]
    assert isinstance(projects, Mapping)
    return replace(
        situation,
        name=f"{situation.name} {way}",
        title=f"{situation.title}; {'asked for by an extra' if way == 'extra' else 'a dependency'}",
        local=(dict(first) | {"projects": {**projects, "corp-app": [files]}}, *others),
        asked=("corp-app[more]",) if way == "extra" else ("corp-app",),
        owned=situation.owned | {"corp-app"},
        also=(),
    )
