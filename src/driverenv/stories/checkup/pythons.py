"""The Pythons of the drivers: those that the site names, and those that there are."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from driverenv import interpreter as interpreters
from driverenv.environment.image import image
from driverenv.errors import DriverEnvError, InterpreterNotFound, foreign
from driverenv.interpreter.examination import Examined, examine
from driverenv.interpreter.search import known
from driverenv.model.finding import FAIL, OK, WARN, Finding, Section
from driverenv.model.site import Policy
from driverenv.policy.pythons import UNDECLARED
from driverenv.store import Store
from driverenv.stories.site import base_executable

_AT_ONCE = 4
_MOST = 40


def section(python: str | None, policy: Policy, environ: Mapping[str, str], *, fast: bool) -> Section:
    """All of them; `python` is that of drivers that name none."""
    with tempfile.TemporaryDirectory(prefix="driverenv-doctor-") as scratch:
        visit = _Visit(Store(Path(scratch) / "home"), environ, fast=fast)
        return Section("Pythons", tuple(visit.findings(python, policy)))


class _Visit:
    """What is made for the trial is in a store of its own, and gone at the end."""

    def __init__(self, store: Store, environ: Mapping[str, str], *, fast: bool) -> None:
        self._store, self._environ, self._fast = store, environ, fast

    def findings(self, python: str | None, policy: Policy) -> Iterator[Finding]:
        """Those that are meant first, then the rest."""
        default = Path(base_executable())
        wanted = [("drivers that name none", python or "")]
        wanted += [(_who(key), said) for key, said in policy.pythons]
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="driverenv-python") as pool:
            told = set()
            for finding in pool.map(partial(self._meant, default), wanted):
                told.add(finding.data.get("executable"))
                yield finding
            if self._fast:
                return
            for finding in pool.map(_other, known(default, self._environ)[:_MOST]):
                if finding.data["executable"] not in told:
                    told.add(finding.data["executable"])
                    yield finding

    def _meant(self, default: Path, wanted: tuple[str, str]) -> Finding:
        """One that the site names: it has to be there, and to be good for environments."""
        who, said = wanted
        try:
            path = interpreters.find(said or None, default=default, environ=self._environ, store=self._store)
            found = examine(path)
            if not self._fast:
                image(found.interpreter, self._store)
        except DriverEnvError as error:
            told = f"for {who}{f' ({foreign(said)})' if said else ''}: {error.summary}"
            return Finding(
                "python", FAIL, "Python", told, "\n".join(error.remedies), {"wanted": said or None}
            )
        return _told(found, f"for {who}: ", "" if self._fast else "; environments can be made")


def _other(path: Path) -> Finding:
    """One that is there: nothing depends on it yet."""
    try:
        return _told(examine(path, parts=False), "", "", name="python-other")
    except InterpreterNotFound as error:
        told = f"{foreign(path)} is there, and is no Python that runs: {error.summary}"
        return Finding("python-other", OK, "Python", told, data={"executable": str(path)})


def _who(key: str) -> str:
    return "drivers whose metadata names none" if key == UNDECLARED else f"drivers that say {key}"


def _told(found: Examined, before: str, after: str, *, name: str = "python") -> Finding:
    one = found.interpreter
    tag = next(iter(one.target.tags), "no tags")
    told = f"{before}{one.target.python_full_version}, {foreign(one.executable)} ({tag}){after}"
    data = {
        "executable": one.executable,
        "version": one.target.python_full_version,
        "tag": tag,
        "lacking": list(found.lacking),
    }
    if not found.lacking:
        return Finding(name, OK, "Python", told, data=data)
    lacks = f"{told}; it cannot import {', '.join(found.lacking)}"
    remedy = "install the libraries that it was built without, and build it again; or name another one"
    return Finding(name, WARN, "Python", lacks, remedy, data)
