from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

from driverenv.examine.influences import HEEDED, IGNORED, OURS, Influence, influences

module = importlib.import_module("driverenv.examine.influences")  # the room has a function of that name


def names(environ: dict[str, str], home: Path) -> dict[str, str]:
    """Effect by name; of files only those below `home`."""
    found = influences({"HOME": str(home), **environ})
    here = [one for one in found if not os.path.isabs(one.name) or one.name.startswith(str(home))]
    return {one.name: one.effect for one in here}


def test_variables_by_name_alone(tmp_path: Path) -> None:
    environ = {
        "PIP_INDEX_URL": "https://me:secret@x",
        "UV_INDEX": "x",
        "REQUESTS_CA_BUNDLE": "x",
        "SSL_CERT_FILE": "x",
        "PYTHONPATH": "/x",
        "HTTPS_PROXY": "http://me:secret@p",
        "no_proxy": "lab",
        "PIP_NOTHING": "",
        "PYTHONUTF8": "1",
        "XPIP_Y": "x",
        "DRIVERENV_HOME": "x",
    }
    assert names(environ, tmp_path) == {
        "HTTPS_PROXY": HEEDED,
        "PIP_INDEX_URL": IGNORED,
        "PYTHONPATH": OURS,
        "REQUESTS_CA_BUNDLE": IGNORED,
        "SSL_CERT_FILE": HEEDED,
        "UV_INDEX": IGNORED,
        "no_proxy": HEEDED,
    }
    assert "secret" not in repr(influences(environ))


@pytest.mark.skipif(sys.platform == "win32", reason="the folders of POSIX")
def test_files(tmp_path: Path) -> None:
    there = [
        ".pip/pip.conf",
        ".config/pip/pip.conf",
        ".config/uv/uv.toml",
        ".netrc",
        ".pypirc",
        "etc/pip/pip.conf",
    ]
    for name in (*there, ".config/other/x.conf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    environ = {
        "XDG_CONFIG_DIRS": str(tmp_path / "etc"),
        "PIP_CONFIG_FILE": str(tmp_path / ".pip" / "pip.conf"),
    }
    found = names(environ, tmp_path)
    assert found == {"PIP_CONFIG_FILE": IGNORED, **{str(tmp_path / name): IGNORED for name in there}}
    assert Influence(str(tmp_path / ".netrc"), "netrc", IGNORED) in influences({"HOME": str(tmp_path)})


@pytest.mark.skipif(sys.platform == "win32", reason="the folders of POSIX")
def test_where_the_variables_lead(tmp_path: Path) -> None:
    for name in ("config/uv/uv.toml", "secret-netrc", ".netrc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "NETRC": str(tmp_path / "secret-netrc")}
    assert set(names(environ, tmp_path)) == {
        str(tmp_path / "config/uv/uv.toml"),
        str(tmp_path / "secret-netrc"),
    }


@pytest.mark.parametrize(
    ("found", "told"), [({"https": "http://me:secret@p"}, 1), ({"no": "lab"}, 0), ({}, 0)]
)
def test_proxies_of_the_system(monkeypatch: pytest.MonkeyPatch, found: dict[str, str], told: int) -> None:
    monkeypatch.setattr(module, "_proxies_of_system", lambda: found)
    ours = [one for one in influences({}) if one.of == "proxies"]
    assert ours == [Influence("the proxy settings of this system", "proxies", IGNORED)] * told
