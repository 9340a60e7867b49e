from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from driverenv.errors import HashMismatch, RequirementsInvalid
from driverenv.fetch import hashed
from driverenv.model.requirement import Direct, Root, Source

DATA = b"a wheel, for all that is known by now"
SHA256 = hashlib.sha256(DATA).hexdigest()
SHA512 = hashlib.sha512(DATA).hexdigest()


def root(folder: Path, *hashes: tuple[str, str], bundled: bool = True) -> Root:
    path = folder / "widget-1.0-py3-none-any.whl"
    named = Direct(path.name, f"/shown/{path.name}", hashes, bundled=bundled, folder="/shown", path=str(path))
    return Root(Requirement("widget==1.0"), Source("requirements.txt", 1, f"./{path.name}"), (), named)


def test_what_its_bytes_are(tmp_path: Path) -> None:
    line = root(tmp_path, ("sha512", SHA512))
    assert line.direct is not None
    Path(line.direct.path).write_bytes(DATA)
    found = hashed(line).direct
    assert found is not None
    assert found == line.direct._replace(hashes=(("sha256", SHA256), ("sha512", SHA512)))


def test_another_digest_than_the_line_says(tmp_path: Path) -> None:
    line = root(tmp_path, ("sha256", "0" * 64))
    (tmp_path / "widget-1.0-py3-none-any.whl").write_bytes(DATA)
    with pytest.raises(HashMismatch, match="the requirements file promises") as raised:
        hashed(line)
    assert SHA256 in str(raised.value)


def test_it_was_taken_away_meanwhile(tmp_path: Path) -> None:
    with pytest.raises(RequirementsInvalid, match="cannot be read") as raised:
        hashed(root(tmp_path))
    assert raised.value.code == "REQUIREMENTS_MISSING"


def test_other_lines_stay_as_they_are(tmp_path: Path) -> None:
    plain = root(tmp_path)._replace(direct=None)
    for line in (plain, root(tmp_path, bundled=False)):
        assert hashed(line) is line
