"""Make an environment: aside, whole, and then visible by one rename; or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from driverenv import _fs, warm
from driverenv.environment import record
from driverenv.environment.image import CONFIG, image
from driverenv.environment.naming import COMPLETE, MANIFEST
from driverenv.environment.work import Work
from driverenv.errors import EnvironmentBroken
from driverenv.events import Linking, Listener, Warned, ignore
from driverenv.model.launch import Environment
from driverenv.model.plan import Plan
from driverenv.model.requirement import Interpreter
from driverenv.store import Store

KIND = "environment"
_PYTHONS = ("bin/python", "Scripts/python.exe", "bin/python.exe")


def create(
    plan: Plan,
    *,
    at: Path,
    interpreter: Interpreter,
    store: Store,
    sharing: str = "link",
    documents: Mapping[str, bytes] | None = None,
    on_event: Listener = ignore,
) -> Environment:
    """The environment of `plan`, made now if it is not there whole.

    Safe to call from many threads and processes at once: one makes it, all get it.

    Args:
        plan: what lands where; every wheel of it is in `store`.
        at: the final prefix, `<home>/environments/<key>/<readable name>`.
        interpreter: the base interpreter.
        store: where the wheels and the interpreter's image are.
        sharing: "link" or "copy".
        documents: files to be put beside the prefix before it becomes visible (name, content).
        on_event: told `Linking`, and `Warned` for each note of the plan.

    Raises:
        EnvironmentBroken: what is there is not whole and cannot be put aside.
        IntegrityError: a file of the store is not what it was.
        InterpreterNotFound: no environment can be made for this interpreter.
        HomeUnusable: the disk is full, rights are missing, or another process holds the lock.
    """
    environment = describe(at, interpreter)
    if check(at) == "":
        return environment
    with store.lock(KIND, plan.key):
        if check(at) != "":
            _put_aside(at, store)
            on_event(Linking(len(plan.wheels)))
            for note in plan.notes:
                on_event(Warned(note.code, note.text))
            base = image(interpreter, store)

            def work(prefix: str) -> Work:
                return Work(
                    prefix, base=base, python=environment.python, interpreter=interpreter, sharing=sharing
                )

            _create(plan, at, store, work, documents or {})
    return environment


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
        marked = (at.parent / COMPLETE).read_bytes()
        config = (at / CONFIG).read_bytes()
        manifest = (at.parent / MANIFEST).read_bytes()
    except OSError as error:
        return f"{error.filename} cannot be read: {error.strerror}"
    if not _has_python(str(at)):
        return "its Python is gone"
    try:
        executable = str(json.loads(marked)["executable"])
    except (ValueError, KeyError, TypeError):
        executable = ""
    stamp = warm.stamp(executable)
    return record.why_not_whole(marked, prefix=str(at), stamp=stamp, config=config, manifest_data=manifest)


def _has_python(prefix: str) -> bool:
    """Whether there is a Python below `prefix`, behind all links; where it lies depends on the system."""
    return any(os.path.isfile(f"{prefix}/{python}") for python in _PYTHONS)


def witnesses(environment: Environment, interpreter: Interpreter) -> tuple[str, ...]:
    """The files whose stamps a warm launch looks at: if one of them changed, `create` looks closer."""
    prefix = Path(environment.prefix)
    marks = (prefix.parent / COMPLETE, prefix.parent / MANIFEST, prefix / CONFIG)
    return (*map(str, marks), environment.python, interpreter.executable)


def _put_aside(at: Path, store: Store) -> None:
    """Move what is there, and is not whole, out of the way; what runs from it keeps its open files.

    Into the staging folder: what a kill leaves of it there is swept by a later process.
    """
    folder = at.parent
    if not os.path.lexists(folder):
        return
    reason = check(at)
    with store.staging() as staging:
        try:
            folder.rename(staging / KIND)
        except OSError as error:
            raise EnvironmentBroken(
                f"the environment {at} cannot be used, and is in the way of a new one",
                facts=(("why", reason), ("came back", error.strerror or str(error))),
                remedies=("end the processes that run from it, then try again",),
                data={"prefix": str(at), "why": reason},
            ) from error


def _create(
    plan: Plan, at: Path, store: Store, work: Callable[[str], Work], documents: Mapping[str, bytes]
) -> None:
    try:
        with store.staging() as staging:
            made = staging / KIND
            made.mkdir()
            doing = work(str(made / at.name))
            doing.lay(plan.wheels)
            for wheel in plan.wheels:
                doing.describe(wheel)
            if not _has_python(str(made / at.name)):
                raise EnvironmentBroken(
                    f"the environment {at} came out without a Python, and was not kept",
                    remedies=("run it again; if it stays so, name another interpreter: --python",),
                    data={"prefix": str(at)},
                )
            _mark(doing, at, made, documents)
            _fs.publish(made, at.parent)
    except OSError as error:
        raise _fs.unusable(at, error) from error


def _mark(work: Work, at: Path, staging: Path, documents: Mapping[str, bytes]) -> None:
    manifest = record.manifest(work.there.values())
    mark = record.mark(
        prefix=str(at),
        executable=work.interpreter.executable,
        stamp=work.interpreter.stamp,
        config=(staging / at.name / CONFIG).read_bytes(),
        manifest_data=manifest,
    )
    for name, data in {**documents, MANIFEST: manifest, COMPLETE: mark}.items():
        _fs.write_new(str(staging / name), [data])
