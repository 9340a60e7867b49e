from __future__ import annotations

import os
from pathlib import Path

import pytest

from driverenv.repository.passwords import Unreadable, verifier, with_user, without_user


def test_written_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "users"
    assert with_user(path, "ann", "correct horse") is True
    assert path.read_text("utf-8").startswith("ann:$6$")
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    check = verifier(str(path))
    assert check("ann", "correct horse")
    assert not check("ann", "wrong")
    assert not check("bob", "correct horse")
    assert with_user(path, "ann", "new") is False
    assert without_user(path, "ann") is True
    assert without_user(path, "ann") is False


@pytest.mark.parametrize(
    "line",
    [
        "ann:{SHA}A5SYxfFchFm5iBhG5ykkQYDNPNY=",
        "ann:$apr1$wyVa3KNx$t5sLkLDbQyBkN1EjcRGW3.",
    ],
)
def test_what_apache_makes_is_read(tmp_path: Path, line: str) -> None:
    (tmp_path / "users").write_text(f"{line}\n", encoding="utf-8")
    assert not verifier(str(tmp_path / "users"))("ann", "wrong")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "cannot be read"),
        ("", "has no user"),
        ("no colon here\n", "is no file of lines such as user:hash"),
        ("ann:secret-in-clear\n", "the password of ann is not hashed"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, text: str | None, expected: str) -> None:
    if text is not None:
        (tmp_path / "users").write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable, match=expected) as caught:
        verifier(str(tmp_path / "users"))
    assert "secret" not in str(caught.value)
