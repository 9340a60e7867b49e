from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement

from driverenv.build.causes import ALL, Known
from driverenv.build.limits import WORDS


@pytest.mark.parametrize("known", ALL, ids=[known.pattern[:30] for known in ALL])
def test_each_cause_is_in_form(known: Known) -> None:
    assert re.compile(known.pattern).groups >= known.text.count("{")
    assert known.text.format("x")
    assert known.remedy
    assert not known.limit or known.limit in WORDS
    if known.older is not None:
        assert str(Requirement(known.older.requirement)) in known.remedy
