"""Real interpreters are found, and missing ones named."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.kit import find_interpreter, interpreters, requires_interpreter


def test_each_is_what_it_says() -> None:
    assert f"{sys.version_info[0]}.{sys.version_info[1]}" in interpreters()
    for version, path in interpreters().items():
        code = "import sys; sys.stdout.write('%d.%d' % sys.version_info[:2])"
        assert subprocess.check_output([str(path), "-c", code], text=True) == version


def test_a_missing_one_skips_with_its_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"no Python 9\.9 .*found: "):
        find_interpreter("9.9")
    mark = requires_interpreter("9.9").mark
    assert mark.name == "skipif"
    assert mark.args == (True,)
    assert "no Python 9.9" in mark.kwargs["reason"]
