"""The parts of the view that decide; that it holds is shown by `test_keeper` and by hostile builds."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("mount namespaces", allow_module_level=True)

from driverenv._cell import linux, view


@pytest.mark.parametrize(
    ("path", "expected"), [("/dev", True), ("/dev/a", True), ("/devx", False), ("/", False), ("/run/a", True)]
)
def test_below(path: str, expected: bool) -> None:
    assert view._is_below(path, ["/dev", "/run"]) is expected


def test_what_is_needed_and_would_be_hidden_is_kept_in_order(tmp_path: Path) -> None:
    (tmp_path / "env" / "bin").mkdir(parents=True)
    (tmp_path / "tool").touch()
    (tmp_path / "link").symlink_to(tmp_path / "env")
    place = str(tmp_path)
    wanted = [str(tmp_path / name) for name in ("link/bin", "env", "tool", "none")]
    kept = view._kept([*wanted, "/usr", place], [place])
    try:
        assert [one.path for one in kept] == [str(tmp_path / name) for name in ("env", "env/bin", "tool")]
        assert [one.is_folder for one in kept] == [True, True, False]
    finally:
        for one in kept:
            os.close(one.handle)


def test_links_on_the_way_to_what_is_needed_are_kept(tmp_path: Path) -> None:
    (tmp_path / "far" / "bin").mkdir(parents=True)
    (tmp_path / "near").symlink_to("far")
    place = str(tmp_path)
    wanted = [str(tmp_path / name) for name in ("near/bin", "far/bin", "none")]
    assert view._links([*wanted, "/usr/bin"], [place]) == {str(tmp_path / "near"): "far"}


def test_the_folder_in_place_of_dev_has_what_programs_look_for(tmp_path: Path) -> None:
    os.close(view._own_folder(str(tmp_path), "/dev"))
    os.close(view._own_folder(str(tmp_path), "/dev"))
    assert sorted(os.listdir(tmp_path / "dev")) == ["fd", "shm", "stderr", "stdin", "stdout"]
    os.close(view._own_folder(str(tmp_path), "/var/tmp"))  # noqa: S108
    assert (tmp_path / "var-tmp").is_dir()


def test_before_linux_5_12_each_mount_is_made_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, int]] = []

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSYS, "not there")

    def mount(_source: str, target: str, kind: str = "", flags: int = 0) -> None:
        if target == "/out-of-reach":
            raise OSError(errno.EACCES, "no")
        done.append((target, flags))

    points = [("/", 0), ("/work", 0), ("/dev/null", 0), ("/out-of-reach", 0), ("/proc", linux.MS_NOEXEC)]
    monkeypatch.setattr(linux, "set_flags", refuse)
    monkeypatch.setattr(linux, "mount", mount)
    monkeypatch.setattr(linux, "mounts", lambda: points)
    view._read_only(["/work"], ["/dev/null"])
    base = linux.MS_REMOUNT | linux.MS_BIND | linux.MS_NODEV | linux.MS_NOSUID
    assert done == [
        ("/", base | linux.MS_RDONLY),
        ("/work", base),
        ("/proc", base | linux.MS_RDONLY | linux.MS_NOEXEC),
    ]


def test_a_mount_that_must_not_become_read_only_is_no_view(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no")

    monkeypatch.setattr(linux, "mount", refuse)
    monkeypatch.setattr(linux, "mounts", lambda: [("/", 0)])
    with pytest.raises(PermissionError):
        view._read_only_one_by_one([], [])
