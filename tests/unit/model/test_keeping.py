from __future__ import annotations

from typing import Any

import pytest

from driverenv.model.keeping import LOG_FILES, Keep
from tests.unit.model.copies import pickled


def test_what_is_kept_by_default() -> None:
    keep = Keep()
    assert (keep.generations, keep.unused_days, keep.grace_minutes) == (2, 30.0, 60.0)
    assert (keep.max_bytes, keep.logs, keep.log_files) == (None, None, LOG_FILES)
    assert pickled(keep) == keep
    assert keep.replace(unused_days=0) == Keep(unused_days=0.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"generations": -1},
        {"unused_days": -0.5},
        {"grace_minutes": float("nan")},
        {"max_bytes": -1},
        {"store_bytes": -1},
    ],
)
def test_what_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be 0 or more"):
        Keep(**wrong)
