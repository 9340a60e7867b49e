"""What must be done, before doing it: which file of which wheel lands where. Pure.

Collisions between distributions are normal in the field and never end a launch: the same bytes
are one file, a namespace's `__init__.py` is kept once, anything else has one winner that does
not depend on order or timing, and a note that names both. What ends a launch is a file that
would replace the interpreter, `pyvenv.cfg`, an activation script, or what describes another
distribution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from packaging.utils import canonicalize_name

from driverenv import warm
from driverenv.model.plan import Arrival, OriginFile, Plan, UnpackedWheel, WheelFile
from driverenv.model.requirement import Interpreter
from driverenv.plan.copied import kinds
from driverenv.plan.hooks import found_in
from driverenv.plan.layout import Layout
from driverenv.plan.table import COLLISION, Table, declares_namespace

__all__ = ["COLLISION", "arrival", "declares_namespace", "environment_key", "make_plan"]

_SCHEMA = b"environment 3"


def environment_key(
    *, interpreter: Interpreter, name: str, arrivals: Iterable[tuple[str, bool]], policy: Iterable[str] = ()
) -> str:
    """The identity of an environment: its content and what governs its making, never a driver's version.

    Args:
        interpreter: by its `identity`.
        name: the readable name, since it is part of `sys.prefix`.
        arrivals: the sha256 of each wheel and whether the driver's own file asks for it.
        policy: what else makes two environments differ, such as the sharing.
    """
    wheels = sorted(f"{sha256} {requested:d}" for sha256, requested in arrivals)
    parts = (interpreter.identity, name, "\n".join(wheels), "\n".join(policy))
    return warm.key((_SCHEMA, *(part.encode("utf-8", "surrogateescape") for part in parts)))


def arrival(
    wheel: UnpackedWheel, *, requested: bool, public: bool = False, origin: OriginFile | None = None
) -> Arrival:
    """A wheel of the store as something that is to be in an environment; `public` is where it came from."""
    return Arrival(
        project=canonicalize_name(wheel.project),
        version=wheel.version,
        sha256=wheel.sha256,
        dist_info=wheel.dist_info,
        files=wheel.entries,
        scripts=wheel.scripts,
        root=str(wheel.root),
        requested=requested,
        origin=origin,
        public=public,
    )


def make_plan(
    arrivals: Iterable[Arrival],
    *,
    key: str,
    name: str,
    interpreter: Interpreter,
    content: Callable[[Arrival, WheelFile], bytes],
    copied: Iterable[str] = (),
    overlays: Iterable[str] = (),
) -> Plan:
    """Say which file lands where. The order of `arrivals` makes no difference.

    `content` reads a file of a wheel; it is asked only for `__init__.py` files that collide, and for what
    Python reads at its start. `copied` are patterns of files that are never shared, `overlays` of those whose edits
    are kept (`plan.copied`).
    Raises `ArchiveRejected` where a file would replace the interpreter, leave the environment, or describe
    another distribution.
    """
    ordered = sorted(arrivals, key=lambda arrival: (arrival.project, arrival.sha256))
    table = Table(ordered, Layout.of(interpreter), content, kinds(copied, overlays))
    for number in range(len(ordered)):
        table.add(number)
    table.settle_folders()
    return Plan(key, name, tuple(table.wheels()), tuple(table.notes()), found_in(table))
