"""An sdist into a wheel: once, in an environment of its own, and the wheel is checked like a stranger's.

What holds today: the build's requirements come from the caller, under the site's policy; the build
runs in its own process group with scrubbed variables, its own HOME and TMP, no input and a time
limit (`process` says what does not hold yet); its wheel passes the same reader as any other and must
be of the project and version that were asked for. The network is not cut off yet.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from driverenv import warm
from driverenv.archive import sdist
from driverenv.build import legacy, process
from driverenv.build.failures import Asked, cycle, failed, forbidden, timed_out
from driverenv.build.recipe import Recipe, RecipeInvalid, read_recipe, requirements
from driverenv.errors import ArchiveRejected
from driverenv.events import Building, Built, Listener
from driverenv.model.launch import Environment
from driverenv.model.requirement import Interpreter
from driverenv.model.site import Policy
from driverenv.policy import excepted
from driverenv.store import Store

if TYPE_CHECKING:
    from pyproject_hooks import BuildBackendHookCaller, SubprocessRunner

__all__ = ["DEFAULT_TIMEOUT_SECONDS", "EnvironmentFor", "build"]

EnvironmentFor = Callable[[Sequence[Requirement], str], Environment]
"""Makes the environment for these build requirements; the second argument says whose they are."""

DEFAULT_TIMEOUT_SECONDS = 600.0
_SCHEMA = b"build 1"
_RULES = (
    "sources",
    "private",
    "public_allow",
    "public_deny",
    "exceptions",
    "constraints",
    "overrides",
    "corrections",
)


def build(  # noqa: PLR0913 (the seam with the stories: everything that a build depends on, by name)
    sdist_path: Path,
    *,
    project: str,
    version: str,
    filename: str,
    sha256: str,
    public: bool,
    store: Store,
    interpreter: Interpreter,
    environment_for: EnvironmentFor,
    on_event: Listener,
    policy: Policy,
    environ: Mapping[str, str],
    building: tuple[str, ...] = (),
    timeout: float = DEFAULT_TIMEOUT_SECONDS,
) -> str:
    """Build the wheel of an sdist for `interpreter`, unless that was done before; the wheel's sha256.

    Args:
        sdist_path: the sdist, in the store.
        project: what it was offered as, like the next four.
        version: see there.
        filename: see there.
        sha256: its digest.
        public: whether it comes from a public index.
        store: where the wheel is kept, and what was built before.
        interpreter: the target.
        environment_for: makes the build's environments; it may build in turn, with `building` and
            this sdist's "name version" in its own call.
        on_event: told `Building` and `Built`.
        policy: builds may be forbidden; its indexes are part of what a build is filed under.
        environ: the caller's variables; only a few pass (`process.scrubbed`).
        building: the sdists that are being built around this one.
        timeout: for each of the two steps, in seconds.

    Raises:
        BuildFailed: `BUILD_FAILED`, `BUILD_TIMEOUT` or `BUILD_CYCLE`, with the end of the log.
        PolicyViolation: `BUILD_FORBIDDEN`, unless an exception of the policy allows it.
        ArchiveRejected: the sdist, or the wheel that was built, breaks a rule.
        HomeUnusable: the store cannot be written.
    """
    asked = Asked(project, version, filename, sha256)
    key = _key(sha256, interpreter, policy)
    known = _built_before(store, key)
    if known is not None:
        return known
    if asked.name in building:
        raise cycle(asked, building)
    is_forbidden = policy.builds == "never" or (policy.builds == "local" and public)
    if is_forbidden and excepted(policy, canonicalize_name(project), "build") is None:
        raise forbidden(asked, policy.builds)
    with store.staging() as folder:
        work = _Work(asked, key, store, interpreter, folder, on_event, environ, timeout)
        source = sdist.extract(
            sdist_path, into=work.made("source"), project=project, version=version, filename=filename
        )
        return work.run(source, environment_for)


def _key(sha256: str, interpreter: Interpreter, policy: Policy) -> str:
    """What a built wheel is filed under. The indexes count, and who may serve what: they decide on the build tools."""
    indexes = [index.location for index in policy.indexes]
    rules = [f"{name} {getattr(policy, name)!r}" for name in _RULES if getattr(policy, name)]
    parts = (sha256, interpreter.identity, "\n".join((*indexes, *rules)))
    return warm.key((_SCHEMA, *(part.encode("utf-8", "surrogateescape") for part in parts)))


def _built_before(store: Store, key: str) -> str | None:
    document = store.read("built", key)
    wheel_sha256 = str(json.loads(document)["sha256"]) if document else None
    return wheel_sha256 if wheel_sha256 and store.wheel(wheel_sha256) is not None else None


@dataclass(frozen=True)
class _Work:
    asked: Asked
    key: str
    store: Store
    interpreter: Interpreter
    folder: Path
    on_event: Listener
    environ: Mapping[str, str]
    timeout: float

    def made(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir()
        return path

    def run(self, source: Path, environment_for: EnvironmentFor) -> str:
        """No lock is held while an environment is made: that may build in turn, and two builds could wait for each other."""
        for name in ("home", "tmp", "wheel"):
            self.made(name)
        try:
            recipe = read_recipe(source)
            environment = environment_for(recipe.requires, f"build of {self.asked.name}")
            more = requirements(self._further_requires(source, recipe, environment))
        except RecipeInvalid as invalid:
            raise failed(self.asked, str(invalid)) from invalid
        if more:
            everything = (*recipe.requires, *more)
            environment = environment_for(everything, f"build of {self.asked.name}")
        with self.store.lock("build", self.key):
            known = _built_before(self.store, self.key)
            return known or self._build(source, recipe, environment)

    def _further_requires(self, source: Path, recipe: Recipe, environment: Environment) -> object:
        with self.store.lock("build-requires", self.key):
            document = self.store.read("build-requires", self.key)
            if document is not None:
                return json.loads(document)
            with self._hooks("requires", source, recipe, environment) as hooks:
                found = hooks.get_requires_for_build_wheel()
            self.store.write("build-requires", self.key, json.dumps(found).encode())
            return found

    def _build(self, source: Path, recipe: Recipe, environment: Environment) -> str:
        self.on_event(Building(self.asked.filename))
        begun = time.monotonic()
        with self._hooks("wheel", source, recipe, environment) as hooks:
            name = hooks.build_wheel(str(self.folder / "wheel"))
        wheel = self._checked_wheel(str(name))
        wheel_sha256 = _sha256_of(wheel)
        try:
            self.store.ingest(
                wheel,
                project=self.asked.project,
                version=self.asked.version,
                filename=wheel.name,
                sha256=wheel_sha256,
                public=True,
            )
        except ArchiveRejected as rejected:
            raise rejected.with_facts(("built from", self.asked.filename)) from rejected
        self.store.admit(wheel, wheel_sha256)
        document = {"sha256": wheel_sha256, "filename": wheel.name}
        self.store.write("built", self.key, json.dumps(document).encode())
        self.on_event(Built(self.asked.filename, wheel.name, time.monotonic() - begun))
        return wheel_sha256

    def _checked_wheel(self, name: str) -> Path:
        wheel = self.folder / "wheel" / os.path.basename(name)
        try:
            _, _, _, tags = parse_wheel_filename(name)
        except InvalidWheelFilename as error:
            raise failed(self.asked, f"its build backend made no wheel: {error}") from error
        if wheel.name != name or wheel.is_symlink() or not wheel.is_file():
            raise failed(self.asked, f"its build backend says that it made {name}, which is not there")
        if not {str(tag) for tag in tags} & set(self.interpreter.target.tags):
            target = self.interpreter.target.short
            raise failed(self.asked, f"its build backend made {name}, which does not fit {target}")
        return wheel

    @contextmanager
    def _hooks(
        self, step: str, source: Path, recipe: Recipe, environment: Environment
    ) -> Iterator[BuildBackendHookCaller]:
        """The backend's hooks; what goes wrong becomes `BuildFailed`, and the log is kept in any case."""
        from pyproject_hooks import (  # noqa: PLC0415 (only where something is built)
            BackendUnavailable,
            BuildBackendHookCaller,
            HookMissing,
        )

        log = self.folder / f"{step}.log"
        python, runner = environment.python, self._runner(log, environment)
        backend, path = recipe.backend, recipe.backend_path or None
        try:
            yield BuildBackendHookCaller(str(source), backend, path, runner=runner, python_executable=python)
        except subprocess.TimeoutExpired as error:
            raise timed_out(self.asked, self.timeout, self._kept(log, step)) from error
        except subprocess.CalledProcessError as error:
            detail = f"its build backend {backend} ended with status {error.returncode}"
            raise failed(self.asked, detail, self._kept(log, step)) from error
        except BackendUnavailable as error:
            with log.open("a", encoding="utf-8", errors="replace") as file:
                file.write(error.traceback)
            detail = f"its build backend {backend} cannot be imported"
            raise failed(self.asked, detail, self._kept(log, step)) from error
        except (HookMissing, OSError, ValueError) as error:
            detail = f"its build backend {backend} cannot be run: {error}"
            raise failed(self.asked, detail, self._kept(log, step)) from error
        self._kept(log, step)

    def _runner(self, log: Path, environment: Environment) -> SubprocessRunner:
        home, tmp = self.folder / "home", self.folder / "tmp"
        variables = process.scrubbed(self.environ, bin_folder=environment.bin, home=home, tmp=tmp)

        def run(
            cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
        ) -> None:
            everything = {**variables, **(extra_environ or {})}
            if legacy.is_needed(self.interpreter):
                cmd = legacy.with_program(cmd, self.folder)
            where = cwd or str(self.folder)
            status = process.run(cmd, cwd=where, environ=everything, log=log, timeout=self.timeout)
            if status:
                raise subprocess.CalledProcessError(status, list(cmd))
            _silence(Path(cmd[-1]) / "output.json")

        return run

    def _kept(self, log: Path, step: str) -> Path:
        name = f"build-{self.asked.project}-{self.asked.version}-{self.key[:12]}-{step}.log"
        return process.keep_log(log, self.store.logs / name)


def _silence(output: Path) -> None:
    """Take the build's warnings out of its answer: pyproject_hooks would raise them in this process."""
    answer = json.loads(output.read_bytes())
    answer["warnings"] = []
    output.write_text(json.dumps(answer), encoding="utf-8")


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
