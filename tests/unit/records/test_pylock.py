from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.pylock import Pylock

from driverenv.errors import IntegrityError
from driverenv.records import pylock
from tests.unit.cli.bench import FakeLock, Pin


def folder_pin(path: Path, **changes: object) -> Pin:
    values: dict[str, Any] = {
        "name": "corp-utils",
        "version": "2.0",
        "index": "local",
        "location": str(path.parent),
        "filename": path.name,
        "url": str(path),
        "is_wheel": False,
        "requires_python": ">=3.3.*",  # really published; no specifier any more
    }
    return Pin(**{**values, **changes})


def parsed(text: str) -> dict[str, Any]:
    document = tomllib.loads(text)
    Pylock.from_dict(document)  # validates
    return document


def test_whole(tmp_path: Path) -> None:
    lock = FakeLock((Pin(url="https://me:pw@lab:8036/packages/six-1.16.0-py2.py3-none-any.whl"),))
    assert parsed(pylock.render(lock, folder=tmp_path)) == {
        "lock-version": "1.0",
        "requires-python": "==3.11.*",
        "created-by": "driverenv",
        "packages": [
            {
                "name": "six",
                "version": "1.16.0",
                "requires-python": ">=2.7",
                "index": "http://lab:8036/simple/",
                "wheels": [
                    {
                        "name": "six-1.16.0-py2.py3-none-any.whl",
                        "url": "https://lab:8036/packages/six-1.16.0-py2.py3-none-any.whl",
                        "size": 11_053,
                        "hashes": {"sha256": "ab" * 32},
                    }
                ],
                "tool": {
                    "driverenv": {"index": "lab", "public": False, "requested-by": ["requirements.txt:1"]}
                },
            }
        ],
    }


def test_of_a_folder_index(tmp_path: Path) -> None:
    sdist = tmp_path / "index" / "nested" / "corp_utils-2.0.tar.gz"
    sdist.parent.mkdir(parents=True)
    sdist.write_bytes(b"sdist")
    lock = FakeLock((folder_pin(sdist, hashes=(), location=str(tmp_path / "index")),))
    (near,) = parsed(pylock.render(lock, folder=tmp_path))["packages"]
    assert near["index"] == (tmp_path / "index").as_uri()
    assert near["sdist"]["path"] == "index/nested/corp_utils-2.0.tar.gz"
    assert near["sdist"]["hashes"] == {"sha256": hashlib.sha256(b"sdist").hexdigest()}
    assert "requires-python" not in near
    (far,) = parsed(pylock.render(lock, folder=tmp_path / "elsewhere"))["packages"]
    assert far["sdist"]["path"] == str(sdist)


def test_needs_hashes(tmp_path: Path) -> None:
    lock = FakeLock((Pin(hashes=(), url="http://u:pw@lab/six-1.16.0-py2.py3-none-any.whl"),))
    with pytest.raises(IntegrityError) as caught:
        pylock.render(lock, folder=tmp_path)
    assert caught.value.summary == (
        "lab gives no hash for six-1.16.0-py2.py3-none-any.whl, and a pylock.toml cannot do without"
    )
    assert "pw" not in str(caught.value)


def test_an_empty_pylock(tmp_path: Path) -> None:
    assert parsed(pylock.render(FakeLock(()), folder=tmp_path))["packages"] == []


def test_selectable_for_the_python_it_was_made_for(tmp_path: Path) -> None:
    document = Pylock.from_dict(parsed(pylock.render(FakeLock(), folder=tmp_path)))
    assert document.requires_python is not None
    assert document.requires_python.contains("3.11.2")
    assert not document.requires_python.contains("3.12.0")


def test_about_the_whole(tmp_path: Path) -> None:
    text = pylock.render(FakeLock(), folder=tmp_path, about={"environment": "k"})
    assert parsed(text)["tool"] == {"driverenv": {"environment": "k"}}


def test_a_file_for_which_the_format_has_no_words(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match=r"cannot be written as a pylock.toml: Name in 'six-1.16.0"):
        pylock.render(FakeLock((Pin(name="seven"),)), folder=tmp_path)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://u:pw@lab:8036/simple/", "http://lab:8036/simple/"),
        ("https://u:p/w@lab/simple/?token=t", "https://lab/simple/"),
        ("/srv/pypi/a@b?c", "/srv/pypi/a@b?c"),
    ],
)
def test_no_secrets(url: str, shown: str) -> None:
    assert pylock.without_credentials(url) == shown
