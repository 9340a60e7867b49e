from __future__ import annotations

import os
import uuid

import pytest

from tests.kit.hostile import HOSTILE, Hostile, with_mark


@pytest.mark.parametrize("kind", HOSTILE.values(), ids=list(HOSTILE))
def test_each_kind_is_in_form(kind: Hostile) -> None:
    compile(kind.code, "hostile", "exec")
    assert bool(kind.error) is bool(kind.word)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks into /proc")
def test_processes_are_found_by_their_mark() -> None:
    import subprocess
    import sys

    mark = uuid.uuid4().hex
    assert with_mark(mark) == []
    command = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"MARK": mark}
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        assert with_mark(mark) == [process.pid]
        process.stdin.close()
    assert with_mark(mark) == []
