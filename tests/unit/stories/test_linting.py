from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from driverenv.model.answers import ProjectFile
from driverenv.model.site import Index, Policy
from driverenv.repository.checking import digest
from driverenv.repository.server import Served, Terms, served
from driverenv.store.names import Names
from driverenv.stories.linting import DEFAULT_ACCOUNT, lint
from driverenv.stories.serving import set_password
from tests.kit.factories import StaticIndexFactory
from tests.kit.sdists import make_sdist
from tests.kit.wheels import make_wheel


def found(index: Index, **more: object) -> dict[str, str]:
    return {one.code: one.file for one in lint(index, **more).findings}  # type: ignore[arg-type]


def test_a_folder_is_read_whole(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "six", "1.0")
    make_wheel(tmp_path, "corp-util", "1.0")
    make_wheel(tmp_path, "corp-utils", "1.0", requires_python="<2")
    make_sdist(tmp_path, "broken", "1.0", filename="seven-1.0.tar.gz")
    with zipfile.ZipFile(tmp_path / "all-1.0.zip", "w") as archive:
        archive.write(wheel, wheel.name)
    with zipfile.ZipFile(tmp_path / "shell-1.0.zip", "w") as archive:
        archive.writestr("drivermetadata.xml", "<Driver/>")
    (tmp_path / "gone.whl").symlink_to(tmp_path / "nowhere")
    for name in ("readme.txt", "all.7z", ".hidden.zip"):
        (tmp_path / name).write_bytes(b"x")
    index = Index(tmp_path)
    assert found(index) == {
        "BROKEN": "seven-1.0.tar.gz",
        "BUNDLE": "all-1.0.zip",
        "OPAQUE": "all.7z",
        "SHELL": "shell-1.0.zip",
        "UNREADABLE": "gone.whl",
        "UNUSABLE": "corp_utils-1.0-py3-none-any.whl",
        "LOOKALIKE": "",
        "NO_TARGET": "corp_utils-1.0-py3-none-any.whl",
        "STRAY": "readme.txt",
    }
    assert "BROKEN" not in found(index, contents=False)
    assert not (tmp_path / ".driverenv").exists()  # looking changes nothing
    assert lint(index).is_bad


def test_what_launches_have_fetched_from_public_is_known(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    wheel = make_wheel(tmp_path / "index", "six", "1.0")
    sha256, size = digest(wheel)
    public = Index("https://pypi.org/simple/", name="public PyPI")
    file = ProjectFile(wheel.name, "u", (("sha256", sha256),))
    Names(tmp_path / "home", 1).took(public, NormalizedName("six"), file, sha256, size, public=True)
    index = Index(tmp_path / "index")
    policy = Policy(local=[index], public=public)
    assert found(index, site=policy, home=tmp_path / "home") == {"PUBLIC_COPY": wheel.name}
    assert found(index, site=policy.replace(mode="offline"), home=tmp_path / "home") == {}


def test_public_is_asked_only_where_it_may_be(tmp_path: Path, static_index: StaticIndexFactory) -> None:
    for place in ("index", "public"):
        make_wheel(tmp_path / place, "six", "1.0")
        make_wheel(tmp_path / place, "acme-secret", "1.0")
    server = static_index(tmp_path / "public")
    index = Index(tmp_path / "index")
    policy = Policy(local=[index], public=Index(server.simple_url), private=["acme-*"])
    assert found(index, site=policy, ask_public=True) == {"PUBLIC_COPY": "six-1.0-py3-none-any.whl"}
    assert not [logged for logged in server.log if "acme" in logged.path]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "index").mkdir()
    set_password(tmp_path / "users", *DEFAULT_ACCOUNT)
    return tmp_path


@pytest.fixture
def server(place: Path) -> Iterator[Served]:
    with served(Terms(str(place / "index"), port=0, passwords=str(place / "users"))) as running:
        yield running


def test_a_server_by_what_it_lists(place: Path, server: Served) -> None:
    make_wheel(place / "index", "six", "1.0")
    make_sdist(place / "index", "my-2g-tool", "1.0", format="zip", spelling="my-2g-tool")
    (place / "index" / "six-1.0.egg").write_bytes(b"x")
    result = lint(Index(server.url))
    assert [one.code for one in result.findings] == ["MISNAMED", "OLD_FORMAT"]
    assert (result.files, result.read, result.is_bad) == (3, False, False)


def test_the_password_that_everybody_knows(place: Path, server: Served) -> None:
    index = Index(server.url)
    site = Policy(local=[index])
    assert found(index, site=site) == {}
    assert found(index, site=site, credentials=True) == {"DEFAULT_CREDENTIALS": ""}
    set_password(place / "users", DEFAULT_ACCOUNT[0], "another")
    assert found(index, site=site, credentials=True) == {}
    assert list((place / "index").iterdir()) == []
    for strange in (Policy(), None):
        with pytest.raises(ValueError, match="of the settings only"):
            lint(index, site=strange, credentials=True)
