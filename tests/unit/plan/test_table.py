from __future__ import annotations

from itertools import permutations

import pytest

from driverenv.model.plan import CODE, DATA, SCRIPT, OriginFile
from driverenv.plan import COLLISION, arrival, declares_namespace, environment_key
from tests.unit.plan.worlds import LIB, Entry, Row, dist, plan, python, targets


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
    names = ("RECORD", "INSTALLER", "direct_url.json", "provenance_url.json")
    made = plan(dist("alpha", *(Row("purelib", f"{own}/{name}") for name in names)))
    assert list(targets(made)) == [f"{LIB}/{own}/METADATA"]


def test_where_it_came_from_goes_with_it() -> None:
    origin = OriginFile("provenance_url.json", b"{}")
    made = plan(dist("alpha")._replace(origin=origin), dist("beta"))
    assert [wheel.origin for wheel in made.wheels] == [origin, None]


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


PLAIN, NAMESPACE = b"x = 1\n", b"__path__ = __import__('pkgutil').extend_path(__path__, __name__)"


def owner(*names: str, path: str = "shared/x.py", content: dict[str, bytes] | None = None) -> str:
    """Whose file it is where all of these bring it; names of public ones end in "!"."""
    made = plan(
        *(
            dist(name.rstrip("!"), Row("purelib", path, 1, name))._replace(public=name.endswith("!"))
            for name in names
        ),
        content=content,
    )
    return targets(made)[f"{LIB}/{path}"][0]


def test_public_gives_way_to_local() -> None:
    assert owner("a!", "b") == "b"
    assert owner("b", "c!") == "b"
    assert owner("a", "b") == "a"
    assert owner("a!", "b!") == "a"


def test_whoever_has_the_name_of_the_module_keeps_it() -> None:
    assert owner("a", "shared") == "shared"
    assert owner("a!", "shared!", path="shared.py") == "shared"
    assert owner("a", "shared!") == "a"  # local comes first


def test_a_namespace_is_never_shut_by_rank() -> None:
    content = {"a": NAMESPACE, "b": NAMESPACE + b"\n", "c": PLAIN}
    assert owner("a!", "b", path="cs/__init__.py", content=content) == "b"
    assert owner("a!", "c", path="cs/__init__.py", content=content) == "a"


def test_scripts_have_owners_as_well() -> None:
    made = plan(
        dist("a", scripts=(Entry("tool", "a"),)),
        dist("tool", scripts=(Entry("tool", "tool"),)),
    )
    assert [[script.module for script in wheel.scripts] for wheel in made.wheels] == [[], ["tool"]]


def test_the_wheels_rows_go_along() -> None:
    one = dist("alpha", Row("purelib", "x.py"))._replace(public=True)
    (wheel,) = plan(one).wheels
    assert (wheel.entries, wheel.public) == (one.files, True)
