from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from driverenv.errors import ArchiveRejected, RepositoryRefused
from driverenv.events import Event, Working
from driverenv.stories.offers import Offer, gather
from tests.kit.sdists import Sdist, make_sdist
from tests.kit.wheels import Wheel, make_wheel

SIX = "six-1.0-py3-none-any.whl"


def offered(tmp_path: Path, *paths: Path) -> tuple[Offer, list[Event]]:
    heard: list[Event] = []
    offer = gather(paths, scratch=tmp_path / "scratch", on_event=heard.append)
    return offer, heard


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def names(offer: Offer) -> list[str]:
    return [one.named.filename for one in offer.files]


def test_files_and_folders(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "six", "1.0")
    make_sdist(tmp_path / "old" / "repository", "seven", "1.0", format="zip")
    (tmp_path / "old" / "seven-1.0.egg").write_bytes(b"")
    offer, heard = offered(tmp_path, wheel, tmp_path / "old")
    assert names(offer) == ["seven-1.0.zip", SIX]
    assert [(Path(one.shown).name, one.why) for one in offer.passed] == [
        ("seven-1.0.egg", "it is an egg; wheels took their place")
    ]
    assert [one for one in heard if isinstance(one, Working)] == [
        Working("checking", SIX, 1, 2),
        Working("checking", "seven-1.0.zip", 2, 2),
    ]
    assert not offer.refused
    offer.raise_refused()


def test_a_shell_with_drivers_and_bundles_inside(tmp_path: Path) -> None:
    wheel, sdist = Wheel(name="six", version="1.0").archive(), Sdist(name="seven", version="1.0").archive()
    bundle = zipped({f"deep/{sdist.filename}": sdist.data})
    driver = zipped({"drivermetadata.xml": b"<Driver/>", "driver.py": b"", "requirements.txt": b"six"})
    members = {f"offline_requirements/{wheel.filename}": wheel.data, "Driver.zip": driver, "reqs.zip": bundle}
    shell = tmp_path / "Switch Shell.zip"
    shell.write_bytes(zipped(members))
    offer, _ = offered(tmp_path, shell)
    assert names(offer) == ["seven-1.0.tar.gz", SIX]
    assert offer.files[0].shown == f"{shell}/reqs.zip/deep/seven-1.0.tar.gz"
    assert [(Path(one.shown).name, one.files) for one in offer.bundles] == [
        ("reqs.zip", 1),
        ("Switch Shell.zip", 2),
    ]
    assert not offer.refused


def test_a_bundle_that_is_called_like_an_sdist(tmp_path: Path) -> None:
    path = tmp_path / "cloudshell-orch-core-3.1-reqs.zip"
    wheel = Wheel(name="six", version="1.0").archive()
    path.write_bytes(zipped({wheel.filename: wheel.data}))
    offer, _ = offered(tmp_path, path.rename(tmp_path / "cloudshell-orch-core-3.1.zip"))
    assert names(offer) == [SIX]


def test_what_is_refused(tmp_path: Path) -> None:
    (tmp_path / SIX).write_bytes(b"half")
    (tmp_path / "notes.txt").write_bytes(b"")
    offer, _ = offered(tmp_path, tmp_path / SIX, tmp_path / "notes.txt")
    assert [one.code for one in offer.refused] == ["ARCHIVE_REJECTED", "NOT_A_DISTRIBUTION"]
    with pytest.raises(ArchiveRejected) as caught:
        offer.raise_refused()
    assert "2 of 2 files cannot be put into a repository" in str(caught.value)
    assert "or leave them out: --skip-bad" in str(caught.value)
    assert len(caught.value.data["problems"]) == 2


def test_a_broken_bundle(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(SIX, b"x" * 100)
        archive.comment = b"another archive may hide here"
    offer, _ = offered(tmp_path, path)
    with pytest.raises(ArchiveRejected, match=r"bundle\.zip is not an archive that can be trusted") as caught:
        offer.raise_refused()
    assert caught.value.remedies == (
        "pack it again with a current zip tool; or extract it yourself, and give the folder",
    )


def test_half_a_bundle(tmp_path: Path) -> None:
    path = tmp_path / "OfflinePackageRepository.zip"
    path.write_bytes(zipped({SIX: b"x" * 100})[:-40])
    offer, _ = offered(tmp_path, path)
    assert "what is in it cannot be seen" in str(offer.refused[0])


def test_one_name_and_two_contents(tmp_path: Path) -> None:
    one, same = make_wheel(tmp_path / "a", "six", "1.0"), make_wheel(tmp_path / "b", "six", "1.0")
    other = make_wheel(tmp_path / "c", "six", "1.0", requires=["seven"])
    offer, _ = offered(tmp_path, one, same)
    assert names(offer) == [SIX]
    offer, _ = offered(tmp_path, one, other)
    assert "has the same name and another content" in str(offer.refused[0])


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RepositoryRefused, match="there is no such file"):
        offered(tmp_path, tmp_path / "nothing.whl")
