"""Members of remote wheels through ranges, against a real pypiserver, a static index, and servers that cheat."""

from __future__ import annotations

import os
import struct
import zipfile
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName
from packaging.version import Version

from driverenv._http import Response, Transport
from driverenv.errors import IntegrityError
from driverenv.index.ranges import TAIL, remote_member
from driverenv.model.answers import ProjectFile
from driverenv.model.resolution import Candidate
from driverenv.model.site import Index, Policy
from tests.kit import Wheel, rawserver
from tests.kit.factories import PypiServerFactory, RawServerFactory, StaticIndexFactory, WheelFactory

from .conftest import OpenTransport

PATH = "six-1.0.dist-info/METADATA"
NOISE = {f"six/data{number}.bin": os.urandom(5000) for number in range(40)}
SMALL = Wheel(name="six", version="1.0").archive()
LARGE = Wheel(name="six", version="1.0", files=NOISE).archive()
EARLY = BytesIO()
with zipfile.ZipFile(EARLY, "w", zipfile.ZIP_DEFLATED) as _archive:
    _archive.writestr(PATH, LARGE.metadata)
    for _name, _data in NOISE.items():
        _archive.writestr(_name, _data)
WIDE = BytesIO()
with zipfile.ZipFile(WIDE, "w") as _archive:
    _archive.writestr(PATH, LARGE.metadata)
    for _number in range(800):
        _archive.writestr(f"six/a-rather-long-name-of-a-member-{_number}.py", b"")


class Memory:
    """A transport over bytes in memory that may cheat."""

    def __init__(
        self, data: bytes, *, ranges: bool = True, shift: int = 0, header: str | None = None
    ) -> None:
        self.data, self.ranges, self.shift, self.header = data, ranges, shift, header
        self.asked = list[object]()

    def get(
        self,
        index: Index,
        url: str,
        *,
        public: bool,
        accept: str = "",
        byte_range: tuple[int, int] | int | None = None,
        limit: int = 0,
    ) -> Response:
        self.asked.append(byte_range)
        total = len(self.data)
        if not self.ranges:
            return Response(200, {}, self.data, url)
        if isinstance(byte_range, int):
            first, last = max(0, total - byte_range), total - 1
        else:
            assert byte_range is not None
            first, last = byte_range
        header = self.header or f"bytes {first + self.shift}-{last + self.shift}/{total}"
        return Response(206, {"content-range": header}, self.data[first : last + 1], url)

    def stream(self, index: Index, url: str, *, public: bool, offset: int = 0) -> None:
        raise NotImplementedError


def candidate(url: str, index: Index) -> Candidate:
    file = ProjectFile("six-1.0-py3-none-any.whl", url)
    return Candidate(
        NormalizedName("six"), Version("1.0"), file, index, public=False, is_wheel=True, tag_rank=0
    )


def read(transport: object) -> bytes | None:
    one = candidate("http://lab/six.whl", Index("http://lab/simple/"))
    assert isinstance(transport, Memory)
    seam: Transport = transport  # type: ignore[assignment]
    return remote_member(one, seam, lambda name: name == PATH)


@pytest.mark.parametrize(
    ("data", "requests"),
    [(SMALL.data, 1), (LARGE.data, 1), (EARLY.getvalue(), 2), (WIDE.getvalue(), 3)],
)
def test_few_requests(data: bytes, requests: int) -> None:
    memory = Memory(data)
    assert read(memory) == (SMALL if data is SMALL.data else LARGE).metadata
    assert len(memory.asked) == requests
    assert memory.asked[0] == TAIL


def test_a_small_file_without_ranges() -> None:
    assert read(Memory(SMALL.data, ranges=False)) == SMALL.metadata


@pytest.mark.parametrize(
    "cheat",
    [
        Memory(LARGE.data, shift=1),
        Memory(LARGE.data, header="bytes 0-9/10"),
        Memory(LARGE.data, header="nonsense"),
        Memory(LARGE.data, header=f"bytes 0-{TAIL - 1}/{len(LARGE.data)}"),
    ],
)
def test_other_ranges_than_asked_for_are_an_error(cheat: Memory) -> None:
    with pytest.raises(IntegrityError) as caught:
        read(cheat)
    assert "Content-Range" in str(caught.value)


def test_a_file_that_changes_in_between() -> None:
    class Changing(Memory):
        def get(self, *args: object, **options: object) -> Response:
            answer = super().get(*args, **options)  # type: ignore[arg-type]
            self.data += b"x"
            return answer

    with pytest.raises(IntegrityError):
        read(Changing(EARLY.getvalue()))


def patched(data: bytes, at: int, value: int) -> bytes:
    """A wheel whose directory entry for METADATA says something else, 32 bits at an offset."""
    entry = data.rfind(PATH.encode()) - 46
    return data[: entry + at] + struct.pack("<L", value) + data[entry + at + 4 :]


@pytest.mark.parametrize(
    "data",
    [
        b"not a zip",
        b"prefix" + LARGE.data,
        LARGE.data[:-1],
        LARGE.data + b"x",
        patched(LARGE.data, 16, 0),  # CRC
        patched(LARGE.data, 20, 5),  # packed size
        patched(LARGE.data, 24, 5),  # size
        patched(LARGE.data, 24, 1 << 30),
        patched(LARGE.data, 42, 0),  # where it is
        patched(LARGE.data, 42, 0xFFFFFFFF),
    ],
)
def test_unusual_archives_are_left_to_the_reader(data: bytes) -> None:
    assert read(Memory(data)) is None


def test_a_bomb_is_left_to_the_reader() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PATH, bytes(64 << 20))
    assert read(Memory(buffer.getvalue())) is None
    lying = patched(buffer.getvalue(), 24, 1000)
    assert read(Memory(lying)) is None


def test_two_of_them_are_left_to_the_reader() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(PATH, b"a")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(PATH, b"b")
    assert read(Memory(buffer.getvalue())) is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, len(SMALL.data) - 1), st.integers(0, 255)), max_size=4),
    st.integers(0, 200),
)
def test_damage_never_crashes(changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(SMALL.data)
    for at, value in changes:
        data[at] = value
    damaged = bytes(data[: len(data) - cut])
    result = read(Memory(damaged))
    assert result is None or isinstance(result, bytes)


def test_a_real_pypiserver(
    tmp_path: Path, make_wheel: WheelFactory, pypiserver: PypiServerFactory, transport_for: OpenTransport
) -> None:
    wheel = make_wheel("six", "1.0", tmp_path / "packages", files=NOISE, requires=["a"])
    server = pypiserver(tmp_path / "packages")
    index = Index(server.url)
    one = candidate(f"{server.url}/packages/{quote(wheel.name)}", index)
    data = remote_member(one, transport_for(Policy(local=[index])), lambda name: name == PATH)
    assert data is not None
    assert b"Requires-Dist: a\n" in data
    assert len(server.log) == 1


def test_a_static_index(
    tmp_path: Path, make_wheel: WheelFactory, static_index: StaticIndexFactory, transport_for: OpenTransport
) -> None:
    wheel = make_wheel("six", "1.0", tmp_path, files=NOISE)
    server = static_index(tmp_path)
    index = Index(server.simple_url)
    one = candidate(f"{server.url}/packages/{wheel.name}", index)
    assert remote_member(one, transport_for(Policy(local=[index])), lambda name: name == PATH)


@pytest.mark.parametrize(
    "script",
    [
        rawserver.page(LARGE.data),
        rawserver.page(b"", "404 No"),
        rawserver.page(b"", "416 No"),
        rawserver.page(b"", "302 No", {"Location": "/x"}),
        rawserver.close_without_answer(),
    ],
)
def test_servers_without_ranges_or_without_the_file(
    raw_server: RawServerFactory, transport_for: OpenTransport, script: rawserver.Script
) -> None:
    server = raw_server()
    server.script("/six.whl", script)
    index = Index(server.simple_url)
    one = candidate(f"{server.url}/six.whl", index)
    assert remote_member(one, transport_for(Policy(local=[index])), lambda name: name == PATH) is None
