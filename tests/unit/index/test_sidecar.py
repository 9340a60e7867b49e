"""A wheel's metadata from a folder, a sidecar, or ranges of the wheel."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from driverenv._http import Transport
from driverenv.errors import HashMismatch
from driverenv.events import Event, Warned
from driverenv.index.sidecar import is_metadata, wheel_metadata
from driverenv.model.answers import ProjectFile
from driverenv.model.resolution import Candidate, Dependencies, Unusable
from driverenv.model.site import Index, Policy
from tests.kit import RawServer, Wheel, rawserver
from tests.kit.factories import RawServerFactory, WheelFactory

from .conftest import OpenTransport

WHEEL = Wheel(name="six", version="1.0", requires=["a>=1"]).archive()
SHA256 = hashlib.sha256(WHEEL.metadata).hexdigest()
SIDECAR = f"/packages/{WHEEL.filename}.metadata"


def candidate(index: Index, file: ProjectFile, *, is_wheel: bool = True) -> Candidate:
    return Candidate(
        NormalizedName("six"), Version("1.0"), file, index, public=False, is_wheel=is_wheel, tag_rank=0
    )


class Lab:
    def __init__(self, server: RawServer, transport: Transport, index: Index) -> None:
        self.server, self.transport, self.index = server, transport, index
        self.events = list[Event]()

    def read(self, core_metadata: tuple[tuple[str, str], ...] | None, query: str = "") -> object:
        url = f"{self.server.url}/packages/{WHEEL.filename}{query}"
        file = ProjectFile(WHEEL.filename, url, core_metadata=core_metadata)
        return wheel_metadata(candidate(self.index, file), self.transport, self.events.append)


@pytest.fixture
def lab(raw_server: RawServerFactory, transport_for: OpenTransport) -> Lab:
    server = raw_server()
    server.script(SIDECAR, rawserver.page(WHEEL.metadata))
    index = Index(server.simple_url)
    return Lab(server, transport_for(Policy(local=[index])), index)


@pytest.mark.parametrize("core", [(("sha256", SHA256),), (), (("sha256", SHA256), ("unknown", "0"))])
def test_a_sidecar(lab: Lab, core: tuple[tuple[str, str], ...]) -> None:
    read = lab.read(core)
    assert isinstance(read, Dependencies)
    assert [str(one) for one in read.requires] == ["a>=1"]
    assert lab.server.log.paths() == [SIDECAR]
    assert isinstance(lab.read(core, "?token=1"), Dependencies)
    assert lab.events == []


def test_a_sidecar_that_lies(lab: Lab) -> None:
    lab.server.script(SIDECAR, rawserver.page(WHEEL.metadata + b"Requires-Dist: evil\n"))
    with pytest.raises(HashMismatch) as caught:
        lab.read((("sha256", SHA256),))
    assert caught.value.code == "INTEGRITY"
    assert SHA256 in str(caught.value)
    assert SIDECAR in str(caught.value)


@pytest.mark.parametrize(
    "script",
    [
        rawserver.page(b"", "404 No"),
        rawserver.page(b"", "503 No"),
        rawserver.page(b"", "302 No", {"Location": "https://evil.test/"}),
        rawserver.close_without_answer(),
        rawserver.endless(b"x" * (1 << 20)),
    ],
)
def test_a_sidecar_that_is_missing(lab: Lab, script: rawserver.Script) -> None:
    lab.server.script(SIDECAR, script)
    assert lab.read((("sha256", SHA256),)) is None
    (event,) = lab.events
    assert isinstance(event, Warned)
    assert event.code == "SIDECAR_MISSING"


def test_a_sidecar_without_hash_must_look_like_metadata(lab: Lab) -> None:
    lab.server.script(SIDECAR, rawserver.page(b"<html>Hotel WLAN</html>"))
    assert isinstance(lab.read(()), Unusable)


def test_without_a_sidecar_ranges_are_tried(lab: Lab) -> None:
    lab.server.script(f"/packages/{WHEEL.filename}", rawserver.page(WHEEL.data))
    assert isinstance(lab.read(None), Dependencies)


def test_from_a_folder(tmp_path: Path, make_wheel: WheelFactory, lab: Lab) -> None:
    path = make_wheel("six", "1.0", requires=["b"])
    index = Index(tmp_path)
    read = wheel_metadata(
        candidate(index, ProjectFile(path.name, str(path))), lab.transport, lab.events.append
    )
    assert isinstance(read, Dependencies)
    assert [str(one) for one in read.requires] == ["b"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", None])
def test_a_broken_wheel_in_a_folder_is_left_to_the_reader(
    tmp_path: Path, lab: Lab, content: bytes | None
) -> None:
    path = tmp_path / WHEEL.filename
    if content is not None:
        path.write_bytes(content)
    file = ProjectFile(path.name, str(path))
    assert wheel_metadata(candidate(Index(tmp_path), file), lab.transport, lab.events.append) is None


def test_an_sdist_is_left_to_the_reader(tmp_path: Path, lab: Lab) -> None:
    file = ProjectFile("six-1.0.zip", str(tmp_path))
    one = candidate(Index(tmp_path), file, is_wheel=False)
    assert wheel_metadata(one, lab.transport, lab.events.append) is None


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("six-1.0.dist-info/METADATA", True),
        ("Six-1.0.dist-info/METADATA", True),
        ("six-1.0.dist-info/METADATA/x", False),
        ("x/six-1.0.dist-info/METADATA", False),
        ("seven-1.0.dist-info/METADATA", False),
        ("six-1.0.dist-info/RECORD", False),
        ("METADATA", False),
    ],
)
def test_which_member_it_is(member: str, expected: bool) -> None:
    assert is_metadata(member, NormalizedName("six")) is expected
