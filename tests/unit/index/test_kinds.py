from __future__ import annotations

import pytest

from driverenv.errors import IndexUnavailable
from driverenv.index.kinds import KINDS

FOLDERS = {name for name in KINDS if name.startswith("folder")}
LOCAL_ONLY = FOLDERS | {"named", "partial", "redirect-name"}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_words_and_a_code_that_there_is(name: str) -> None:
    kind = KINDS[name]
    assert "{role}" in kind.summary
    assert (not kind.public) is (name in LOCAL_ONLY)
    assert (not kind.local) is (name == "insecure")
    base = kind.code or ("down" if name in FOLDERS else name)
    assert base == name or base in KINDS
    for public in (False, True):
        assert IndexUnavailable.code_for(base, public=public) in (IndexUnavailable.__doc__ or "")
