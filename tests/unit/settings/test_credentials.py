from __future__ import annotations

import json
import os
import pickle
import stat
import sys
import traceback
from pathlib import Path

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.model.site import Index
from driverenv.settings.credentials import find

SECRET = "canary-6f1d"
NETRC = f"machine pypi.lab login me password {SECRET}\n"
posix = pytest.mark.skipif(os.name != "posix", reason="only POSIX has modes")


def lab(credentials: str, username: str | None = None) -> Index:
    return Index("http://pypi.lab:8036/simple", name="lab", credentials=credentials, username=username)


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def refused(index: Index, environ: dict[str, str], patience: float = 60) -> SettingsInvalid:
    with pytest.raises(SettingsInvalid) as caught:
        find(index, environ=environ, patience=patience)
    error = caught.value
    told = "".join(traceback.format_exception(error)) + repr(error) + json.dumps(error.as_dict())
    assert SECRET not in told
    assert SECRET.encode() not in pickle.dumps(error)
    assert error.code == "SETTINGS_INVALID"
    assert error.remedies
    return error


def test_given() -> None:
    assert find(Index("http://me:x@pypi.lab"), environ={}) == ("me", "x")
    assert find(Index("http://me@pypi.lab"), environ={}) == ("me", "")
    assert find(Index("http://pypi.lab"), environ={}) is None


@pytest.mark.parametrize("name", [".netrc", "_netrc"])
def test_netrc_in_the_home_folder(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, NETRC)
    assert find(lab("netrc"), environ={"HOME": str(tmp_path)}) == ("me", SECRET)


def test_the_variable_goes_before(tmp_path: Path) -> None:
    write(tmp_path / ".netrc", "machine pypi.lab login other password other\n")
    named = write(tmp_path / "mine", NETRC)
    environ = {"HOME": str(tmp_path), "NETRC": str(named)}
    assert find(lab("netrc"), environ=environ) == ("me", SECRET)
    error = refused(lab("netrc"), {"HOME": str(tmp_path), "NETRC": str(tmp_path / "nowhere")})
    assert "there is no netrc file" in error.summary


def test_the_default_entry(tmp_path: Path) -> None:
    file = write(
        tmp_path / "n", f"machine elsewhere login a password b\ndefault login me password {SECRET}\n"
    )
    assert find(lab("netrc"), environ={"NETRC": str(file)}) == ("me", SECRET)


@pytest.mark.parametrize(
    ("text", "username", "summary"),
    [
        (f"machine other login me password {SECRET}\n", None, "has no entry for pypi.lab"),
        (NETRC, "you", "is for another user than you"),
        (f"\nmachine pypi.lab {SECRET} {SECRET}\n", None, "cannot be understood at line 2"),
        ("\x00\ud800", None, ""),
    ],
)
def test_a_netrc_file_that_does_not_help(
    tmp_path: Path, text: str, username: str | None, summary: str
) -> None:
    file = tmp_path / "n"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    file.chmod(0o600)
    error = refused(lab("netrc", username), {"NETRC": str(file)})
    assert summary in error.summary
    assert str(file) in str(error)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_netrc_file_for_everybody_is_refused(tmp_path: Path, mode: int) -> None:
    file = write(tmp_path / "n", NETRC, mode)
    error = refused(lab("netrc"), {"NETRC": str(file)})
    assert "can be read by others" in error.summary
    assert error.remedies == (f"chmod 600 {file}",)


def test_no_netrc_file(tmp_path: Path) -> None:
    error = refused(lab("netrc"), {"HOME": str(tmp_path)})
    assert str(tmp_path / ".netrc") in str(error)
    assert str(tmp_path / "_netrc") in str(error)


def keyring(folder: Path, code: str) -> dict[str, str]:
    """A folder with the command as the only thing on the path; a real process."""
    script = folder / "keyring"
    script.write_text(f"#!{sys.executable}\nimport os, sys, time\n{code}\n", encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {"PATH": str(folder), "CANARY": SECRET}


@posix
def test_a_keyring(tmp_path: Path) -> None:
    code = (
        "print(os.environ['CANARY'] if sys.argv[1:] == ['get', 'http://pypi.lab:8036/simple', 'me'] else '')"
    )
    assert find(lab("keyring", "me"), environ=keyring(tmp_path, code)) == ("me", SECRET)


@posix
@pytest.mark.parametrize(
    ("code", "summary"),
    [
        ("sys.exit(1)", "has no password for it (exit status 1)"),
        (
            "print(os.environ['CANARY']); print(os.environ['CANARY'], file=sys.stderr); sys.exit(3)",
            "status 3",
        ),
        ("", "has no password for it"),
        ("os.write(1, b'\\xff' + os.environ['CANARY'].encode())", "no UTF-8"),
    ],
)
def test_a_keyring_that_does_not_help(tmp_path: Path, code: str, summary: str) -> None:
    error = refused(lab("keyring", "me"), keyring(tmp_path, code))
    assert summary in error.summary
    assert "keyring get http://pypi.lab:8036/simple me" in error.remedies[0]


@posix
def test_a_keyring_that_waits_for_somebody(tmp_path: Path) -> None:
    error = refused(lab("keyring", "me"), keyring(tmp_path, "time.sleep(600)"), patience=0.2)
    assert "did not answer within" in error.summary


@posix
def test_a_keyring_that_cannot_be_run(tmp_path: Path) -> None:
    environ = keyring(tmp_path, "")
    (tmp_path / "keyring").write_text("#!/nowhere/python\n", encoding="utf-8")
    assert "cannot be run" in refused(lab("keyring", "me"), environ).summary


def test_no_keyring(tmp_path: Path) -> None:
    assert "was not found" in refused(lab("keyring", "me"), {"PATH": str(tmp_path)}).summary
    assert "was not found" in refused(lab("keyring", "me"), {"PATH": "."}).summary
    assert "has no username" in refused(lab("keyring"), {"PATH": str(tmp_path)}).summary
