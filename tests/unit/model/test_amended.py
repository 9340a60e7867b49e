from __future__ import annotations

from driverenv.model.amended import AS_IT_IS, Amended


def test_nothing_said_is_nothing_amended() -> None:
    assert Amended() == AS_IT_IS
    assert not AS_IT_IS.requires
    assert not AS_IT_IS.projects
