from __future__ import annotations

import json

import pytest

from driverenv.model.build import BuildRecord, Containment, Tool

RECORD = BuildRecord(
    wheel="a-1-py3-none-any.whl",
    wheel_sha256="a" * 64,
    sdist_sha256="b" * 64,
    python="3.12.1",
    tools=(Tool("setuptools", "80.0", "c" * 64),),
    containment=Containment("open", "own", "reaper", "no"),
    limits=(("memory_mib", 1.0), ("minutes", 2.0)),
    constraints=("setuptools<82",),
    attempt=2,
    because="it needs pkg_resources",
    seconds=1.5,
    log="build-a-1.log",
)


def test_a_record_is_kept_as_json() -> None:
    assert BuildRecord.from_dict(json.loads(json.dumps(RECORD.as_dict()))) == RECORD


@pytest.mark.parametrize(
    "change",
    [{"tools": 1}, {"tools": [{"name": "a"}]}, {"containment": None}, {"limits": []}, {"unknown": 1}],
)
def test_what_is_no_record(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no record of a build"):
        BuildRecord.from_dict({**RECORD.as_dict(), **change})
    with pytest.raises(ValueError, match="no record of a build"):
        BuildRecord.from_dict({})
