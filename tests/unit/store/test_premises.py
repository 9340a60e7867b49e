from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from driverenv import warm
from driverenv.errors import HomeUnusable
from driverenv.generations import Drivers
from driverenv.store import Store
from driverenv.store.premises import check, look, open_home, unsafe
from driverenv.stories.release import release
from tests.unit.resolve.worlds import check_golden

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")


def refused(home: Path) -> HomeUnusable:
    with pytest.raises(HomeUnusable) as caught:
        Store(home)
    assert caught.value.code == "STATE_UNSAFE"
    return caught.value


def test_a_new_one_is_this_accounts_alone(tmp_path: Path) -> None:
    open_home(tmp_path / "a" / "home")
    assert (tmp_path / "a" / "home").stat().st_mode & 0o777 == 0o700
    open_home(tmp_path / "a" / "home")


def test_where_anybody_may_write_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    error = refused(tmp_path / "open" / "home")
    assert error.data["path"] == str(tmp_path / "open")
    assert "chmod o-w" in str(error)
    assert list((tmp_path / "open").iterdir()) == []
    (tmp_path / "open").chmod(0o1777)  # as /tmp
    assert Store(tmp_path / "open" / "home").home.is_dir()
    refused(tmp_path / "open")  # who may write into it may make what is not there yet


def test_what_lies_in_it(tmp_path: Path) -> None:
    home = Store(tmp_path / "home").home
    assert look(str(home)) == ("", "")
    home.chmod(0o755)
    (home / "environments").mkdir(mode=0o755)
    (home / "environments").chmod(0o777)
    assert refused(home).data["path"] == str(home / "environments")
    assert warm.unsafe(str(home))[0] == str(home / "environments")  # a warm launch sees it, too
    home.chmod(0o700)
    assert warm.unsafe(str(home)) == look(str(home)) == ("", "")
    home.chmod(0o755)
    (home / "environments").chmod(0o775)
    assert Store(home).home == home


def test_links_of_our_own_are_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "disk")
    assert Store(tmp_path / "home").home == tmp_path / "home"
    (tmp_path / "disk").chmod(0o777)
    assert refused(tmp_path / "home").data["path"] == str(tmp_path / "disk")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("place", ["", "home", "home/asks", "link"])
def test_what_belongs_to_another_account(tmp_path: Path, place: str) -> None:
    home = tmp_path / "srv" / "home"
    (home / "asks").mkdir(parents=True)
    link = tmp_path / "srv" / "link"
    link.symlink_to(home)
    os.lchown(tmp_path / "srv" / place, 4242, -1)
    error = refused(link if place == "link" else home)
    assert error.data["path"] == str(tmp_path / "srv" / place)
    assert "account (number 4242)" in str(error)
    assert "--home DIR" in str(error)


def test_a_process_without_a_umask(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        error = refused(home)
        assert list(home.iterdir()) == []
        home.chmod(0o700)
        with Store(home).staging():
            pass
        assert Store(home).home == home  # what is in it is open to others, who cannot enter
    finally:
        os.umask(before)
    assert "umask 022" in str(error)
    home.chmod(0o755)
    assert refused(home).data["path"] == str(home / "locks")


def test_the_whole_text() -> None:
    home = Path("/srv/driverenv")
    mode = unsafe(home, "/srv/driverenv/wheels", "anybody may write there (mode 0777)")
    check_golden(mode, "mode")
    check_golden(unsafe(home, "/srv/driverenv", "it belongs to another account (number 1000)"), "owner")


def test_who_makes_nothing_looks_as_well(tmp_path: Path) -> None:
    check(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    tmp_path.chmod(0o777)
    writes: tuple[Callable[[], object], ...] = (
        partial(check, tmp_path),
        partial(Drivers(str(tmp_path)).update, "Switch", "/srv/switch", lambda one: one),
        partial(release, str(tmp_path), ["six"]),
    )
    for write in writes:
        with pytest.raises(HomeUnusable) as caught:
            write()
        assert caught.value.code == "STATE_UNSAFE"
    assert list(tmp_path.iterdir()) == []
