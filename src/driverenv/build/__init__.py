"""An sdist into a wheel: once, in an environment of its own, and the wheel is checked like a stranger's.

The tools come from the caller, under the site's policy; the code of the sdist runs in a cell
(`driverenv._cell`), of which nothing is left afterwards; the wheel passes the same reader as any other and
must be of the project and version that were asked for. Where a build fails for a reason that older tools
do not have, it is tried again with those.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv.archive import sdist
from driverenv.build import kept, limits
from driverenv.build import shared as _shared
from driverenv.build.failures import Asked, cycle, failed, forbidden
from driverenv.build.recipe import Recipe, RecipeInvalid, read_recipe
from driverenv.build.terms import Fleet, Job, ToolsFor
from driverenv.events import Listener
from driverenv.model.build import BuildRecord
from driverenv.model.requirement import Interpreter
from driverenv.model.site import Policy
from driverenv.policy import excepted, matches
from driverenv.policy.corrections import amended
from driverenv.store import Store

__all__ = ["ToolsFor", "build", "recipe_of", "tool_constraints"]


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
    tools_for: ToolsFor,
    on_event: Listener,
    policy: Policy,
    environ: Mapping[str, str],
    building: tuple[str, ...] = (),
    fleet: Fleet | None = None,
) -> BuildRecord:
    """Build the wheel of an sdist for `interpreter`, unless that was done before; it is in the store then.

    Args:
        sdist_path: the sdist, in the store.
        project: what it was offered as, like the next four.
        version: see there.
        filename: see there.
        sha256: its digest.
        public: whether it comes from a public index.
        store: where the wheel is kept, and what was built before.
        interpreter: the target.
        tools_for: makes the build's environments; it may build in turn, with `building` and this sdist's
            "name version" in its own call.
        on_event: told `Building` and `Built`, and `Warned` where a build had to be tried again or could not
            be kept from the network.
        policy: builds may be forbidden; it says how they are contained, and what limits their tools.
        environ: the caller's variables; only a few pass (`process.scrubbed`).
        building: the sdists that are being built around this one.
        fleet: what other servers built.

    Raises:
        BuildFailed: `BUILD_FAILED`, `BUILD_TIMEOUT`, `BUILD_LIMIT` or `BUILD_CYCLE`, with the end of the log.
        PolicyViolation: `BUILD_FORBIDDEN`, unless an exception of the policy allows it, or
            `BUILD_UNCONFINED`: this machine does not give what the policy requires.
        ArchiveRejected: the sdist, or the wheel that was built, breaks a rule.
        HomeUnusable: the store cannot be written.
    """
    asked = Asked(project, version, filename, sha256, _python(interpreter))
    name = canonicalize_name(project)
    constraints = tool_constraints(policy, name)
    job = Job(
        asked=asked,
        sdist=sdist_path,
        key=kept.by_request(sha256, interpreter, policy, constraints),
        store=store,
        interpreter=interpreter,
        tools_for=tools_for,
        on_event=on_event,
        environ=environ,
        limits=limits.of(policy),
        isolation=policy.build_sandbox,
        network=excepted(policy, name, "build-network") is not None,
        constraints=constraints,
        amended=amended(policy, name, Version(version)),
    )
    known = kept.find(store, job.key, isolated=job.must_be_isolated)
    if known is not None:
        return known
    if asked.name in building:
        raise cycle(asked, building)
    is_forbidden = policy.builds == "never" or (policy.builds == "local" and public)
    if is_forbidden and excepted(policy, name, "build") is None:
        raise forbidden(asked, policy.builds)
    sought = kept.sought(asked, interpreter.target, policy, constraints)
    shared = None if fleet is None else _shared.find(job, fleet, sought)
    if shared is not None:
        return shared
    from driverenv.build import attempt  # noqa: PLC0415 (only where something is built)

    record = attempt.with_retries(job, retry=policy.build_retry == "older-tools")
    if fleet is not None:
        _shared.give(job, fleet, sought, record)
    return record


def recipe_of(
    sdist_path: Path, *, project: str, version: str, filename: str, sha256: str, into: Path
) -> Recipe:
    """What a build of this sdist needs as it says itself; it is unpacked below the empty folder `into`, and not run.

    Raises `BuildFailed` where it does not say how it is built, and `ArchiveRejected`.
    """
    source = sdist.extract(sdist_path, into=into, project=project, version=version, filename=filename)
    try:
        return read_recipe(source)
    except RecipeInvalid as invalid:
        raise failed(Asked(project, version, filename, sha256), str(invalid)) from invalid


def _python(interpreter: Interpreter) -> tuple[int, int]:
    major, minor = interpreter.target.python_full_version.split(".")[:2]
    return int(major), int(minor)


def tool_constraints(policy: Policy, name: str) -> tuple[str, ...]:
    """What the policy says of the tools of builds of this project, from all its patterns."""
    return tuple(
        one for pattern, several in policy.build_constraints if matches(pattern, name) for one in several
    )
