from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driverenv import warm

KEY = "a" * 40
NOW = 1_763_766_000.5


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_bytes(b"six\r\n")
    return path


@pytest.fixture
def stamped(tmp_path: Path) -> Path:
    path = tmp_path / "pyvenv.cfg"
    path.write_bytes(b"home = /usr\n")
    return path


@pytest.fixture
def home(tmp_path: Path, requirements: Path, stamped: Path) -> str:
    """A home folder with one record, made at NOW, valid for 60 s."""
    put(tmp_path / "home", record(requirements, stamped, absent=tmp_path / "constraints.txt"))
    return str(tmp_path / "home")


def put(home: Path, text: str) -> str:
    path = Path(warm.ask_path(str(home), KEY))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return str(home)


def record(requirements: Path, stamped: Path, absent: Path) -> str:
    return warm.render(
        checked=NOW,
        until=NOW + 60,
        fields={"prefix": "/srv/Switch Driver", "empty": "", "name": "  two  blanks "},
        inputs=(str(requirements), str(absent)),
        stamps=(str(stamped),),
    )


def test_a_record_is_found_as_it_was_written(home: str) -> None:
    assert warm.find(home, KEY, NOW + 1) == {
        "prefix": "/srv/Switch Driver",
        "empty": "",
        "name": "  two  blanks ",
    }


@pytest.mark.parametrize(
    ("now", "found"), [(NOW - 1, False), (NOW, True), (NOW + 60, True), (NOW + 61, False)]
)
def test_validity(home: str, now: float, found: bool) -> None:
    assert (warm.find(home, KEY, now) is not None) is found


def test_no_record(home: str, tmp_path: Path) -> None:
    assert warm.find(home, "b" * 40, NOW) is None
    assert warm.find(str(tmp_path / "nowhere"), KEY, NOW) is None


@pytest.mark.skipif(os.name == "nt", reason="there are no such pipes there")
def test_a_pipe_in_place_of_a_record_holds_no_launch_up(home: str, requirements: Path) -> None:
    ask = Path(warm.ask_path(home, KEY))
    ask.unlink()
    os.mkfifo(ask)
    assert warm.find(home, KEY, NOW) is None
    prefix = ask.parent / "environment" / "Switch Driver"
    prefix.mkdir(parents=True)
    os.mkfifo(prefix.parent / warm.SHIPPED)
    assert not warm.intact(home, str(prefix))
    with pytest.raises(ValueError, match="no record of stamps"):
        warm.recorded(str(ask))
    with_pipe = warm.fingerprint(str(ask))
    assert with_pipe != warm.fingerprint(str(requirements))


def test_an_input_that_changed(home: str, requirements: Path) -> None:
    status = requirements.stat()
    requirements.write_bytes(b"sux\r\n")
    os.utime(requirements, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert warm.find(home, KEY, NOW) is None


def test_an_input_that_went_or_appeared(home: str, requirements: Path) -> None:
    (requirements.parent / "constraints.txt").write_bytes(b"")
    assert warm.find(home, KEY, NOW) is None
    (requirements.parent / "constraints.txt").unlink()
    assert warm.find(home, KEY, NOW) is not None
    requirements.unlink()
    assert warm.find(home, KEY, NOW) is None


def test_an_input_that_cannot_be_read(home: str, requirements: Path) -> None:
    requirements.unlink()
    requirements.mkdir()
    assert warm.find(home, KEY, NOW) is None


def test_a_touched_stamp(home: str, stamped: Path) -> None:
    os.utime(stamped, ns=(1, 1))
    assert warm.find(home, KEY, NOW) is None


def test_a_stamped_file_that_grew_or_went(home: str, stamped: Path) -> None:
    status = stamped.stat()
    stamped.write_bytes(b"home = /usr/local\n")
    os.utime(stamped, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert warm.find(home, KEY, NOW) is None
    stamped.unlink()
    assert warm.find(home, KEY, NOW) is None


def test_a_stamp_of_nothing_never_holds(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    text = warm.render(checked=NOW, until=NOW, fields={}, inputs=(), stamps=(gone,))
    assert warm.find(put(tmp_path, text), KEY, NOW) is None


def test_every_cut_is_a_miss(home: str) -> None:
    path = Path(warm.ask_path(home, KEY))
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        found = warm.find(home, KEY, NOW)
        assert found is None or whole[:end].endswith(b"\n")


@given(st.binary(max_size=200))
def test_no_content_raises(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    home = tmp_path_factory.getbasetemp() / "any"
    Path(warm.ask_path(str(home), KEY)).parent.mkdir(parents=True, exist_ok=True)
    Path(warm.ask_path(str(home), KEY)).write_bytes(b"driverenv-ask 1\n" + content)
    warm.find(str(home), KEY, NOW)


def test_names_that_are_no_text(tmp_path: Path) -> None:
    fields = {"prefix": "/srv/\udce9t\u00e9"}
    text = warm.render(checked=NOW, until=NOW, fields=fields, inputs=(), stamps=())
    assert warm.find(put(tmp_path, text), KEY, NOW) == fields


@pytest.mark.parametrize("value", ["a\nb", "a\rb"])
def test_line_breaks_cannot_be_recorded(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        warm.render(checked=NOW, until=NOW, fields={"prefix": value}, inputs=(), stamps=())


@given(st.lists(st.binary(max_size=8), max_size=5), st.lists(st.binary(max_size=8), max_size=5))
def test_keys_are_framed(one: list[bytes], other: list[bytes]) -> None:
    same = warm.key(tuple(one)) == warm.key(tuple(other))
    assert same is (one == other)


def test_key_is_stable() -> None:
    assert warm.key(()) == "3345524abf6bbe1809449224b5972c41790b6cf2"
    assert warm.key((b"ab",)) != warm.key((b"a", b"b"))


def test_fingerprint_and_stamp(requirements: Path, tmp_path: Path) -> None:
    assert warm.fingerprint(str(requirements)) == warm.key((b"six\r\n",))
    assert warm.fingerprint(str(tmp_path / "nothing")) == "-"
    assert warm.fingerprint(str(requirements / "below a file")) == "-"
    assert warm.stamp(str(requirements)) == f"5 {requirements.stat().st_mtime_ns}"
    assert warm.stamp(str(tmp_path / "nothing")) == "- -"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("", "", False),
        ("a", "since 100", False),
        ("since 100", "since 100", True),
        ("since 100", "since 115", True),
        ("since 100", "since 116", False),
        ("since x", "since x", False),
    ],
)
def test_the_same_run(one: str, other: str, same: bool) -> None:
    assert warm.same_run(one, other) is same
    assert warm.same_run(other, one) is same


YEAR = 365 * 86_400.0


@pytest.mark.parametrize(
    ("now", "boot", "uptime", "found"),
    [
        (NOW + 1, "this", 1001.0, True),
        (NOW + YEAR, "this", 1060.0, True),  # the clock was set forward by a year, and a minute has passed
        (NOW - YEAR, "this", 1060.0, True),  # or back
        (NOW + 1, "this", 1061.0, False),  # time has passed, whatever the clock says
        (NOW + 1, "this", 999.0, False),
        (NOW + 60, "another", 5.0, True),  # in another run of the machine there is only the clock
        (NOW + 61, "another", 5.0, False),
        (NOW - 1, "another", 5.0, False),  # a record of the future is not believed
        (NOW + YEAR, "another", 5.0, False),
    ],
)
def test_no_set_clock_has_a_say(tmp_path: Path, now: float, boot: str, uptime: float, found: bool) -> None:
    run = (1000.0, "this")
    text = warm.render(checked=NOW, until=NOW + 60, fields={}, inputs=(), stamps=(), run=run)
    assert (warm.find(put(tmp_path, text), KEY, now, boot=boot, uptime=uptime) is not None) is found


def test_in_another_run_the_disk_must_be_known_to_have_it(tmp_path: Path) -> None:
    place = tmp_path / "synced"
    text = warm.render(
        checked=NOW,
        until=NOW + 60,
        fields={},
        inputs=(),
        stamps=(),
        run=(1.0, "this run"),
        synced=str(place),
    )
    home = put(tmp_path, text)
    assert warm.find(home, KEY, NOW, boot="this run", uptime=2.0) == {}
    assert warm.find(home, KEY, NOW, boot="another", uptime=2.0) is None
    assert warm.find(home, KEY, NOW) == {}  # nobody asks
    place.touch()
    assert warm.find(home, KEY, NOW, boot="another", uptime=2.0) == {}


@pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")
def test_who_else_could_change_it(requirements: Path, tmp_path: Path) -> None:
    home = tmp_path / "above" / "home"
    assert warm.unsafe(str(home)) == ("", "")
    home.mkdir(parents=True)
    for path, mode, told in (
        (home, 0o700, ""),
        (home, 0o775, ""),
        (home, 0o1777, "anybody may write there (mode 1777)"),
        (home.parent, 0o777, "anybody may write there (mode 0777)"),
        (home.parent, 0o1777, ""),
    ):
        path.chmod(mode)
        assert warm.unsafe(str(home)) == ((str(path), told) if told else ("", ""))
        path.chmod(0o755)
    link = tmp_path / "open" / "link"
    link.parent.mkdir()
    link.symlink_to(home)
    assert warm.unsafe(str(link)) == ("", "")
    link.parent.chmod(0o777)
    assert warm.unsafe(str(link)) == (str(link.parent), "anybody may write there (mode 0777)")
