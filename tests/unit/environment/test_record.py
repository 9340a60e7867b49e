from __future__ import annotations

import csv
import json

import pytest
from packaging.utils import canonicalize_name

from driverenv.environment import record
from driverenv.environment.record import Laid, laid
from driverenv.model.plan import CODE, PlannedFile, PlannedScript, PlannedWheel

LIB = "lib/python3.12/site-packages"


def test_a_record_has_every_file_as_it_is() -> None:
    names = [f"{LIB}/a.py", f'{LIB}/odd, "quoted".py', f"{LIB}/tests/shared.py"]
    wheel = PlannedWheel(
        project=canonicalize_name("a"),
        version="1",
        sha256="x",
        dist_info=f"{LIB}/a-1.dist-info",
        root="/store/a",
        requested=True,
        files=tuple(PlannedFile(name, "s", 1, "theirs", False, CODE) for name in names[:2]),
        scripts=(PlannedScript("bin/tool", "tool", "a", "main", False),),
        shared=(names[2], f"{LIB}/gone.py"),
    )
    there = {
        name: laid(name, name.encode()) for name in [*names, "bin/tool", f"{LIB}/a-1.dist-info/INSTALLER"]
    }
    data = record.record(wheel, there, [f"{LIB}/a-1.dist-info/INSTALLER"]).decode()
    rows = {path: (digest, size) for path, digest, size in csv.reader(data.splitlines())}
    assert set(rows) == {
        "../../../bin/tool",
        "a-1.dist-info/INSTALLER",
        "a-1.dist-info/RECORD",
        "a.py",
        'odd, "quoted".py',
        "tests/shared.py",
    }
    assert rows["a-1.dist-info/RECORD"] == ("", "")
    assert rows["a.py"] == (f"sha256={there[names[0]].sha256}", str(len(names[0])))


def test_a_manifest_can_be_read_back() -> None:
    rows = (
        Laid("b\udc80", 2, "y", "data"),
        Laid("a b/c", 1, "x", "code"),
        Laid("a b/d e", 3, "z", "code"),
        Laid("a b/c.d/e", 4, "w", "code"),
    )
    data = record.manifest(reversed(rows))
    assert record.read_manifest(data) == rows
    assert data.count(b"a b") == 2
    for wrong in (b"something else", data[:-1]):
        with pytest.raises(ValueError, match="no manifest"):
            record.read_manifest(wrong)


def test_a_manifest_of_an_earlier_version() -> None:
    data = b"driverenv-manifest 1\ncode 1 x a b/c\ndata 2 y b\n"
    assert record.read_manifest(data) == (Laid("a b/c", 1, "x", "code"), Laid("b", 2, "y", "data"))


def mark(**changes: object) -> bytes:
    values = json.loads(
        record.mark(prefix="/e/k/n", executable="/python", stamp="1 2", config=b"c", manifest_data=b"m")
    )
    return json.dumps(values | changes).encode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (mark(), ""),
        (mark(synced=True), ""),
        (b"", "cannot be read"),
        (b"[]", "cannot be read"),
        (mark(schema=99), "another version"),
        (mark(prefix="/elsewhere"), "cannot be moved"),
        (mark(stamp="1 3"), "base interpreter"),
        (mark(config="0"), "pyvenv.cfg was changed"),
        (mark(manifest="0"), "manifest was changed"),
    ],
)
def test_why_not_whole(data: bytes, why: str) -> None:
    found = record.why_not_whole(data, prefix="/e/k/n", stamp="1 2", config=b"c", manifest_data=b"m")
    assert (why in found) if why else found == ""


def test_for_whom_an_environment_was_made() -> None:
    assert record.is_for(mark(), executable="/python", stamp="1 2")
    assert not record.is_for(mark(), executable="/python", stamp="1 3")
    assert not record.is_for(mark(), executable="/other/python", stamp="1 2")
    for damaged in (b"[]", b"{}"):
        with pytest.raises(ValueError, match="no mark"):
            record.is_for(damaged, executable="/python", stamp="1 2")
