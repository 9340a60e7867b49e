from __future__ import annotations

import io
from pathlib import Path

import pytest

from driverenv.driver.zips import Zip
from driverenv.errors import ArchiveRejected
from tests.unit.driver.packing import zipped


def open_zip(data: bytes) -> Zip:
    return Zip(io.BytesIO(data), "Lab.zip")


def test_files_and_folders_are_written_out(tmp_path: Path) -> None:
    archive = open_zip(zipped({"a.py": "1", "sub/": "", "sub/b.py": "2" * 3_000_000}))
    assert sorted(archive.files) == ["a.py", "sub/b.py"]
    archive.extract(tmp_path / "all")
    assert (tmp_path / "all/a.py").read_text() == "1"
    assert (tmp_path / "all/sub/b.py").stat().st_size == 3_000_000
    archive.extract(tmp_path / "part", "sub")
    assert [path.name for path in (tmp_path / "part").iterdir()] == ["b.py"]


def test_separators_of_old_windows_tools(tmp_path: Path) -> None:
    archive = open_zip(zipped({"sub\\deep\\b.py": "2", "empty\\": ""}))
    assert list(archive.files) == ["sub/deep/b.py"]
    archive.extract(tmp_path / "all")
    assert (tmp_path / "all/sub/deep/b.py").read_text() == "2"


def test_a_zip_in_a_zip() -> None:
    inner = open_zip(zipped({"in/Driver.zip": zipped({"driver.py": "x"})})).inner("in/Driver.zip")
    assert (inner.shown, list(inner.files)) == ("Lab.zip/in/Driver.zip", ["driver.py"])


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        ({"../evil.py": ""}, "name-path"),
        ({"..\\evil.py": ""}, "name-path"),
        ({"/evil.py": ""}, "name-path"),
        ({"C:\\evil.py": ""}, "name-portable"),
        ({"a.py": "", "A.PY": ""}, "name-unique"),
        ({"a\\b.py": "", "a/b.py": ""}, "name-unique"),
        ({"a": "", "a/b": ""}, "name-unique"),
        ({"con": ""}, "name-portable"),
        ({"a\n.py": ""}, "name-portable"),
    ],
)
def test_what_is_refused_before_anything_is_written(members: dict[str, bytes | str], rule: str) -> None:
    with pytest.raises(ArchiveRejected) as raised:
        open_zip(zipped(members))
    assert raised.value.data["rule"] == rule


def test_a_bomb() -> None:
    with pytest.raises(ArchiveRejected) as raised:
        open_zip(zipped({"bomb": bytes(70 << 20)}))
    assert raised.value.data["rule"] == "size"
