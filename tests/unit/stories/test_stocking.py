from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from driverenv.errors import ArchiveRejected, PolicyViolation, RepositoryRefused
from driverenv.repository.checking import Checked
from driverenv.repository.manifest import Item
from driverenv.stories.stocking import add, remove
from tests.kit.wheels import make_wheel

SIX = "six-1.0-py3-none-any.whl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index").mkdir()
    return tmp_path / "index"


def listed(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.*")
        if path.is_file() and ".driverenv" not in path.parts
    )


def test_files_go_in_and_names_become_local(tmp_path: Path, folder: Path) -> None:
    one, two = make_wheel(tmp_path, "six", "1.0"), make_wheel(tmp_path, "seven", "1.0")
    added = add([one, two], folder)
    assert listed(folder) == ["seven-1.0-py3-none-any.whl", SIX]
    assert added.owned == ("seven", "six")
    assert [(placed.project, placed.origin) for placed in added.placed] == [
        ("seven", str(two)),
        ("six", str(one)),
    ]
    again = add([one, make_wheel(tmp_path, "six", "1.1")], folder)
    assert (again.there, again.owned) == ((SIX,), ())
    assert [placed.path for placed in again.placed] == ["six-1.1-py3-none-any.whl"]


def test_nothing_goes_in_where_one_is_refused(tmp_path: Path, folder: Path) -> None:
    good, bad = make_wheel(tmp_path, "six", "1.0"), tmp_path / "seven-1.0.zip"
    bad.write_bytes(b"half")
    with pytest.raises(ArchiveRejected):
        add([good, bad], folder)
    assert listed(folder) == []
    added = add([good, bad], folder, skip_bad=True)
    assert listed(folder) == [SIX]
    assert [error.code for error in added.offer.refused] == ["ARCHIVE_REJECTED"]


def test_another_content_is_refused_or_replaced_knowingly(tmp_path: Path, folder: Path) -> None:
    old = make_wheel(folder / "sub", "six", "1.0").read_bytes()
    other = make_wheel(tmp_path, "six", "1.0", requires=["seven"])
    with pytest.raises(RepositoryRefused) as caught:
        add([other], folder)
    assert caught.value.code == "OTHER_CONTENT"
    assert "sub/six-1.0-py3-none-any.whl of 20" in str(caught.value)
    assert (folder / "sub" / SIX).read_bytes() == old
    added = add([other], folder, replace=True)
    assert listed(folder) == [f"sub/{SIX}"]
    assert (folder / "sub" / SIX).read_bytes() == other.read_bytes()
    (kept,) = (folder / ".driverenv" / "removed" / added.removal / "files").rglob("*.whl")
    assert kept.read_bytes() == old
    assert added.placed[0].replaces


def test_the_same_content_under_another_name_is_told(tmp_path: Path, folder: Path) -> None:
    wheel = make_wheel(tmp_path, "six", "1.0")
    (folder / "six-1.0-py3-none-any (1).whl").write_bytes(wheel.read_bytes())
    (placed,) = add([wheel], folder).placed
    assert placed.same_as == ("six-1.0-py3-none-any (1).whl",)


def test_a_dry_run_changes_nothing(tmp_path: Path, folder: Path) -> None:
    added = add([make_wheel(tmp_path, "six", "1.0")], folder, dry_run=True)
    assert (added.dry_run, len(added.placed), listed(folder)) == (True, 1, [])


def test_who_must_approve_may_say_no(tmp_path: Path, folder: Path) -> None:
    old = make_wheel(folder, "six", "1.0", requires=["x"])
    seen: list[tuple[list[str], list[str]]] = []

    def refuse(come: Sequence[Checked], go: Sequence[Item]) -> None:
        seen.append(([one.named.filename for one in come], [one.path for one in go]))
        raise PolicyViolation("no")

    with pytest.raises(PolicyViolation):
        add([make_wheel(tmp_path, "six", "1.0")], folder, replace=True, approve=refuse)
    with pytest.raises(PolicyViolation):
        remove(["six"], folder, approve=refuse)
    assert seen == [([SIX], [SIX]), ([], [SIX])]
    assert old.exists()


def test_projects_versions_and_files_are_taken_out(folder: Path) -> None:
    for version in ("1.0", "1.1", "2.0"):
        make_wheel(folder, "six", version)
    make_wheel(folder, "seven", "1.0")
    (folder / "six-1.0 (1).zip").write_bytes(b"x")
    removed = remove(["six==1.1.0", "seven-1.0-py3-none-any.whl"], folder)
    assert [item.path for item in removed.items] == ["seven-1.0-py3-none-any.whl", "six-1.1-py3-none-any.whl"]
    assert removed.disowned == ("seven",)
    assert removed.kept == {"six": ("1.0", "2.0")}
    removed = remove(["S*"], folder)
    assert removed.disowned == ("six",)
    assert listed(folder) == []
    assert removed.removal


def test_a_name_that_is_not_there(folder: Path) -> None:
    make_wheel(folder, "six", "1.0")
    for name in ("sixx", "six==3", "six-9.zip", "six==nonsense"):
        with pytest.raises(RepositoryRefused) as caught:
            remove(["six", name], folder)
        assert caught.value.code == "NOT_IN_REPOSITORY"
    assert listed(folder) == [SIX]
    assert remove(["six"], folder, dry_run=True).removal == ""
    assert listed(folder) == [SIX]
