from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import pytest
from packaging.utils import canonicalize_name

from driverenv.errors import ArchiveRejected
from driverenv.model.plan import CODE, DATA, SCRIPT, Arrival, Plan, WheelFile
from driverenv.model.requirement import Interpreter, Target
from driverenv.plan import COLLISION, arrival, declares_namespace, environment_key, make_plan


class Row(NamedTuple):
    scheme: str
    path: str
    size: int = 1
    sha256: str = "same"
    executable: bool = False


class Entry(NamedTuple):
    name: str
    module: str = "m"
    attribute: str = "main"
    gui: bool = False


def python(platform: str = "linux") -> Interpreter:
    windows = platform == "win32"
    return Interpreter(
        executable="/usr/bin/python3.12",
        base_prefix="/usr",
        target=Target("3.12.1", {"sys_platform": platform}, ("cp312-cp312-any",)),
        site_packages="Lib\\site-packages" if windows else "lib/python3.12/site-packages",
        scripts="Scripts" if windows else "bin",
        include="include\\site\\python3.12" if windows else "include/site/python3.12",
        cache_tag="cpython-312",
        windows=windows,
        stamp="1 2",
        identity="identity",
    )


def dist(project: str, *rows: Row, scripts: tuple[Entry, ...] = (), requested: bool = False) -> Arrival:
    own = f"{project}-1.0.dist-info"
    return Arrival(
        project=canonicalize_name(project),
        version="1.0",
        sha256=f"sha of {project}",
        dist_info=own,
        files=(*rows, Row("purelib", f"{own}/METADATA", 1, project)),
        scripts=scripts,
        root=f"/store/{project}",
        requested=requested,
    )


def plan(*arrivals: Arrival, platform: str = "linux", content: dict[str, bytes] | None = None) -> Plan:
    texts = content or {}

    def read(one: Arrival, _row: WheelFile) -> bytes:
        return texts.get(one.project, b"")

    return make_plan(arrivals, key="k", name="n", interpreter=python(platform), content=read)


def targets(made: Plan) -> dict[str, tuple[str, str]]:
    return {file.target: (wheel.project, file.kind) for wheel in made.wheels for file in wheel.files}


LIB = "lib/python3.12/site-packages"


def test_schemes_have_their_places() -> None:
    made = plan(
        dist(
            "alpha",
            Row("purelib", "alpha/__init__.py"),
            Row("platlib", "alpha/fast.so"),
            Row("platlib", "alpha.libs/libz.so.1.2"),
            Row("purelib", "alpha/config.ini"),
            Row("scripts", "tool"),
            Row("data", "etc/alpha.conf"),
            Row("headers", "alpha.h"),
        )
    )
    assert targets(made) == {
        f"{LIB}/alpha/__init__.py": ("alpha", CODE),
        f"{LIB}/alpha/fast.so": ("alpha", CODE),
        f"{LIB}/alpha.libs/libz.so.1.2": ("alpha", CODE),
        f"{LIB}/alpha/config.ini": ("alpha", DATA),
        f"{LIB}/alpha-1.0.dist-info/METADATA": ("alpha", CODE),
        "bin/tool": ("alpha", SCRIPT),
        "etc/alpha.conf": ("alpha", DATA),
        "include/site/python3.12/alpha/alpha.h": ("alpha", DATA),
    }
    assert made.notes == ()
    sources = {file.source for file in made.wheels[0].files}
    assert {"purelib/alpha/__init__.py", "platlib/alpha/fast.so", "data/etc/alpha.conf"} <= sources


def test_windows_paths_and_launchers() -> None:
    made = plan(dist("alpha", Row("purelib", "alpha.py"), scripts=(Entry("tool"),)), platform="win32")
    assert "Lib/site-packages/alpha.py" in targets(made)
    assert [script.target for script in made.wheels[0].scripts] == ["Scripts/tool.exe"]


def test_what_an_installer_writes_itself_is_left_out() -> None:
    own = "alpha-1.0.dist-info"
    made = plan(dist("alpha", Row("purelib", f"{own}/RECORD"), Row("purelib", f"{own}/INSTALLER")))
    assert list(targets(made)) == [f"{LIB}/{own}/METADATA"]


def test_same_bytes_are_one_file_and_nothing_to_say() -> None:
    made = plan(dist("a", Row("purelib", "tests/x.py")), dist("b", Row("purelib", "tests/x.py")))
    assert targets(made)[f"{LIB}/tests/x.py"][0] == "a"
    assert made.wheels[1].shared == (f"{LIB}/tests/x.py",)
    assert made.notes == ()


def test_namespaces_are_kept_once_and_silently() -> None:
    first = dist("cs-a", Row("purelib", "cs/__init__.py", 1, "one"))
    second = dist("cs-b", Row("purelib", "cs/__init__.py", 2, "two"))
    extend = b"__path__ = __import__('pkgutil').extend_path(__path__, __name__)"
    made = plan(first, second, content={"cs-a": extend, "cs-b": extend + b"\n"})
    assert targets(made)[f"{LIB}/cs/__init__.py"][0] == "cs-a"
    assert made.notes == ()


def test_the_init_that_declares_the_namespace_wins_with_a_note() -> None:
    first = dist("cs-a", Row("purelib", "cs/__init__.py", 0, "empty"))
    second = dist("cs-b", Row("purelib", "cs/__init__.py", 2, "two"))
    made = plan(first, second, content={"cs-b": b"from pkgutil import extend_path"})
    assert targets(made)[f"{LIB}/cs/__init__.py"][0] == "cs-b"
    assert made.wheels[0].shared == (f"{LIB}/cs/__init__.py",)
    assert [note.code for note in made.notes] == [COLLISION]


def test_another_collision_has_one_winner_and_names_both() -> None:
    arrivals = [
        dist("b", Row("purelib", "tests/x.py", 1, "b"), Row("purelib", "tests/y.py", 1, "b")),
        dist("a", Row("purelib", "tests/x.py", 1, "a"), Row("purelib", "tests/y.py", 1, "a")),
        dist("c", Row("purelib", "c.py")),
    ]
    plans = [plan(*order) for order in permutations(arrivals)]
    assert all(one == plans[0] for one in plans)
    assert targets(plans[0])[f"{LIB}/tests/x.py"][0] == "a"
    (note,) = plans[0].notes
    assert note.text == (
        f"a 1.0 and b 1.0 both bring {LIB}/tests/x.py (and 1 more), with different content: a 1.0's is used"
    )


@pytest.mark.parametrize(("platform", "files"), [("linux", 2), ("darwin", 1), ("win32", 1)])
def test_case_counts_where_the_file_system_says_so(platform: str, files: int) -> None:
    made = plan(
        dist("a", Row("purelib", "Crypto/x.py", 1, "a")),
        dist("b", Row("purelib", "crypto/x.py", 1, "b")),
        platform=platform,
    )
    assert sum(target.lower().endswith("crypto/x.py") for target in targets(made)) == files
    assert len(made.notes) == 2 - files


def test_a_path_is_no_file_and_folder_at_once() -> None:
    made = plan(dist("a", Row("purelib", "x")), dist("b", Row("purelib", "x/y.py")))
    assert f"{LIB}/x" not in targets(made)
    assert f"{LIB}/x/y.py" in targets(made)
    assert len(made.notes) == 1


def test_scripts_collide_like_files() -> None:
    made = plan(
        dist("a", scripts=(Entry("tool", "a"),)),
        dist("b", Row("scripts", "tool", 1, "b"), scripts=(Entry("other", "b"),)),
        dist("c", scripts=(Entry("other", "b"),)),
    )
    assert [[script.name for script in wheel.scripts] for wheel in made.wheels] == [["tool"], ["other"], []]
    assert "bin/tool" not in targets(made)
    assert len(made.notes) == 1  # the two `other` are the same
    assert made.wheels[2].shared == ("bin/other",)


PROTECTED = [
    "python",
    "python3",
    "Python3.12",
    "pythonw.exe",
    "pypy3",
    "activate",
    "activate.ps1",
    "activate_this.py",
]


@pytest.mark.parametrize("name", [*PROTECTED, "deactivate.bat", "python3.13t", "python_d.exe"])
@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_the_interpreter_and_activation_are_never_replaced(name: str, platform: str) -> None:
    with pytest.raises(ArchiveRejected, match="alpha"):
        plan(dist("alpha", Row("scripts", name)), platform=platform)
    with pytest.raises(ArchiveRejected):
        plan(
            dist("alpha", Row("data", f"{'Scripts' if platform == 'win32' else 'bin'}/{name}")),
            platform=platform,
        )
    with pytest.raises(ArchiveRejected):
        plan(dist("alpha", scripts=(Entry("pyvenv.cfg/../" + name),)), platform=platform)


@pytest.mark.parametrize(
    "name",
    ["python-argcomplete-check-easy-install-script", "activate-global-python-argcomplete", "pythonista"],
)
def test_names_that_only_begin_like_them_are_fine(name: str) -> None:
    assert f"bin/{name}" in targets(plan(dist("argcomplete", Row("scripts", name))))


@pytest.mark.parametrize(
    "row",
    [
        Row("data", "pyvenv.cfg"),
        Row("data", "PyVenv.CFG"),
        Row("data", "/etc/passwd"),
        Row("data", "../x"),
        Row("data", "a/../../x"),
        Row("data", "C:/x"),
        Row("data", ""),
        Row("purelib", "../x.py"),
        Row("purelib", "a\\..\\..\\x.py"),
        Row("purelib", "/x.py"),
        Row("purelib", "\\x.py"),
        Row("headers", "../../x"),
        Row("scripts", "../x"),
    ],
)
def test_nothing_lands_outside(row: Row) -> None:
    with pytest.raises(ArchiveRejected, match="alpha"):
        plan(dist("alpha", row))


def test_the_key_is_content() -> None:
    def key(name: str = "n", policy: tuple[str, ...] = ("link",), *arrivals: tuple[str, bool]) -> str:
        return environment_key(
            interpreter=python(), name=name, arrivals=arrivals or [("b", False), ("a", True)], policy=policy
        )

    assert key() == key("n", ("link",), ("a", True), ("b", False))
    others = [
        key("m"),
        key("n", ("copy",)),
        key("n", ("link",), ("a", True)),
        key("n", ("link",), ("a", False)),
    ]
    assert len({key(), *others}) == 5


def test_an_arrival_is_a_stored_wheel_with_a_reason() -> None:
    class Stored:
        root = "/store/x"
        sha256 = "abc"
        project = "Some.Project"
        version = "1.0"
        dist_info = "Some.Project-1.0.dist-info"
        entries = (Row("purelib", "x.py"),)
        scripts = (Entry("x"),)

    one = arrival(Stored(), requested=True)
    assert (one.project, one.requested, str(one)) == ("some-project", True, "some-project 1.0")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"__path__ = __import__('pkgutil').extend_path(__path__, __name__)", True),
        (b"__import__('pkg_resources').declare_namespace(__name__)", True),
        (b"", False),
        (b"my_extend_pathology = 1", False),
    ],
)
def test_namespace_declarations(source: bytes, expected: bool) -> None:
    assert declares_namespace(source) is expected
