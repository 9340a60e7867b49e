from __future__ import annotations

import pytest
from packaging.utils import canonicalize_name

from driverenv.errors import PolicyViolation
from driverenv.model.plan import Hook
from driverenv.model.site import Policy
from driverenv.policy.hooks import doubtful, told
from tests.unit.resolve.worlds import check_golden


def hook(project: str, *runs: str) -> Hook:
    return Hook(canonicalize_name(project), "1.0", f"lib/site-packages/{project}.pth", runs or ("import x",))


HOOKS = (hook("setuptools"), hook("cloudshell-core"), hook("evil", "import evil", "add /opt to sys.path"))


def test_allowed_by_default() -> None:
    assert doubtful(Policy(), HOOKS) == ()


def test_warned_of_but_for_those_that_the_site_knows() -> None:
    policy = Policy(startup_hooks="warn", startup_hooks_allowed=["Setuptools", "cloudshell-*"])
    (found,) = doubtful(policy, HOOKS)
    assert told(found) == (
        "Python runs what evil 1.0: evil.pth says at every start: import evil; add /opt to sys.path"
    )


def test_forbidden() -> None:
    policy = Policy(startup_hooks="forbid", startup_hooks_allowed=["setuptools"])
    assert doubtful(policy, HOOKS[:1]) == ()
    with pytest.raises(PolicyViolation) as raised:
        doubtful(policy, HOOKS)
    error = raised.value
    assert error.code == "STARTUP_HOOK"
    assert error.summary.startswith("cloudshell-core, evil would have Python run something at every start")
    assert error.facts[1] == ("hook", "evil 1.0: evil.pth\n  import evil\n  add /opt to sys.path")
    assert error.remedies[-1].endswith('startup_hooks_allowed = ["cloudshell-core", "evil"]')
    assert [one["project"] for one in error.data["hooks"]] == ["cloudshell-core", "evil"]
    check_golden(error, "forbidden")
