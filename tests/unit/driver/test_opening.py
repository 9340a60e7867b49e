from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from driverenv import lease
from driverenv.driver import is_package, metadata, opened
from driverenv.errors import ArchiveRejected, RequirementsInvalid
from tests.unit.driver.packing import DRIVER, zipped


def put(path: Path, members: Mapping[str, bytes | str]) -> Path:
    path.write_bytes(zipped(members))
    return path


def below(folder: str, members: Mapping[str, bytes | str]) -> dict[str, bytes | str]:
    return {f"{folder}/{name}": data for name, data in members.items()}


def test_a_driver_zip(tmp_path: Path) -> None:
    path = put(tmp_path / "Lab Switch.zip", DRIVER)
    with opened(path, scratch=tmp_path / "scratch") as driver:
        assert driver.path.name == "Lab Switch"
        assert sorted(one.name for one in driver.path.iterdir()) == sorted(DRIVER)
        assert driver.metadata is not None
        assert (driver.metadata.name, driver.metadata.python) == ("Lab Switch", "3")
        assert (driver.shown, driver.inputs, driver.unpacked) == (str(path), (str(path),), True)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_two_launches_have_places_of_their_own(tmp_path: Path) -> None:
    path = put(tmp_path / "Lab.zip", DRIVER)
    with opened(path, scratch=tmp_path) as one, opened(path, scratch=tmp_path) as other:
        (one.path / "driver.py").write_text("changed")
        assert (other.path / "driver.py").read_text() == DRIVER["driver.py"]


def test_what_was_extracted_is_held(tmp_path: Path) -> None:
    path = put(tmp_path / "Lab.zip", DRIVER)
    with opened(path, scratch=tmp_path / "scratch") as driver:
        (held,) = driver.leases
        assert lease.is_held(held)
        with lease.Lease(*driver.leases):
            pass
        assert lease.is_held(held)
    assert not lease.is_held(held)
    with opened(tmp_path, scratch=tmp_path / "scratch") as folder:
        assert folder.leases == ()


def test_one_folder_down(tmp_path: Path) -> None:
    path = put(tmp_path / "Lab.zip", {"README.md": "", **below("Lab Driver", DRIVER)})
    with opened(path, scratch=tmp_path) as driver:
        assert (driver.path / "driver.py").is_file()
        assert driver.shown == f"{path}/Lab Driver"


@pytest.mark.parametrize("folder", ["", "Resource Drivers - Python/"])
def test_a_shell_with_one_driver(tmp_path: Path, folder: str) -> None:
    shell: dict[str, bytes | str] = {
        "shell-definition.yaml": "",
        f"{folder}Lab.zip": zipped(DRIVER),
        "DataModel/data.zip": zipped({"x": ""}),
    }
    path = put(tmp_path / "Shell.zip", shell)
    with opened(path, scratch=tmp_path) as driver:
        assert driver.path.name == "Lab"
        assert driver.shown == f"{path}/{folder}Lab.zip"
        assert driver.inputs == (str(path),)


def test_a_script_zip(tmp_path: Path) -> None:
    path = put(tmp_path / "job.zip", {"__main__.py": "", "requirements.txt": ""})
    with opened(path, scratch=tmp_path) as driver:
        assert (driver.path / "__main__.py").is_file()
        assert driver.metadata is None


def test_a_shell_with_several_drivers_asks_which(tmp_path: Path) -> None:
    path = put(tmp_path / "Shell.zip", {"A.zip": zipped(DRIVER), "in/B.zip": zipped(DRIVER)})
    with pytest.raises(RequirementsInvalid) as raised, opened(path, scratch=tmp_path):
        raise AssertionError
    assert raised.value.code == "DRIVER_INVALID"
    assert raised.value.data["choices"] == [f"{path}/A.zip", f"{path}/in/B.zip"]
    with opened(path / "in" / "B.zip", scratch=tmp_path) as driver:
        assert (driver.path.name, driver.shown) == ("B", f"{path}/in/B.zip")


def test_several_folders_of_drivers_ask_which(tmp_path: Path) -> None:
    members = {**below("A", DRIVER), **below("B", DRIVER), "C.zip": zipped(DRIVER), "D.zip": zipped({})}
    path = put(tmp_path / "Shell.zip", members)
    with pytest.raises(RequirementsInvalid, match="there are 3 drivers in it") as raised:
        opened(path, scratch=tmp_path).__enter__()
    assert raised.value.data["choices"] == [f"{path}/{name}" for name in ("C.zip", "A", "B")]


def test_a_folder_inside_a_zip_can_be_named(tmp_path: Path) -> None:
    path = put(tmp_path / "Two.zip", {**below("one", DRIVER), **below("two", DRIVER)})
    with opened(path / "two", scratch=tmp_path) as driver:
        assert driver.shown == f"{path}/two"
        assert (driver.path / "driver.py").is_file()


def test_what_is_not_in_the_zip(tmp_path: Path) -> None:
    path = put(tmp_path / "Shell.zip", {"A.zip": zipped(DRIVER)})
    with pytest.raises(RequirementsInvalid, match=r"there is no C\.zip in it") as raised:
        opened(path / "C.zip", scratch=tmp_path).__enter__()
    assert raised.value.data["choices"] == [f"{path}/A.zip"]


def test_a_zip_without_a_driver(tmp_path: Path) -> None:
    path = put(tmp_path / "Docs.zip", {"readme.txt": ""})
    with pytest.raises(RequirementsInvalid, match="there is no driver in it"):
        opened(path, scratch=tmp_path).__enter__()


def test_metadata_of_a_zip_is_named_by_its_place_in_it(tmp_path: Path) -> None:
    inner = zipped({**DRIVER, "drivermetadata.xml": '<Driver PythonVersion="abc"/>'})
    path = tmp_path / "Shell.zip"
    path.write_bytes(zipped({"Lab.zip": inner}))
    with pytest.raises(RequirementsInvalid) as caught:
        opened(path, scratch=tmp_path / "scratch").__enter__()
    assert caught.value.summary.startswith(f"{path}/Lab.zip/drivermetadata.xml cannot be read: ")


def test_a_missing_zip(tmp_path: Path) -> None:
    with pytest.raises(RequirementsInvalid, match="is not there") as raised:
        opened(tmp_path / "None.zip", scratch=tmp_path).__enter__()
    assert raised.value.code == "REQUIREMENTS_MISSING"


def test_a_hostile_zip_writes_nothing(tmp_path: Path) -> None:
    path = put(tmp_path / "Lab.zip", {**DRIVER, "../../evil.py": ""})
    with pytest.raises(ArchiveRejected) as raised:
        opened(path, scratch=tmp_path / "scratch").__enter__()
    assert not (tmp_path / "scratch").exists()
    assert "pack the driver again" in raised.value.remedies[0]


def test_the_driver_of_a_shell_is_what_is_broken(tmp_path: Path) -> None:
    path = put(tmp_path / "Shell.zip", {"A.zip": zipped(DRIVER)[:-30]})
    with pytest.raises(ArchiveRejected, match=r"Shell\.zip/A\.zip is not an archive"):
        opened(path, scratch=tmp_path).__enter__()


def test_zips_without_end(tmp_path: Path) -> None:
    data = zipped(DRIVER)
    for _ in range(6):
        data = zipped({"in.zip": data})
    path = tmp_path / "deep.zip"
    path.write_bytes(data)
    with pytest.raises(RequirementsInvalid, match="no driver in it"):
        opened(path, scratch=tmp_path).__enter__()


def test_zips_in_zips_more_and_more(tmp_path: Path) -> None:
    data = zipped({"readme.txt": ""})
    for _ in range(3):
        data = zipped({f"{number:02}.zip": data for number in range(30)})
    path = tmp_path / "Shell.zip"
    path.write_bytes(data)
    with pytest.raises(ArchiveRejected, match="more than can be looked into: 512 MiB"):
        opened(path, scratch=tmp_path).__enter__()


def test_metadata_without_end(tmp_path: Path) -> None:
    (tmp_path / "Lab").mkdir()
    with (tmp_path / "Lab" / metadata.NAME).open("wb") as file:
        file.truncate(metadata.SIZE + 1)
    with (
        pytest.raises(RequirementsInvalid, match="larger than"),
        opened(tmp_path / "Lab", scratch=tmp_path),
    ):
        pass


def test_folders_and_files_stay_where_they_are(tmp_path: Path) -> None:
    driver = tmp_path / "Lab"
    driver.mkdir()
    for name, text in DRIVER.items():
        (driver / name).write_text(str(text))
    with opened(driver, scratch=tmp_path / "scratch") as found:
        assert (found.path, found.unpacked) == (driver, False)
        assert found.metadata is not None
        assert found.inputs == (str(driver / "drivermetadata.xml"),)
    with opened(driver / "requirements.txt", scratch=tmp_path) as found:
        assert found.metadata is not None
    with opened(driver / "driver.py", scratch=tmp_path) as found:
        assert found.metadata is None
    assert not (tmp_path / "scratch").exists()


def test_metadata_one_folder_down(tmp_path: Path) -> None:
    (tmp_path / "Lab").mkdir()
    (tmp_path / "Lab/drivermetadata.xml").write_text(str(DRIVER["drivermetadata.xml"]))
    with opened(tmp_path, scratch=tmp_path) as found:
        assert found.metadata is not None


def test_a_folder_without_metadata_is_watched_for_some(tmp_path: Path) -> None:
    with opened(tmp_path, scratch=tmp_path) as found:
        assert (found.metadata, found.inputs) == (None, (str(tmp_path / "drivermetadata.xml"),))


@pytest.mark.parametrize(
    ("path", "package"),
    [
        ("Lab.zip", True),
        ("Shell.ZIP/Lab.zip", True),
        ("a/b.zip/two", True),
        ("a\\b.zip", True),
        ("zip/driver", False),
    ],
)
def test_what_is_a_package(path: str, package: bool) -> None:
    assert is_package(path) is package


def test_a_folder_named_like_a_zip(tmp_path: Path) -> None:
    folder = tmp_path / "Lab.zip"
    folder.mkdir()
    assert not is_package(str(folder))
