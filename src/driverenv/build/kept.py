"""What was built before: filed by what was asked, and by what it was built with.

By what was asked: the sdist, the interpreter, and everything of the policy that decides on the tools of its
build; so a launch whose sdist was built need not ask any index for them. By what it was built with: the
sdist, the interpreter and the wheels of the tools; so another policy that comes to the same tools builds
nothing again.
"""

from __future__ import annotations

import json

from driverenv import warm
from driverenv.build.failures import Asked
from driverenv.build.terms import Job
from driverenv.model.build import BuildRecord, Sought, Toolchain
from driverenv.model.requirement import Interpreter, Target
from driverenv.model.site import Policy
from driverenv.store import Store

_SCHEMA = b"build 2"
_RULES = (
    "sources",
    "private",
    "public_allow",
    "public_deny",
    "exceptions",
    "constraints",
    "overrides",
    "corrections",
    "build_retry",
)
_KIND = "built"


def by_request(sha256: str, interpreter: Interpreter, policy: Policy, constraints: tuple[str, ...]) -> str:
    """The key by what was asked. The indexes count, and who may serve what: they decide on the tools."""
    return _key("asked", sha256, interpreter.identity, *decisive(policy), *constraints)


def decisive(policy: Policy) -> list[str]:
    """What in the policy decides on which files are taken, in words."""
    indexes = [index.location for index in policy.indexes]
    return indexes + [f"{name} {getattr(policy, name)!r}" for name in _RULES if getattr(policy, name)]


def sought(asked: Asked, target: Target, policy: Policy, constraints: tuple[str, ...]) -> Sought:
    """The same as `by_request`, for any server: not this very Python counts, but what its kind supports."""
    return Sought(
        asked.project,
        asked.version,
        asked.filename,
        asked.sha256,
        target.short,
        tags=_key("tags", *target.tags),
        policy=_key("policy", *decisive(policy), *constraints),
    )


def by_tools(job: Job, toolchain: Toolchain) -> str:
    """The key by what it is built with."""
    tools = sorted(tool.sha256 for tool in toolchain.tools)
    return _key("tools", job.asked.sha256, job.interpreter.identity, *tools)


def _key(*parts: str) -> str:
    return warm.key((_SCHEMA, *(part.encode("utf-8", "surrogateescape") for part in parts)))


def find(store: Store, key: str, *, isolated: bool) -> BuildRecord | None:
    """The record under `key`, where its wheel is still there; where it must be `isolated`, only of such a build."""
    document = store.read(_KIND, key)
    if document is None:
        return None
    try:
        record = BuildRecord.from_dict(json.loads(document))
    except ValueError:
        return None
    if isolated and not is_isolated(record):
        return None
    return record if store.wheel(record.wheel_sha256) is not None else None


def is_isolated(record: BuildRecord) -> bool:
    """Whether the build was kept from the network and from files that were not its own, unless the policy gave it any."""
    held = record.containment
    return held.network != "open" and held.files != "open"


def keep(store: Store, key: str, record: BuildRecord) -> None:
    """File `record` under `key`."""
    store.write(_KIND, key, json.dumps(record.as_dict()).encode())
