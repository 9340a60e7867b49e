from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from driverenv import Environment, Request
from driverenv.environment import shipped
from driverenv.environment.naming import COMPLETE
from driverenv.errors import EnvironmentBroken
from driverenv.events import Asked, Ready, Warned
from driverenv.store import Store, stamps
from driverenv.stories.verifying import Checked, Target, targets, verify
from tests.unit.stories.bench import Bench


@pytest.fixture
def request_of_six(bench: Bench) -> Request:
    bench.wheel("six", "1.16.0")
    return bench.request("six\n")


def module(made: Environment) -> Path:
    return Path(made.site_packages, "six", "__init__.py")


def look(bench: Bench, *, contents: bool = False, repair: bool = False) -> Checked:
    (target,) = targets(str(bench.home), cwd=str(bench.root))
    bench.events.clear()
    found = verify(
        target,
        home=str(bench.home),
        policy=bench.policy(),
        contents=contents,
        repair=repair,
        on_event=bench.events.append,
    )
    assert found is not None
    return found


def edit(path: Path) -> None:
    """The size stays as it is."""
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[0] ^= 1
    path.write_bytes(data)
    path.chmod(0o444)


def forget(bench: Bench, made: Environment) -> None:
    """As with a disk that loses data: all stamps are those that were recorded."""
    store = Store(bench.home)
    for path in bench.home.glob("wheels/*/*/stamps"):
        (part,) = store.parts(path.relative_to(bench.home).as_posix())
        now = part.now()
        assert now is not None
        path.write_bytes(stamps.render(now))
    record = Path(made.prefix).with_name("shipped")
    record.write_bytes(shipped.render(shipped.parse(record.read_bytes()), made.prefix))


def test_what_is_whole(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    target = Target(made.prefix, (("Switch Driver", 1),))
    before = os.stat(made.prefix + "/../lease").st_mtime_ns
    assert look(bench) == look(bench, contents=True) == look(bench, repair=True) == Checked(target, "whole")
    Path(made.site_packages, "driver.log").write_text("added", encoding="utf-8")
    module(made).chmod(0o644)  # a stamp alone proves nothing
    assert look(bench).state == "whole"
    assert os.stat(made.prefix + "/../lease").st_mtime_ns == before  # nobody used it


def test_what_is_not(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    edit(module(made))
    Path(made.site_packages, "evil.pth").write_text("import os\n", encoding="utf-8")
    found = look(bench)
    assert (found.state, found.beyond) == ("damaged", "")
    assert [one.rpartition("/")[2] for one in found.findings] == [
        "__init__.py: its content was changed",
        "evil.pth was added: Python runs it at every start",
    ]
    assert look(bench) == found  # looking changes nothing
    assert bench.events == []


def test_repaired(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    text = module(made).read_bytes()
    edit(module(made))
    shutil.rmtree(bench.index)
    found = look(bench, repair=True)
    assert (found.state, len(found.findings)) == ("mended", 1)
    assert {warned.code for warned in bench.told(Warned)} == {"STORE_DAMAGED", "MADE_ANEW"}
    assert not bench.told(Asked)
    assert module(made).read_bytes() == text
    assert look(bench, contents=True).state == "whole"
    bench.prepare(request_of_six)
    assert [event.reused for event in bench.told(Ready)] == [True]


def test_a_disk_that_forgets(bench: Bench, request_of_six: Request) -> None:
    """The stamps are as they were, and the content is not: only reading it tells."""
    made = bench.prepare(request_of_six)
    text = module(made).read_bytes()
    edit(module(made))
    forget(bench, made)
    assert look(bench).state == "whole"
    found = look(bench, contents=True)
    assert [one.rpartition(": ")[2] for one in found.findings] == ["its content was changed"]
    assert look(bench, contents=True, repair=True).state == "mended"
    assert module(made).read_bytes() == text
    assert look(bench, contents=True).state == "whole"


def test_what_cannot_be_made_again(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    edit(module(made))
    shutil.rmtree(bench.home / "archives")
    found = look(bench, repair=True)
    assert found.state == "damaged"
    assert found.beyond.endswith("__init__.py: its content was changed")
    mark = Path(made.prefix).with_name(COMPLETE)
    mark.write_bytes(b"?")
    assert look(bench, repair=True).beyond == (
        "its mark of completeness cannot be read, so its next launch makes it anew"
    )
    mark.write_bytes(b'{"executable": "/nowhere/python"}')
    found = look(bench, repair=True)
    assert found.findings == ("its mark of completeness cannot be read",)
    assert "/nowhere/python" in found.beyond


def test_without_its_record(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    Path(made.prefix).with_name("shipped").unlink()
    assert look(bench).findings == ("its record of what was shipped cannot be read",)
    assert look(bench, repair=True).state == "mended"


def test_which_are_looked_at(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    bench.wheel("six", "1.17.0")
    new = bench.prepare(request_of_six.replace(refresh=True))
    stray = bench.home / "environments" / "k" / "Stray"
    for folder in (stray, stray.with_name("build"), bench.home / "environments" / "k" / "file"):
        folder.mkdir(parents=True) if folder.name != "file" else folder.write_bytes(b"")
    found = targets(str(bench.home), cwd=str(bench.root))
    assert found == [
        Target(new.prefix, (("Switch Driver", 2),)),
        Target(made.prefix, (("Switch Driver", 1),)),
        Target(str(stray), ()),
    ]
    assert targets(str(bench.home), "Switch Driver", cwd=str(bench.root)) == found[:2]
    with pytest.raises(EnvironmentBroken):
        targets(str(bench.home), "Rack", cwd=str(bench.root))


def test_what_is_removed_meanwhile(bench: Bench) -> None:
    gone = Target(str(bench.home / "environments" / "k" / "Gone"), ())
    assert verify(gone, home=str(bench.home), policy=bench.policy()) is None
