from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from driverenv.model.lock import Lock


def test_a_lock_never_changes() -> None:
    lock = Lock((), "3.11.7", "requirements.txt")
    assert lock == Lock((), "3.11.7", "requirements.txt")
    with pytest.raises(FrozenInstanceError):
        lock.python = "3.12.0"  # type: ignore[misc]
