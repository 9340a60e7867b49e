"""Make an environment: aside, whole, and then visible by one rename; or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from driverenv import _fs, lease, warm
from driverenv.environment import clone, durability, overlay, record
from driverenv.environment.examining import doubt, look_closer
from driverenv.environment.image import CONFIG
from driverenv.environment.naming import COMPLETE, MANIFEST
from driverenv.environment.overlay import Edits
from driverenv.environment.record import Within, wheels_in
from driverenv.environment.removal import remove
from driverenv.environment.work import Work
from driverenv.errors import EnvironmentBroken, foreign
from driverenv.events import Linked, Linking, Listener, Warned, ignore
from driverenv.model.launch import Environment, held
from driverenv.model.plan import BYTE_CODE, Plan
from driverenv.model.requirement import Interpreter
from driverenv.store import Store, syncing

KIND = "environment"
Documents = Callable[[], Mapping[str, bytes]]
_ATTEMPTS = 3
_PATIENCE_SECONDS = 5.0
_PYTHONS = ("bin/python", "Scripts/python.exe", "bin/python.exe")


def create(
    plan: Plan,
    *,
    at: Path,
    interpreter: Interpreter,
    store: Store,
    sharing: str = "auto",
    documents: Documents = dict,
    edits: Edits = MappingProxyType({}),
    on_event: Listener = ignore,
) -> Environment:
    """The environment of `plan`, made now if it is not there whole; it cannot be removed while it is referred to.

    Safe to call from many threads and processes at once: one makes it, all get it.

    Args:
        plan: what lands where; every wheel of it is in `store`.
        at: the final prefix, `<home>/environments/<key>/<readable name>`.
        interpreter: the base interpreter.
        store: where the wheels and the interpreter's image are.
        sharing: "auto", "link" or "copy".
        documents: gives files to be put beside the prefix before it becomes visible (name, content);
            called when everything else is done.
        edits: what somebody made of files that may be edited; without any, what was made of them here before.
        on_event: told `Linking`, `Warned` for each note of the plan and for what was damaged, and `Linked`.

    Raises:
        EnvironmentBroken: what is there is not whole and cannot be put aside; or somebody removes what is made.
        IntegrityError: a wheel of the store is damaged, and has to be fetched anew (`data["wheel"]`).
        InterpreterNotFound: no environment can be made for this interpreter.
        HomeUnusable: the disk is full, rights are missing, or another process holds the lock.
    """
    environment = describe(at, interpreter)
    if not take(environment, store, on_event):
        return environment
    with store.lock(KIND, plan.key):
        for _ in range(_ATTEMPTS):
            reason = take(environment, store, on_event)
            if not reason:
                return environment
            if os.path.lexists(at.parent / COMPLETE):
                on_event(Warned("MADE_ANEW", f"the environment {foreign(at)} is made anew: {reason}"))
            on_event(Linking(len(plan.wheels)))
            begun = time.monotonic()
            for note in plan.notes:
                on_event(Warned(note.code, note.text))
            work = partial(
                Work,
                python=environment.python,
                interpreter=interpreter,
                method=clone.method(sharing, store),
                store=store,
                on_event=on_event,
            )
            making = partial(_made, work, edits or overlay.latest(at, store))
            is_held = held(environment, _create(plan, at, store, making, documents))
            on_event(Linked(len(plan.wheels), time.monotonic() - begun))
            if is_held and not check(at):
                return environment  # its stamps were taken just now
        damage = take(environment, store, on_event)
    if damage:
        raise EnvironmentBroken(
            f"the environment {at} is not whole each time it has been made",
            facts=(("why", damage),),
            remedies=("find out which program removes files below driverenv's home folder, and stop it",),
            data={"prefix": str(at), "why": damage},
        )
    return environment


def examine(at: Path, store: Store, on_event: Listener = ignore) -> str:
    """Whether the environment whose prefix is `at` is what it was made: "" where it is, else why not.

    Like `check`, and then by the stamps of all its files; by the contents of those whose stamps changed, and of all
    where the machine was started anew since it was made, and the disk may not have it. Raises `HomeUnusable`.
    """
    reason = check(at)
    is_doubtful = not reason and durability.in_doubt(at, store.boot)
    if is_doubtful:
        doubt(at, store)
    if reason or warm.intact(str(store.home), str(at)):
        return reason
    damage = look_closer(at, store, on_event)
    if is_doubtful and not damage:
        durability.settle(at)
    return damage


def take(environment: Environment, store: Store, on_event: Listener = ignore) -> str:
    """Hold it as long as `environment` is referred to: "" where it is what it was made, else why it cannot be used."""
    damage = examine(Path(environment.prefix), store, on_event)
    if damage:
        return damage
    path = lease.path_of(environment.prefix)
    with contextlib.suppress(OSError):
        if not os.path.exists(path):
            lease.make(path)
    return "" if held(environment, lease.hold(path, wait=_PATIENCE_SECONDS)) else "it is being removed"


def files(at: Path) -> list[tuple[str, str]]:
    """What the environment whose prefix is `at` was made with: path and digest. Raises `OSError`, `ValueError`.

    Without byte code, which is there or not yet.
    """
    rows = record.read_manifest(_fs.read(at.parent / MANIFEST))
    return [(row.target, row.sha256) for row in rows if row.kind != BYTE_CODE]


def unmark(at: Path) -> None:
    """Have the environment whose prefix is `at` made again by whoever needs it; what runs from it goes on."""
    try:
        (at.parent / COMPLETE).unlink(missing_ok=True)
    except OSError as error:
        raise _fs.unusable(at, error) from error


def describe(at: Path, interpreter: Interpreter) -> Environment:
    """The noun for an environment whose prefix is `at`."""
    folder = at / interpreter.scripts
    return Environment(
        prefix=str(at),
        python=str(folder / ("python.exe" if interpreter.windows else "python")),
        bin=str(folder),
        site_packages=str(at / interpreter.site_packages),
        name=at.name,
        key=at.parent.name,
    )


def check(at: Path) -> str:
    """A quick look at the environment whose prefix is `at`: "" where it can be used, else why not.

    Looks at the mark of completeness, the manifest, `pyvenv.cfg`, the base interpreter's stamp and whether
    there is a Python; not at contents.
    """
    try:
        marked = _fs.read(at.parent / COMPLETE)
        config = _fs.read(at / CONFIG)
        manifest = _fs.read(at.parent / MANIFEST)
    except OSError as error:
        return f"{error.filename} cannot be read: {error.strerror}"
    if not _has_python(str(at)):
        return "its Python is gone"
    stamp = warm.stamp(_executable(marked))
    return record.why_not_whole(marked, prefix=str(at), stamp=stamp, config=config, manifest_data=manifest)


def made_for(at: Path) -> str:
    """The base interpreter of the environment whose prefix is `at`; "" where its mark does not say."""
    try:
        return _executable(_fs.read(at.parent / COMPLETE))
    except OSError:
        return ""


def _executable(marked: bytes) -> str:
    try:
        return str(json.loads(marked)["executable"])
    except (ValueError, KeyError, TypeError):
        return ""


def _has_python(prefix: str) -> bool:
    """Whether there is a Python below `prefix`, behind all links; where it lies depends on the system."""
    return any(os.path.isfile(f"{prefix}/{python}") for python in _PYTHONS)


def remembered(at: Path, interpreter: Interpreter) -> tuple[tuple[Within, ...], dict[str, bytes]]:
    """What is needed to make the environment whose prefix is `at` once more: its wheels, and the documents beside it.

    Raises `OSError` and `ValueError` where that cannot be read, or it was made for another interpreter: one that
    was patched in place is another, and has environments of its own.
    """
    marked = _fs.read(at.parent / COMPLETE)
    if not record.is_for(marked, executable=interpreter.executable, stamp=interpreter.stamp):
        raise ValueError("it was made for another interpreter")
    beside = {COMPLETE, MANIFEST, warm.SHIPPED, lease.NAME, syncing.SYNCED}
    documents = {
        path.name: _fs.read(path)
        for path in at.parent.iterdir()
        if path.name not in beside and path.is_file() and not path.is_symlink()
    }
    return wheels_in(marked), documents


def wheels_of(folder: Path) -> frozenset[str]:
    """The sha256 of the wheels in the environment whose prefix lies in `folder`. Raises `OSError`, `ValueError`."""
    return frozenset(one.sha256 for one in wheels_in(_fs.read(folder / COMPLETE)))


def witnesses(environment: Environment, interpreter: Interpreter) -> tuple[str, ...]:
    """The files whose stamps a warm launch looks at: if one of them changed, `create` looks closer."""
    prefix = Path(environment.prefix)
    marks = (prefix.parent / COMPLETE, prefix.parent / MANIFEST, prefix / CONFIG)
    return (*map(str, marks), environment.python, interpreter.executable)


def _put_aside(at: Path, aside: Path) -> None:
    """Move what is there, and is not whole, out of the way; what runs from it keeps its open files.

    Into the staging folder: what a kill leaves of it there is swept by a later process.
    """
    folder = at.parent
    if not os.path.lexists(folder):
        return
    reason = check(at) or "its files are not what they were"
    try:
        folder.rename(aside)
    except OSError as error:
        raise EnvironmentBroken(
            f"the environment {at} cannot be used, and is in the way of a new one",
            facts=(("why", reason), ("came back", error.strerror or str(error))),
            remedies=("end the processes that run from it, then try again",),
            data={"prefix": str(at), "why": reason},
        ) from error


def _lay_lease(made: Path, former: Path) -> None:
    """The lease's file: the same one where whoever runs from the former environment may hold it."""
    try:
        os.link(former / lease.NAME, made / lease.NAME)
    except OSError:
        lease.make(str(made / lease.NAME))


def _made(work: Callable[[str], Work], edits: Edits, plan: Plan, prefix: str) -> Work:
    """Everything that is below the prefix."""
    doing = work(prefix)
    doing.lay(plan.wheels)
    doing.edit(edits)
    for wheel in plan.wheels:
        doing.describe(wheel)
    return doing


def _create(
    plan: Plan, at: Path, store: Store, make: Callable[[Plan, str], Work], documents: Documents
) -> lease.Hold | None:
    """Make it; what is answered holds it from before it can be seen, where the system allows."""
    try:
        with store.staging() as staging:
            made, former = staging / KIND, staging / "former"
            made.mkdir()
            doing = make(plan, str(made / at.name))
            if not _has_python(str(made / at.name)):
                raise EnvironmentBroken(
                    f"the environment {at} came out without a Python, and was not kept",
                    remedies=("run it again; if it stays so, name another interpreter: --python",),
                    data={"prefix": str(at)},
                )
            _mark(plan, doing, at, made, {**documents(), warm.SHIPPED: doing.shipped()})
            overlay.remember(at, plan.key, store)
            _put_aside(at, former)
            _lay_lease(made, former)
            final = lease.path_of(str(at))
            hold = lease.hold_before(str(made / lease.NAME), final, wait=_PATIENCE_SECONDS)
            _fs.publish(made, at.parent)
            remove(former, at.name, store)
            return hold
    except OSError as error:
        raise _fs.unusable(at, error) from error


def _mark(plan: Plan, work: Work, at: Path, staging: Path, documents: Mapping[str, bytes]) -> None:
    manifest = record.manifest(work.there.values())
    mark = record.mark(
        prefix=str(at),
        executable=work.interpreter.executable,
        stamp=work.interpreter.stamp,
        config=(staging / at.name / CONFIG).read_bytes(),
        manifest_data=manifest,
        wheels=plan.wheels,
        boot=work.boot,
    )
    for name, data in {**documents, MANIFEST: manifest, COMPLETE: mark}.items():
        _fs.write_new(str(staging / name), [data])
