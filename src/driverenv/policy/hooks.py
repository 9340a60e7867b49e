"""What Python may run by itself at the start of an environment, by the site's word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from driverenv.errors import PolicyViolation
from driverenv.model.plan import Hook
from driverenv.model.site import Policy
from driverenv.policy.patterns import matches


def doubtful(policy: Policy, hooks: Iterable[Hook]) -> tuple[Hook, ...]:
    """Those of `hooks` that somebody should look at. Raises `PolicyViolation` (`STARTUP_HOOK`) where they are forbidden."""
    if policy.startup_hooks == "allow":
        return ()
    found = tuple(one for one in hooks if not _is_allowed(policy, one))
    if found and policy.startup_hooks == "forbid":
        raise _forbidden(found)
    return found


def _is_allowed(policy: Policy, hook: Hook) -> bool:
    return any(matches(pattern, hook.project) for pattern in policy.startup_hooks_allowed)


def told(hook: Hook) -> str:
    """What a hook does, in one line."""
    return f"Python runs what {hook} says at every start: {'; '.join(hook.runs)}"


def _forbidden(found: Sequence[Hook]) -> PolicyViolation:
    projects = sorted({hook.project for hook in found})
    return PolicyViolation(
        f"{', '.join(projects)} would have Python run something at every start, which the site's policy forbids",
        code="STARTUP_HOOK",
        facts=tuple(("hook", f"{hook}\n" + "\n".join(f"  {line}" for line in hook.runs)) for hook in found),
        remedies=(
            "use a release without such a file, or take what needs it out of the requirements",
            f"where this is known to be harmless: startup_hooks_allowed = [{', '.join(map(repr, projects))}]".replace(
                "'", '"'
            ),
        ),
        data={
            "hooks": [
                {
                    "project": hook.project,
                    "version": hook.version,
                    "file": hook.target,
                    "runs": list(hook.runs),
                }
                for hook in found
            ]
        },
    )
