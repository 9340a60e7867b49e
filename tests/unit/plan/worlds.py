"""Distributions that are made up, and the plan of an environment with them."""

from __future__ import annotations

from typing import NamedTuple

from packaging.utils import canonicalize_name

from driverenv.model.plan import Arrival, Plan, WheelFile, kind_of
from driverenv.model.requirement import Interpreter, Target
from driverenv.plan import make_plan


class Row(NamedTuple):
    scheme: str
    path: str
    size: int = 1
    sha256: str = "same"
    executable: bool = False

    @property
    def kind(self) -> str:
        top = self.path.partition("/")[0]
        return kind_of(self.scheme, self.path, f"{top}/" if top.endswith(".dist-info") else "//")


class Entry(NamedTuple):
    name: str
    module: str = "m"
    attribute: str = "main"
    gui: bool = False


def python(platform: str = "linux") -> Interpreter:
    windows = platform == "win32"
    return Interpreter(
        executable="/usr/bin/python3.12",
        base_prefix="/usr",
        target=Target("3.12.1", {"sys_platform": platform}, ("cp312-cp312-any",)),
        site_packages="Lib\\site-packages" if windows else "lib/python3.12/site-packages",
        scripts="Scripts" if windows else "bin",
        include="include\\site\\python3.12" if windows else "include/site/python3.12",
        cache_tag="cpython-312",
        windows=windows,
        stamp="1 2",
        identity="identity",
    )


def dist(project: str, *rows: Row, scripts: tuple[Entry, ...] = (), requested: bool = False) -> Arrival:
    own = f"{project}-1.0.dist-info"
    return Arrival(
        project=canonicalize_name(project),
        version="1.0",
        sha256=f"sha of {project}",
        dist_info=own,
        files=(*rows, Row("purelib", f"{own}/METADATA", 1, project)),
        scripts=scripts,
        root=f"/store/{project}",
        requested=requested,
    )


def plan(
    *arrivals: Arrival,
    platform: str = "linux",
    content: dict[str, bytes] | None = None,
    copied: tuple[str, ...] = (),
) -> Plan:
    texts = content or {}

    def read(one: Arrival, row: WheelFile) -> bytes:
        return texts.get(f"{one.project}:{row.path}", texts.get(one.project, b""))

    return make_plan(arrivals, key="k", name="n", interpreter=python(platform), content=read, copied=copied)


def targets(made: Plan) -> dict[str, tuple[str, str]]:
    return {file.target: (wheel.project, file.kind) for wheel in made.wheels for file in wheel.files}


LIB = "lib/python3.12/site-packages"
