"""What code may have put in place of its answer; the rest is played by `test_build` and by hostile builds."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from driverenv.build import hooks


def answer(folder: Path, data: object) -> dict[str, object]:
    (folder / "output.json").write_text(data if isinstance(data, str) else json.dumps(data))
    return hooks._answer(folder / "output.json")


def test_an_answer(tmp_path: Path) -> None:
    data = {"return_val": ["a"], "unsupported": False, "warnings": [{"message": "old"}], "what": "ever"}
    assert answer(tmp_path, data) == {"return_val": ["a"], "unsupported": False, "warnings": []}
    data = {"no_backend": True, "traceback": ["no text"]}
    assert answer(tmp_path, data)["traceback"] == "['no text']"


@pytest.mark.parametrize("data", ["", "[]", "[" * 100_000, '"text"', "x" * (5 << 20)])
def test_no_answer(tmp_path: Path, data: str) -> None:
    with pytest.raises(ValueError, match=r"answer|Expecting|large"):
        answer(tmp_path, data)


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
def test_a_link_and_a_pipe_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"return_val": "secret"}')
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=r"symbolic|links|Too many"):
        hooks._answer(tmp_path / "link")
    with pytest.raises(ValueError, match="no file"):
        hooks._answer(tmp_path / "pipe")
    with pytest.raises((OSError, ValueError)):
        hooks._answer(tmp_path)


def test_a_new_folder_is_one_that_was_not_there(tmp_path: Path) -> None:
    (tmp_path / "call-0").symlink_to(tmp_path)
    (tmp_path / "call-1").mkdir()
    assert hooks._new_folder(tmp_path) == tmp_path / "call-2"
