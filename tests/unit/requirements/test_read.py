"""Files and folders of drivers, read as pip reads them, with every error at once."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driverenv.errors import DriverEnvError, PolicyViolation, RequirementsInvalid
from driverenv.model.requirement import Requirements
from driverenv.model.site import Policy
from driverenv.requirements import find, parse_lines, read
from tests.unit.resolve.worlds import check_golden

SHA = "a" * 64


def write(folder: Path, text: str | bytes, name: str = "requirements.txt") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def taken(folder: Path, text: str | bytes, **options: object) -> Requirements:
    return read(write(folder, text), shown="requirements.txt", **options)  # type: ignore[arg-type]


def failure(folder: Path, text: str | bytes) -> DriverEnvError:
    with pytest.raises((RequirementsInvalid, PolicyViolation)) as raised:
        taken(folder, text)
    return raised.value


def stated(found: Requirements) -> list[str]:
    return [str(root.requirement) for root in found.roots]


def codes(error: DriverEnvError) -> list[tuple[str, int]]:
    return [(one["code"], one["line"]) for one in error.data["problems"]]


class TestFind:
    def test_at_the_top_even_if_there_are_others(self, tmp_path: Path) -> None:
        write(tmp_path, "a", "sub/requirements.txt")
        path = write(tmp_path, "b")
        assert find(tmp_path) == path

    def test_one_folder_down(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a", "Driver/requirements.txt")
        assert find(tmp_path) == path

    def test_not_below_a_folder_that_is_the_driver_itself(self, tmp_path: Path) -> None:
        write(tmp_path, "a", "docs/requirements.txt")
        write(tmp_path, "", "driver.py")
        assert find(tmp_path) is None

    def test_several_below_are_not_guessed_at(self, tmp_path: Path) -> None:
        write(tmp_path, "a", "one/requirements.txt")
        write(tmp_path, "a", "two/requirements.txt")
        with pytest.raises(RequirementsInvalid) as raised:
            find(tmp_path)
        assert raised.value.code == "REQUIREMENTS_MISSING"

    def test_none_is_legal_and_the_lookout_for_one_is_an_input(self, tmp_path: Path) -> None:
        assert find(tmp_path) is None
        assert read(tmp_path) == Requirements(inputs=(str(tmp_path / "requirements.txt"),))

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        for call in (find, read):
            with pytest.raises(RequirementsInvalid) as raised:
                call(tmp_path / "nope")
            assert raised.value.code == "REQUIREMENTS_MISSING"

    def test_below_both_places_are_inputs(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a", "Driver/requirements.txt")
        assert read(tmp_path).inputs == (str(tmp_path / "requirements.txt"), str(path))


class TestText:
    @pytest.mark.parametrize(
        "data",
        [
            b"six==1.0\nattrs",
            b"six==1.0\r\nattrs\r\n",
            b"six==1.0\rattrs\r",
            b"\xef\xbb\xbfsix==1.0\nattrs\n",
            "\ufeffsix==1.0\r\nattrs".encode("utf-16-le"),
            "\ufeffsix==1.0\nattrs".encode("utf-16-be"),
            "\ufeffsix==1.0\nattrs".encode("utf-32-le"),
            b"# -*- coding: latin-1 -*-\n# caf\xe9\nsix==1.0\nattrs",
            b"six==1.0 # caf\xe9\nattrs",
            b"# caf\xe9 \\\nsix==1.0\nattrs",
            b"  six == 1.0  \n\n\tattrs # why\n# all \\\n",
            b"six\\\n==1.0\nattrs \\\n\n",
            b"six==1.0 \\\n  # a comment ends it\nattrs",
        ],
    )
    def test_spellings_of_one_file(self, tmp_path: Path, data: bytes) -> None:
        assert stated(taken(tmp_path, data)) == ["six==1.0", "attrs"]

    @pytest.mark.parametrize(
        ("data", "line"),
        [
            (b"ok\ncaf\xe9==1\n", 2),
            ("six==1.0".encode("utf-16-le"), 1),
            (b"# coding: klingon\nsix", 1),
            (b"# coding: ascii\nsix\n# caf\xc3\xa9", 3),
            (b"\xff\xfes\x00i\x00x", 1),
        ],
    )
    def test_what_is_no_text(self, tmp_path: Path, data: bytes, line: int) -> None:
        assert codes(failure(tmp_path, data)) == [("REQUIREMENTS_SYNTAX", line)]

    @pytest.mark.parametrize(
        "name", ["idna", "punycode", "undefined", "unicode-escape", "raw_unicode_escape"]
    )
    def test_what_python_calls_an_encoding_and_no_editor_does(self, tmp_path: Path, name: str) -> None:
        error = failure(tmp_path, f"# coding: {name}\nsix\n")
        assert f"{name!r} is no encoding" in str(error)

    def test_half_a_character(self, tmp_path: Path) -> None:
        error = failure(tmp_path, b"# coding: utf-7\nsix\n-r +2AA-\n")
        assert codes(error) == [("REQUIREMENTS_SYNTAX", 3)]
        assert "-r ?" in str(error)

    def test_the_place_of_a_root(self, tmp_path: Path) -> None:
        found = taken(tmp_path, "\n\nsix>=1 \\\n  ,<2  # why\n")
        assert str(found.roots[0].source) == "requirements.txt line 3: six>=1   ,<2"


LARGE = 1_000_000
"""Characters. What takes time with the square of it takes an hour, and is ended by the clock of the tests."""


@pytest.mark.slow
class TestHowMuch:
    """However much there is, and however it is written: it is read once, or refused with words."""

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"a" + b" " * LARGE + b"x", id="blanks"),
            pytest.param(b"six # " + b" " * LARGE + b"\xe9", id="blanks and an old encoding"),
            pytest.param(b"\\\n" * 99_999, id="continuations"),
            pytest.param(b"--pre " * (LARGE // 6), id="options on a line"),
            pytest.param(b"-i x " * 19_999, id="refused options on a line"),
            pytest.param(b"${A}" * (LARGE // 4), id="variables"),
            pytest.param(b"six " + b"--hash=sha256:" + b"0" * LARGE, id="a hash"),
            pytest.param((b"a" + b"=" * 9_000 + b"<1\n") * 100, id="operators"),
            pytest.param((b"a" + b"[" * 9_000 + b"\n") * 100, id="brackets"),
            pytest.param((b"a ; x " + b"=" * 9_000 + b"\n") * 100, id="operators of a marker"),
            pytest.param((b"a" + b">," * 4_000 + b"1\n") * 100, id="commas"),
            pytest.param((b"a;" + b"(" * 9_000 + b"\n") * 100, id="parentheses"),
            pytest.param((b"a;" + b"os_name=='' or " * 600 + b"x\n") * 100, id="markers"),
            pytest.param((b"a" + b" " * 9_900 + b"x\n") * 100, id="a name and blanks"),
            pytest.param((b"./" + b".whl[" * 1_900 + b"\n") * 100, id="extras of a file"),
            pytest.param(b"a=1\n" * (LARGE // 4), id="mistakes"),
            pytest.param(b"\n" * LARGE, id="lines"),
            pytest.param(b"'" * LARGE, id="quotes"),
        ],
    )
    def test_takes_no_longer_than_it_is_long(self, tmp_path: Path, data: bytes) -> None:
        open_minded = Policy(direct_urls=["https://h/"], bundled="allowed")
        with contextlib.suppress(RequirementsInvalid, PolicyViolation):
            read(write(tmp_path, data), policy=open_minded, variables={"A": "x"})

    def test_of_all_files_together(self, tmp_path: Path) -> None:
        write(tmp_path, b"#" * (9 * 1024 * 1024), "large.txt")
        error = failure(tmp_path, "-r large.txt\n-r large.txt\nsix=1\n")
        assert "at most 16,777,216 bytes, in all files together" in str(error)
        assert "six=1" not in str(error)

    def test_files_that_include_one_another_more_and_more(self, tmp_path: Path) -> None:
        for level in range(9):
            write(tmp_path, f"-r {level + 1}.txt\n" * 10, f"{level}.txt")
        write(tmp_path, "six\n", "9.txt")
        assert "at most 100 files are read" in str(failure(tmp_path, "-r 0.txt\n"))

    def test_every_line_counts(self, tmp_path: Path) -> None:
        write(tmp_path, "\n" * 60_000, "more.txt")
        error = failure(tmp_path, "-r more.txt\n-r more.txt\n")
        assert "at most 100,000 lines" in str(error)
        assert error.data["problems"][0]["file"] == "more.txt"

    def test_a_line(self, tmp_path: Path) -> None:
        error = failure(tmp_path, "six\n--pre " + " " * 100_000 + "--pre\n")
        assert codes(error) == [("REQUIREMENTS_SYNTAX", 2)]
        assert "at most 100,000 characters, and this one has 100,011" in str(error)

    def test_requirements(self, tmp_path: Path) -> None:
        assert len(taken(tmp_path, "a\n" * 10_000).roots) == 10_000
        error = failure(tmp_path, "a\n" * 10_001)
        assert codes(error) == [("REQUIREMENTS_SYNTAX", 10_001)]

    def test_mistakes(self, tmp_path: Path) -> None:
        check_golden(failure(tmp_path, "six=1\n" * 2_000), "enough")

    def test_notes(self, tmp_path: Path) -> None:
        found = taken(tmp_path, "--use-feature=x\n" * 200)
        assert len(found.notes) == 101
        assert found.notes[-1] == "more lines than these have no effect"

    def test_lines_of_a_build(self) -> None:
        with pytest.raises(RequirementsInvalid, match="and what comes after them was not read"):
            parse_lines(["six=1"] * 2_000, file="build of x")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
    def test_nobody_waits_for_a_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.txt")
        assert "pipe.txt cannot be read" in str(failure(tmp_path, "-r pipe.txt\n"))


class TestIncludes:
    def test_requirements_and_constraints(self, tmp_path: Path) -> None:
        write(tmp_path, "-c caps.txt\nsix\n-r deeper/more.txt", "parts/base.txt")
        write(tmp_path, "attrs<9", "parts/caps.txt")
        write(tmp_path, "toolz", "parts/deeper/more.txt")
        found = taken(tmp_path, "-r parts\\base.txt\nrequests")
        assert stated(found) == ["six", "toolz", "requests"]
        assert [str(root.source) for root in found.constraints] == ["parts/caps.txt line 1: attrs<9"]
        assert [os.path.basename(path) for path in found.inputs] == [
            "requirements.txt",
            "base.txt",
            "caps.txt",
            "more.txt",
        ]

    def test_what_a_constraints_file_includes_constrains(self, tmp_path: Path) -> None:
        write(tmp_path, "-r b.txt", "a.txt")
        write(tmp_path, "six<2", "b.txt")
        found = taken(tmp_path, "-c a.txt")
        assert not found.roots
        assert len(found.constraints) == 1

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("-r ../up.txt", "POLICY_PATH"),
            ("-c /etc/passwd", "POLICY_PATH"),
            ("-r link.txt", "POLICY_PATH"),
            ("-r https://host.test/r.txt", "POLICY_URL"),
            ("-r file:///etc/passwd", "POLICY_URL"),
            ("-r requirements.txt", "REQUIREMENTS_SYNTAX"),
            ("-r nope.txt", "REQUIREMENTS_MISSING"),
            ("-r .", "REQUIREMENTS_MISSING"),
            ("-r", "REQUIREMENTS_SYNTAX"),
        ],
    )
    def test_what_may_not_be_included(self, tmp_path: Path, line: str, code: str) -> None:
        driver = tmp_path / "driver"
        write(tmp_path, "six", "up.txt")
        driver.mkdir()
        if "link" in line:
            if os.name == "nt":
                pytest.skip("symbolic links need a privilege there")
            (driver / "link.txt").symlink_to(tmp_path / "up.txt")
        assert codes(failure(driver, line)) == [(code, 1)]

    def test_constraints_have_no_extras(self, tmp_path: Path) -> None:
        write(tmp_path, "six[x]<2", "caps.txt")
        assert codes(failure(tmp_path, "-c caps.txt")) == [("REQUIREMENTS_SYNTAX", 1)]

    def test_depth_and_cycles_end(self, tmp_path: Path) -> None:
        for number in range(15):
            write(tmp_path, f"-r {number + 1}.txt", f"{number}.txt")
        assert "more than 10 deep" in str(failure(tmp_path, "-r 0.txt"))
        write(tmp_path, "-r b.txt", "a.txt")
        write(tmp_path, "-r a.txt", "b.txt")
        error = failure(tmp_path, "-r a.txt")
        assert "in a circle: a.txt includes b.txt, which includes a.txt" in error.summary
        assert error.remedies == (
            "let files include each other in one direction only, and no more than ten deep",
        )
        write(tmp_path, "-r c.txt", "c.txt")
        assert "c.txt includes itself" in str(failure(tmp_path, "-r c.txt"))

    def test_a_file_may_be_included_twice(self, tmp_path: Path) -> None:
        write(tmp_path, "six", "a.txt")
        assert stated(taken(tmp_path, "-r a.txt\n-ra.txt\n--requirement=a.txt")) == ["six"] * 3


def test_all_errors_at_once_in_one_text(tmp_path: Path) -> None:
    lines = [
        "cloudshell-power-lib>=1.0.0<=2.0.0",
        "cloudshell-automation-api>=7.0.0.0,7.1.0.0",
        "boto3==1.3.1,1.2.2",
        '"requests>=2"',
        "pycrypto=2.6.1",
        "msrest==<0.5.0,>=0.4.0",
        "six==1.0#why",
        "attrs\u00a0>=1",
        "fine==1.0",
        "-e git+https://user:secret@host.test/x",
        "--index-url https://user:secret@host.test/simple",
        "name @ https://host.test/x.whl",
        "token==${SECRET}",
    ]
    error = failure(tmp_path, "\n".join(lines))
    assert isinstance(error, RequirementsInvalid)
    assert "secret" not in str(error)
    assert "secret" not in str(error.as_dict())
    check_golden(error, "many-lines")


def test_one_policy_line(tmp_path: Path) -> None:
    error = failure(tmp_path, "six\n--extra-index-url https://host.test/simple  # ours\n")
    assert isinstance(error, PolicyViolation)
    check_golden(error, "option")


def test_one_malformed_line(tmp_path: Path) -> None:
    check_golden(failure(tmp_path, "cloudshell-power-lib>=1.0.0<=2.0.0"), "comma")


def test_many_more_than_are_told(tmp_path: Path) -> None:
    error = failure(tmp_path, "a=1\n" * 80)
    assert len(error.data["problems"]) == 80
    assert "and 30 more" in str(error)


def test_lines_that_stand_in_no_file() -> None:
    found = parse_lines(["setuptools>=40", "wheel; python_version<'3'"], file="build-system.requires")
    assert [str(root.source) for root in found.roots] == [
        "build-system.requires: setuptools>=40",
        "build-system.requires: wheel; python_version<'3'",
    ]
    assert found.inputs == ()
    with pytest.raises(RequirementsInvalid) as raised:
        parse_lines(["ok", "-r other.txt"], file="build-system.requires")
    assert str(raised.value).startswith("REQUIREMENTS_SYNTAX: build-system.requires: -r stands in files only")
    with pytest.raises(PolicyViolation):
        parse_lines(["x @ https://host.test/x.zip"], file="build-system.requires")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200)
    | st.text(alphabet="ab-=<>~!,;@#\\'\"[]() \n\r\t1.$:{}\u00a0", max_size=60).map(str.encode)
)
def test_nothing_breaks_it(tmp_path: Path, data: bytes) -> None:
    try:
        found = taken(tmp_path, data)
    except (RequirementsInvalid, PolicyViolation) as error:
        problems = error.data["problems"]
        assert problems
    else:
        assert all(root.requirement.url is None for root in found.roots)


@pytest.mark.parametrize("name", ["requirements.txt", "pylock.toml", "driver.py"])
def test_groups_of_what_has_none(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "six\n", name)
    for given_path in (path, tmp_path):
        with pytest.raises(RequirementsInvalid, match="has no groups, and test, tls is asked for") as raised:
            read(given_path, groups=("test", "tls"))
        assert raised.value.code == "REQUIREMENTS_MISSING"


def test_a_project_beside_the_driver_is_not_read_and_that_is_said(tmp_path: Path) -> None:
    write(tmp_path, '[project]\ndependencies = ["six"]\n', "pyproject.toml")
    found = read(tmp_path)
    assert found.roots == ()
    assert found.notes == (
        "there is no requirements.txt, and pyproject.toml is read only where it is named itself",
    )
    assert stated(read(tmp_path / "pyproject.toml")) == ["six"]
    write(tmp_path, "six\n")
    assert read(tmp_path).notes == ()


@pytest.mark.parametrize("name", ["Requirements.txt", "requirement.txt", "requirements.txt.txt"])
def test_a_file_that_is_nearly_called_so_is_not_read_and_that_is_said(tmp_path: Path, name: str) -> None:
    write(tmp_path, "six\n", name)
    found = read(tmp_path)
    assert found.roots == ()
    assert found.notes == (
        f"there is no requirements.txt, and {name} is not read: rename it, if it is meant",
    )


def test_a_group_that_is_not_there_has_a_remedy_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, "[dependency-groups]\ntest = []\n", "pyproject.toml")
    with pytest.raises(
        RequirementsInvalid, match="no dependency group or extra tst; there is: test"
    ) as raised:
        read(path, groups=["tst"])
    assert raised.value.facts == ()
    assert raised.value.remedies == ("name a group that is there, or leave it out",)
