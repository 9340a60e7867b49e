from __future__ import annotations

from driverenv.build import limits
from driverenv.model.site import BUILD_LIMITS, Policy


def test_there_and_back() -> None:
    policy = Policy(build_limits={"minutes": 0.5, "memory_mib": 100})
    found = limits.of(policy)
    assert (found.seconds, found.memory, found.processes) == (30.0, 100 << 20, 512)
    assert limits.shown(found) == dict(policy.build_limits)


def test_each_limit_has_its_words() -> None:
    assert [words.setting for words in limits.WORDS.values()] == list(BUILD_LIMITS)
    for words in limits.WORDS.values():
        assert "2.5" in words.happened.format(2.5)
        assert "2.5" in words.may_have.format(2.5)
