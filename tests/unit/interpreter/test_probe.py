from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from driverenv.errors import InterpreterNotFound
from driverenv.interpreter import probe

posix = pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for a Python")


def script(folder: Path, text: str) -> Path:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_running_python_answers() -> None:
    facts = probe.ask(Path(sys.executable))
    assert facts["version"] == list(sys.version_info[:3])
    assert facts["cache_tag"] == sys.implementation.cache_tag


@posix
def test_noise_around_the_answer_does_no_harm(tmp_path: Path) -> None:
    noisy = script(
        tmp_path, f'echo "<<<driverenv-facts {{"\necho hello\n"{sys.executable}" "$@"\necho bye; exit 3'
    )
    assert probe.ask(noisy)["version"] == list(sys.version_info[:3])


def test_modules_of_the_current_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('led astray')")
    before = Path.cwd()
    monkeypatch.chdir(tmp_path)
    try:
        assert probe.ask(Path(sys.executable))["executable"]
    finally:
        monkeypatch.chdir(before)


@posix
def test_what_does_not_answer_is_explained(tmp_path: Path) -> None:
    with pytest.raises(InterpreterNotFound) as raised:
        probe.ask(script(tmp_path, "echo no such thing >&2; exit 5"))
    text = str(raised.value)
    assert "exit code 5" in text
    assert "no such thing" in text
    assert raised.value.remedies


@posix
def test_what_cannot_be_started_is_explained(tmp_path: Path) -> None:
    plain = tmp_path / "python"
    plain.write_text("x")
    with pytest.raises(InterpreterNotFound, match="could not be asked") as raised:
        probe.ask(plain)
    assert "could not be started" in str(raised.value)


@posix
def test_what_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "TIMEOUT_SECONDS", 0.3)
    begun = time.monotonic()
    with pytest.raises(InterpreterNotFound) as raised:
        probe.ask(script(tmp_path, "sleep 20"))
    assert "no end within" in str(raised.value)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "output",
    [
        "",
        "x",
        probe.OPENING,
        f"{probe.OPENING}{{{probe.CLOSING}",
        f"{probe.OPENING}[]{probe.CLOSING}",
        f"{probe.OPENING}{{}}{probe.CLOSING}",
    ],
)
def test_half_an_answer_is_none(output: str) -> None:
    assert probe.read(output) is None
