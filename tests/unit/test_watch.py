"""A process that launches again and again has the system tell of changes; what it does not look at has not changed."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from driverenv import warm, watch
from driverenv.environment.shipped import Place as ShippedPlace
from driverenv.environment.shipped import Section, Shipped, render
from driverenv.watch import FOUND, PAID, Watches

if sys.platform != "linux":
    pytest.skip("only Linux has inotify", allow_module_level=True)

from driverenv import _inotify

OWN = ["pyvenv.cfg", "bin/python", "lib/alpha/__init__.py", "lib/alpha/core.py", "lib/beta.py"]


class Place:
    """An environment of its own, as a launch sees it, and a process's watches."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.prefix = self.home / "environments" / "one" / "Switch Driver"
        for name in [*OWN, "lib/alpha/settings.ini"]:
            self.prefix.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
            self.prefix.joinpath(name).write_bytes(b"x = 1\n")
        (self.prefix / "bin" / "python").unlink()
        (self.prefix / "bin" / "python").symlink_to(sys.executable)
        self.record()
        self.watches = Watches()

    def record(self, *, library: str = "lib") -> None:
        shipped = Shipped(own=list(OWN), library=library, overlays=("lib/alpha/settings.ini",))
        (self.prefix.parent / warm.SHIPPED).write_bytes(render(shipped, str(self.prefix)))

    def intact(self) -> bool:
        whole = self.watches.intact(str(self.home), str(self.prefix))
        self.watches.settle()
        return whole

    @property
    def is_watched(self) -> bool:
        return self.watches.is_watched(str(self.home), str(self.prefix))

    def watched(self) -> Place:
        for _ in range(FOUND):
            assert not self.is_watched
            assert self.intact()
        assert self.is_watched
        return self


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Whatever the disk of the tests is: the files are this process's own."""
    monkeypatch.setattr(_inotify, "is_told", lambda _path: True)
    watch.WATCHES.settle()
    watch.WATCHES.forget()  # other tests launch, too, and descriptors are counted here
    for thread in threading.enumerate():
        if thread.name == "driverenv-watch":
            thread.join(60)
    place = Place(tmp_path)
    yield place
    place.watches.forget()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The prefixes of environments whose files were looked at."""
    seen: list[str] = []
    look = warm.intact

    def intact(home: str, prefix: str) -> bool:
        seen.append(prefix)
        return look(home, prefix)

    monkeypatch.setattr(warm, "intact", intact)
    return seen


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_what_is_watched_is_not_looked_at(place: Place, looks: list[str]) -> None:
    place.watched()
    before = len(looks)
    assert all(place.intact() for _ in range(10))
    assert len(looks) == before


def same_size(path: Path) -> None:
    before = path.stat()
    path.write_bytes(b"y = 2\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def through_another_link(path: Path) -> None:
    other = path.parents[5] / "another environment's"
    other.hardlink_to(path)
    same_size(other)
    other.unlink()


def replace(path: Path) -> None:
    beside = path.with_name("beside")
    beside.write_bytes(path.read_bytes())
    beside.replace(path)


def move_the_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


def replace_the_folder(path: Path) -> None:
    """With the very same names in it."""
    move_the_folder(path)
    path.parent.mkdir()
    for one in path.parent.with_name("elsewhere").iterdir():
        path.parent.joinpath(one.name).write_bytes(one.read_bytes())


def replace_all(path: Path) -> None:
    prefix = path.parents[2]
    prefix.rename(prefix.with_name("elsewhere"))
    for name in OWN:
        prefix.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        prefix.joinpath(name).write_bytes(b"x = 1\n")


def take_another_interpreter(path: Path) -> None:
    link = path.parents[2] / "bin" / "python"
    link.unlink()
    link.symlink_to("/usr/bin/false")


def add_a_hook(path: Path) -> None:
    (path.parents[1] / "sitecustomize.py").write_bytes(b"")


def forget_what_was_shipped(path: Path) -> None:
    (path.parents[2].parent / warm.SHIPPED).unlink()


@pytest.mark.parametrize(
    "change",
    [
        same_size,
        through_another_link,
        replace,
        Path.unlink,
        move_the_folder,
        replace_the_folder,
        replace_all,
        take_another_interpreter,
        add_a_hook,
        forget_what_was_shipped,
    ],
)
def test_what_changed_is_found_by_the_next_launch(place: Place, change: Callable[[Path], None]) -> None:
    place.watched()
    change(place.prefix / "lib" / "alpha" / "core.py")
    assert not place.intact()
    assert not place.intact()


@pytest.mark.parametrize("change", [os.utime, lambda path: path.chmod(0o777)])
def test_times_and_modes_are_told_as_well(place: Place, change: Callable[[Path], None]) -> None:
    place.watched()
    change(place.prefix / "lib" / "beta.py")
    assert not place.is_watched
    assert not place.intact()


def test_a_write_to_a_mapping_is_told_when_that_is_given_up(place: Place) -> None:
    import mmap

    place.watched()
    with (
        (place.prefix / "lib" / "beta.py").open("r+b") as file,
        mmap.mmap(file.fileno(), 0) as mapping,
    ):
        mapping[0:1] = b"z"
    assert not place.is_watched
    assert not place.intact()


def test_what_a_driver_adds_is_its_own_business(place: Place, looks: list[str]) -> None:
    place.watched()
    before = len(looks)
    cache = place.prefix / "lib" / "alpha" / "__pycache__"
    cache.mkdir()
    (cache / "core.cpython-311.pyc").write_bytes(b"")
    (place.prefix / "lib" / "alpha" / "driver.log").write_bytes(b"started\n")
    (place.prefix / "lib" / "alpha" / "settings.ini").write_bytes(b"x = 2\n")
    assert place.intact()
    assert len(looks) == before


def test_a_file_that_may_be_edited_must_be_there(place: Place) -> None:
    place.watched()
    (place.prefix / "lib" / "alpha" / "settings.ini").unlink()
    assert not place.intact()


def test_a_change_that_is_no_damage_is_looked_at_once(place: Place, looks: list[str]) -> None:
    """As by a launch that links another environment to a file: its stamp is other, and written down."""
    place.watched()
    for _ in range(PAID):
        assert place.intact()
    os.utime(place.prefix / "lib" / "beta.py")
    place.record()
    before = len(looks)
    place.watched()
    assert len(looks) == before + FOUND + 1
    assert place.intact()
    assert len(looks) == before + FOUND + 1


def test_what_changes_all_the_time_is_asked_for_ever_less(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(_inotify.Inotify, "__init__", counted(_inotify.Inotify.__init__, asked))
    for _ in range(200):
        assert place.intact()
        os.utime(place.prefix / "lib" / "beta.py")
        place.record()
    assert len(asked) == 3 * (1 + watch._LEFT)  # after 2 launches, 16 and 128 more


def counted(function: Callable[..., None], calls: list[object]) -> Callable[..., None]:
    def call(*arguments: object) -> None:
        calls.append(arguments)
        function(*arguments)

    return call


def test_descriptors_are_given_back(place: Place) -> None:
    before = descriptors()
    place.watched()
    assert descriptors() == before + 1
    os.utime(place.prefix / "lib" / "beta.py")
    assert not place.intact()
    for _ in range(1000):
        if descriptors() == before:
            break
        os.sched_yield()  # a thread is at it
    assert descriptors() == before


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.ENOENT, errno.EACCES])
def test_where_the_system_will_not_files_are_looked_at(
    place: Place, looks: list[str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(_self: object, path: str, _events: int) -> None:
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr(_inotify.Inotify, "add", refuse)
    before = descriptors()
    for _ in range(FOUND * 3):
        assert place.intact()
    assert not place.is_watched
    assert len(looks) == FOUND * 3
    assert descriptors() == before
    same_size(place.prefix / "lib" / "beta.py")
    assert not place.intact()


def test_a_disk_of_which_not_all_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_inotify, "is_told", lambda _path: False)
    for _ in range(FOUND * 3):
        assert place.intact()
    assert not place.is_watched


def test_an_environment_that_is_not_whole_is_never_watched(place: Place) -> None:
    (place.prefix / "lib" / "beta.py").unlink()
    for _ in range(FOUND * 3):
        assert not place.intact()
    assert not place.is_watched


def test_what_is_changed_while_the_system_is_asked(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the file's turn or after it: the look that follows finds it, or it is told."""
    add = _inotify.Inotify.add
    beta = str(place.prefix / "lib" / "beta.py")

    def late(self: _inotify.Inotify, path: str, events: int) -> None:
        add(self, path, events)
        if path == beta:
            same_size(Path(beta))

    monkeypatch.setattr(_inotify.Inotify, "add", late)
    for _ in range(FOUND):
        assert place.intact()
    assert not place.is_watched
    assert not place.intact()


@pytest.fixture
def several(tmp_path: Path, place: Place) -> list[Place]:
    """Environments of one process."""
    found = [place, *(Place(tmp_path / str(number)) for number in range(3))]
    for one in found[1:]:
        one.watches = place.watches
    return found


@pytest.mark.parametrize("most", [{"instances": 3, "watches": 1000}, {"instances": 64, "watches": 3 * 11}])
def test_no_more_than_a_process_may(
    several: list[Place], most: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes later gets no room from those that are launched as often."""
    monkeypatch.setattr(watch, "_MOST", most)
    for one in several[:3]:
        one.watched()
    for _ in range(50):
        assert all(one.intact() for one in several)
    assert [one.is_watched for one in several] == [True, True, True, False]


def test_room_is_made_by_what_is_not_launched_any_more(
    several: list[Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_MOST", {"instances": 3, "watches": 1000})
    for one in several[:3]:
        one.watched()
    for _ in range(50):
        assert all(one.intact() for one in several[1:])
    assert [one.is_watched for one in several] == [False, True, True, True]


@pytest.mark.parametrize(("limits", "watched"), [((8, 1000), True), ((7, 1000), False), ((8, 79), False)])
def test_an_eighth_of_what_the_system_allows(
    place: Place, limits: tuple[int, int], watched: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment has ten files and folders."""
    allowed = dict(zip(("instances", "watches"), limits, strict=True))
    monkeypatch.setattr(_inotify, "limit", allowed.__getitem__)
    for _ in range(FOUND * 2):
        assert place.intact()
    assert place.is_watched is watched


@pytest.mark.parametrize("more", [0, 1])
def test_other_programs_find_queues_left(place: Place, monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    """However many processes a server is: what all of them may have together is the account's."""
    opened: list[int] = []

    class Scarce(_inotify.Inotify):
        def __init__(self) -> None:
            if len(opened) >= watch._LEFT + more:
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            super().__init__()
            opened.append(self.descriptor)

    monkeypatch.setattr(_inotify, "Inotify", Scarce)
    before = descriptors()
    for _ in range(FOUND):
        assert place.intact()
    assert place.is_watched is bool(more)
    assert descriptors() == before + more


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_has_no_part_in_its_parents_watches(place: Place) -> None:
    place.watched()
    child = os.fork()
    if not child:
        place.watches.forget()  # as it happens to those of the process itself
        works = place.intact() and not place.watches._watched
        os._exit(0 if works else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert place.is_watched
    same_size(place.prefix / "lib" / "beta.py")
    assert not place.intact()


def test_a_child_forgets_on_its_own() -> None:
    code = """if True:
        import os
        from driverenv.watch import WATCHES
        WATCHES._known["home", "prefix"] = None
        child = os.fork()
        if not child:
            os._exit(len(WATCHES._known))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert len(WATCHES._known) == 1
    """
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_that_is_forked_meanwhile_has_no_queue(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, goes_on, add = Event(), Event(), _inotify.Inotify.add

    def wait(self: _inotify.Inotify, path: str, events: int) -> None:
        begun.set()
        assert goes_on.wait(60)
        add(self, path, events)

    monkeypatch.setattr(_inotify.Inotify, "add", wait)
    before = descriptors()
    for _ in range(FOUND):
        place.watches.intact(str(place.home), str(place.prefix))
    assert begun.wait(60)
    child = os.fork()
    if not child:
        place.watches.forget()
        os._exit(descriptors() - before)
    goes_on.set()
    place.watches.settle()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert place.is_watched


def test_the_thread_imports_nothing(place: Place) -> None:
    """A child that is forked while another thread imports a module waits for ever where it needs that."""
    code = """if True:
        import sys
        from _thread import get_ident
        from driverenv.watch import FOUND, WATCHES
        main, seen = get_ident(), []
        sys.addaudithook(lambda event, given: seen.append((get_ident(), given[0])) if event == "import" else None)
        for _ in range(FOUND):
            assert WATCHES.intact(sys.argv[1], sys.argv[2])
        WATCHES.settle()
        assert "driverenv._inotify" in [name for _, name in seen]
        assert [name for thread, name in seen if thread != main] == []
    """
    subprocess.run([sys.executable, "-c", code, str(place.home), str(place.prefix)], check=True)


def test_an_interpreter_waits_for_the_thread_before_it_ends(place: Place) -> None:
    """Of several interpreters in a process, one that ended with a thread at work would end the process."""
    code = """if True:
        import sys, threading
        from driverenv import _inotify
        from driverenv.watch import FOUND, WATCHES
        def told(path):
            threading.main_thread().join()
            print("asked")
            return False
        _inotify.is_told = told
        for _ in range(FOUND):
            assert WATCHES.intact(sys.argv[1], sys.argv[2])
    """
    command = [sys.executable, "-c", code, str(place.home), str(place.prefix)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "asked\n"


def test_a_signals_handler_launches_in_the_midst_of_a_launch(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.watched()
    look, found = watch._identity, []

    def struck(prefix: str) -> tuple[int, ...]:
        monkeypatch.setattr(watch, "_identity", look)
        found.append(place.intact())
        same_size(place.prefix / "lib" / "beta.py")
        found.append(place.intact())
        raise FileNotFoundError(prefix)

    monkeypatch.setattr(watch, "_identity", struck)
    found.append(place.intact())
    assert found == [True, False, False]


def test_two_threads_ask_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both found it due; one was through with asking before the other began."""
    due, before = place.watches._is_due, descriptors()

    def late(where: tuple[str, str]) -> bool:
        monkeypatch.setattr(place.watches, "_is_due", due)
        return due(where) | place.intact() | place.intact()

    monkeypatch.setattr(place.watches, "_is_due", late)
    assert place.intact()
    assert place.is_watched
    assert descriptors() == before + 1


def test_a_queue_that_was_closed_behind_its_back(several: list[Place]) -> None:
    """Its number is the next one's."""
    first, second, *_ = several
    first.watched()
    (watched,) = first.watches._watched.values()
    os.close(watched.queue.descriptor)
    second.watched()
    same_size(first.prefix / "lib" / "beta.py")
    assert not first.intact()
    assert second.is_watched


def test_a_folder_of_hooks_that_goes_while_somebody_is_in_it(place: Place) -> None:
    """The system tells of its end when that one leaves; the folder above tells at once."""
    library = place.prefix / "lib" / "nothing"
    library.mkdir()
    place.record(library="lib/nothing")
    place.watched()
    inside = os.open(library, os.O_RDONLY)
    try:
        library.rmdir()
        library.mkdir()
        (library / "sitecustomize.py").write_bytes(b"")
        assert not place.intact()
    finally:
        os.close(inside)


def share(place: Place, *, here: bool) -> Path:
    """A wheel's file that is looked at in the environment, or else in the store; gives the wheel's record of stamps."""
    part = place.home / "wheels" / "one"
    (part / "files").mkdir(parents=True)
    stored, link = part / "files" / "gamma.py", place.prefix / "lib" / "gamma.py"
    stored.write_bytes(b"x = 3\n")
    link.hardlink_to(stored)
    stamps: list[int] = []
    warm.measure(str(part / "files"), ["gamma.py"], stamps)
    (part / "stamps").write_bytes(warm.STAMPS_HEADER + warm.summary(stamps).encode())
    path = "lib/gamma.py" if here else "wheels/one/files/gamma.py"
    shared = Section("wheels/one/stamps", (ShippedPlace(here, path),))
    shipped = Shipped(own=list(OWN), library="lib", sections=[shared])
    (place.prefix.parent / warm.SHIPPED).write_bytes(render(shipped, str(place.prefix)))
    return part / "stamps"


def put_aside(record: Path) -> None:
    record.parent.rename(record.parent.with_name("aside"))


def write_anew(record: Path) -> None:
    record.write_bytes(record.read_bytes()[:-1] + b"?")


@pytest.mark.parametrize("doubt", [Path.unlink, put_aside, write_anew])
@pytest.mark.parametrize("here", [True, False])
def test_a_wheel_in_doubt_is_looked_at(place: Place, doubt: Callable[[Path], None], *, here: bool) -> None:
    """As by a sweep that finds what a failing disk did: no file changed that the system would know of."""
    record = share(place, here=here)
    place.watched()
    doubt(record)
    assert not place.intact()


def test_who_locks_a_wheel_alone_is_not_told(place: Place) -> None:
    record = share(place, here=True)
    place.watched()
    with record.open("r+b"):
        pass
    assert place.is_watched


def test_a_store_on_another_disk(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an environment's wheels are looked at in the store, that must be told of as well."""
    share(place, here=False)
    asked: list[str] = []

    def is_told(path: str) -> bool:
        asked.append(path)
        return "wheels" not in path

    monkeypatch.setattr(_inotify, "is_told", is_told)
    for _ in range(FOUND * 2):
        assert place.intact()
    assert not place.is_watched
    assert str(place.home / "wheels") in asked


def test_no_thread_to_be_had(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_self: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", none)
    for _ in range(FOUND * 2):
        assert place.intact()
    assert not place.is_watched
    monkeypatch.undo()
    monkeypatch.setattr(_inotify, "is_told", lambda _path: True)
    assert place.intact()
    assert place.is_watched


def test_only_so_many_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_MOST_KNOWN", 5)
    monkeypatch.setattr(warm, "intact", lambda _home, _prefix: True)
    watches = Watches()
    for number in range(50):
        assert watches.intact("home", str(tmp_path / str(number)))
        watches.settle()
    assert len(watches._known) == 5
