from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from driverenv.errors import ArchiveRejected, UploadFailed
from driverenv.events import Event, Uploading
from driverenv.repository.server import Served, Terms, served
from driverenv.settings.pypirc import Destination
from driverenv.stories.pushing import Result, push
from driverenv.stories.serving import set_password
from tests.kit.factories import RawServerFactory
from tests.kit.wheels import make_wheel

SIX = "six-1.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Served]:
    """One real pypiserver with a password for all tests here."""
    (place / "index").mkdir()
    set_password(place / "users", "ann", "horse")
    with served(Terms(str(place / "index"), port=0, passwords=str(place / "users"))) as found:
        yield found


def sent(url: str, *paths: Path, password: str | None = "horse") -> tuple[Result, list[Event]]:  # noqa: S107
    heard: list[Event] = []
    user = None if password is None else "ann"
    to = Destination(f"{url}/", user, password, "--url", "variables")
    return push(paths, to, on_event=heard.append), heard


def test_files_and_bundles_go_to_a_real_server(server: Served, place: Path, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "six", "1.0")
    other = make_wheel(tmp_path, "seven", "1.0")
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
        archive.write(other, other.name)
    result, heard = sent(server.url, wheel, tmp_path / "bundle.zip")
    assert [(one.filename, one.there) for one in result.pushed] == [(other.name, False), (SIX, False)]
    assert (place / "index" / SIX).read_bytes() == wheel.read_bytes()
    size = wheel.stat().st_size
    assert Uploading(SIX, size, size) in heard
    again, _ = sent(server.url, wheel)
    assert [one.there for one in again.pushed] == [True]


def test_another_content_is_refused(server: Served, place: Path, tmp_path: Path) -> None:
    make_wheel(place / "index", "eight", "1.0")
    with pytest.raises(UploadFailed) as caught:
        sent(server.url, make_wheel(tmp_path, "eight", "1.0", requires=["x"]))
    assert caught.value.code == "UPLOAD_EXISTS"
    assert "is there      sha256 " in str(caught.value)


def test_nobody_uploads_without_the_password(server: Served, place: Path, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "nine", "1.0")
    for password in (None, "wrong"):
        with pytest.raises(UploadFailed) as caught:
            sent(server.url, wheel, password=password)
        assert caught.value.code == "UPLOAD_AUTH"
        assert "wrong" not in str(caught.value)
    assert not (place / "index" / wheel.name).exists()


def test_what_is_broken_is_not_sent(server: Served, place: Path, tmp_path: Path) -> None:
    good, bad = make_wheel(tmp_path, "ten", "1.0"), tmp_path / "eleven-1.0.zip"
    bad.write_bytes(b"half")
    with pytest.raises(ArchiveRejected):
        sent(server.url, good, bad)
    assert not (place / "index" / good.name).exists()


def test_a_server_that_takes_none_or_is_not_there(tmp_path: Path, raw_server: RawServerFactory) -> None:
    wheel = make_wheel(tmp_path, "six", "1.0")
    with pytest.raises(UploadFailed) as caught:
        sent("http://127.0.0.1:9", wheel)
    assert caught.value.code == "UPLOAD_UNREACHABLE"
