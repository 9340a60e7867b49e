"""What only a folder index can do wrong (POLICY section F)."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from driverenv import Index, Policy, Request
from driverenv.errors import DriverEnvError, IndexUnavailable
from driverenv.model.lock import Lock
from driverenv.stories.lock import lock
from tests.kit import RequestLog, Universe, make_sdist, make_wheel
from tests.kit.factories import StaticIndexFactory
from tests.scenarios import golden


class Site:
    """A folder index and a public one that has everything."""

    def __init__(self, tmp_path: Path, static_index: StaticIndexFactory) -> None:
        self.tmp = tmp_path
        self.folder = tmp_path / "index"
        self.folder.mkdir()
        universe = Universe.parse({"public": {"projects": {"widget": ["9.0"], "gadget": ["9.0"]}}})
        self.public = static_index(universe)

    @property
    def log(self) -> RequestLog:
        """What public was asked."""
        return self.public.log

    def lock(self, *requirements: str, folder: Path | None = None, mode: str = "online") -> Lock:
        path = self.tmp / "requirements.txt"
        path.write_text("".join(f"{one}\n" for one in requirements), encoding="utf-8")
        policy = Policy(
            mode=mode,
            local=[Index(folder or self.folder, name="local")],
            public=Index(self.public.simple_url, name="public"),
        )
        return lock(Request(path, policy=policy, home=self.tmp / "home"))

    def fails(self, code: str, name: str, *requirements: str, folder: Path | None = None) -> None:
        """Fails with this code and the golden text, and public was not asked."""
        with pytest.raises(DriverEnvError) as raised:
            self.lock(*requirements, folder=folder)
        assert raised.value.code == code, str(raised.value)
        assert self.log.paths() == []
        places = {str(self.folder): "<local>", str(self.tmp): "<tmp>", self.public.url: "<public>"}
        places |= {why_not(folder or self.folder): "<what the system says>"}
        golden.check(f"rows-{name}", golden.with_placeholders(str(raised.value), places))


def why_not(folder: Path) -> str:
    """What this machine says of a folder that cannot be read."""
    try:
        os.listdir(folder)
    except OSError as error:
        return str(error.strerror)
    return "(nothing)"


@pytest.fixture
def site(tmp_path: Path, static_index: StaticIndexFactory) -> Site:
    return Site(tmp_path, static_index)


def test_f1_a_folder_that_is_not_there(site: Site) -> None:
    site.fails("LOCAL_DOWN", "f01-missing", "widget", folder=site.tmp / "not-mounted")


def test_f1_a_file_instead_of_a_folder(site: Site) -> None:
    file = site.tmp / "index.zip"
    file.write_bytes(b"")
    site.fails("LOCAL_DOWN", "f01-no-folder", "widget", folder=file)


def test_f1_an_empty_folder_is_a_fresh_site(site: Site) -> None:
    (pin,) = site.lock("widget").pins
    assert (pin.version, pin.index) == ("9.0", "public")


def test_f3_any_spelling_and_sub_folders(site: Site) -> None:
    make_wheel(site.folder / "team" / "a", "Widget", "1.0", spelling="Widget")
    make_sdist(site.folder / "other", "widget", "0.9")
    make_wheel(site.folder, "gadget", "1.0", requires=["WIDGET<1"])
    pins = {pin.name: (pin.version, pin.index) for pin in site.lock("GADGET").pins}
    assert pins == {"gadget": ("1.0", "local"), "widget": ("0.9", "local")}
    assert site.log.paths() == []


def test_f3_the_same_file_twice(site: Site) -> None:
    make_wheel(site.folder / "a", "widget", "1.0")
    make_wheel(site.folder / "b", "widget", "1.0")
    assert [pin.version for pin in site.lock("widget").pins] == ["1.0"]


def test_f3_one_name_with_two_contents(site: Site) -> None:
    make_wheel(site.folder / "a", "widget", "1.0", files={"kit.txt": "one"})
    make_wheel(site.folder / "b", "widget", "1.0", files={"kit.txt": "other"})
    site.fails("INTEGRITY", "f03-two-contents", "widget")


def test_f4_a_link_out_of_the_folder_is_never_public(site: Site) -> None:
    outside = make_wheel(site.tmp / "outside", "widget", "1.0")
    try:
        (site.folder / outside.name).symlink_to(outside)
    except OSError:
        pytest.skip("this machine makes no symbolic links")
    with pytest.raises(IndexUnavailable) as caught:
        site.lock("widget")
    assert caught.value.code == "LOCAL_DOWN"


def test_f5_a_bundle_that_was_not_extracted(site: Site) -> None:
    wheel = make_wheel(site.tmp / "outside", "widget", "1.0")
    with zipfile.ZipFile(site.folder / "OfflinePackageRepository.zip", "w") as bundle:
        bundle.write(wheel, wheel.name)
    site.fails("LOCAL_NO_MATCH", "f05-bundle", "widget")


def test_a26_unusable_names(site: Site) -> None:
    for name in ("widget-latest.tar.gz", "widget-1.0.win32.exe", "widget-1.0-py3.11.egg"):
        (site.folder / name).write_bytes(b"?")
    site.fails("LOCAL_NO_MATCH", "a26-unusable-names", "widget")


def test_b8_another_project_inside(site: Site) -> None:
    make_wheel(site.folder, "gadget", "1.0", filename="widget-1.0-py3-none-any.whl")
    site.fails("ARCHIVE_REJECTED", "b08-another-project-inside", "widget")


def test_b11_a_wheel_that_is_none(site: Site) -> None:
    (site.folder / "widget-1.0-py3-none-any.whl").write_bytes(b"PK half a file")
    make_wheel(site.folder, "widget", "0.9")
    site.fails("ARCHIVE_REJECTED", "b11-no-wheel", "widget")
