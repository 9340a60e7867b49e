"""Lines that name a file themselves, where the site allows such."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from driverenv import Index, Policy
from driverenv.errors import DriverEnvError
from driverenv.model.requirement import Direct, Requirements
from driverenv.requirements import parse_lines, read

DIGEST = "ab" * 32
ADDRESS = "https://files.test/wheels/widget-1.0-py3-none-any.whl"
SITE = Policy(
    local=[Index("http://lab.test:8036")], direct_urls=["https://files.test/wheels/"], bundled="allowed"
)


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    folder = tmp_path / "driver"
    (folder / "wheels").mkdir(parents=True)
    for name in ("widget-1.0-py3-none-any.whl", "my_tool-2.0-py3-none-any.whl"):
        (folder / "wheels" / name).write_bytes(b"a wheel")
    return folder


def found(driver: Path, *lines: str, policy: Policy = SITE) -> Requirements:
    (driver / "requirements.txt").write_text("\n".join(lines), encoding="utf-8")
    return read(driver, policy=policy)


def refused(driver: Path, line: str, policy: Policy = SITE) -> tuple[str, str, int]:
    """Code, message and column."""
    with pytest.raises(DriverEnvError) as raised:
        found(driver, line, policy=policy)
    (problem,) = raised.value.data["problems"]
    return problem["code"], problem["message"], problem["column"]


def only(requirements: Requirements) -> tuple[str, Direct]:
    (root,) = requirements.roots
    assert root.direct is not None
    return str(root.requirement), root.direct


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        (f"widget @ {ADDRESS}#sha256={DIGEST}", "widget==1.0"),
        (f"Widget@{ADDRESS}#sha256={DIGEST.upper()}", "Widget==1.0"),
        (f"widget[more,less] @ {ADDRESS}#sha256={DIGEST}&egg=widget ; python_version > '3'", None),
        (f"{ADDRESS}#sha256={DIGEST}", "widget==1.0"),
    ],
)
def test_an_address(driver: Path, line: str, requirement: str | None) -> None:
    stated, direct = only(found(driver, line))
    assert stated == (requirement or 'widget[less,more]==1.0; python_version > "3"')
    assert direct == Direct("widget-1.0-py3-none-any.whl", ADDRESS, (("sha256", DIGEST),))


def test_an_sdist_and_a_better_digest(driver: Path) -> None:
    url = "https://files.test/wheels/my.tool-1.0%2Blab.1.tar.gz"
    stated, direct = only(found(driver, f"my-tool @ {url}#sha512={'cd' * 64}"))
    assert (stated, direct.filename) == ("my-tool==1.0+lab.1", "my.tool-1.0+lab.1.tar.gz")
    assert direct.hashes == (("sha512", "cd" * 64),)


def test_a_hash_of_the_line_stands_beside_that_of_the_address(driver: Path) -> None:
    requirements = found(
        driver, f"widget @ {ADDRESS}#sha256={DIGEST} --hash=sha256:{DIGEST}", "six==1 --hash=sha256:" + DIGEST
    )
    assert requirements.hash_checking
    assert requirements.roots[0].hashes == (("sha256", DIGEST),)
    assert not found(driver, f"widget @ {ADDRESS}#sha256={DIGEST}").hash_checking


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        (f"widget @ {ADDRESS}", "POLICY_URL", "needs the digest"),
        (f"widget @ {ADDRESS}#md5={'ab' * 16}", "REQUIREMENTS_SYNTAX", "md5 is no proof"),
        (f"widget @ {ADDRESS}#sha256=abc", "REQUIREMENTS_SYNTAX", "all its hexadecimal digits"),
        (f"widget @ {ADDRESS}#subdirectory=x&sha256={DIGEST}", "REQUIREMENTS_SYNTAX", "not subdirectory"),
        (f"gadget @ {ADDRESS}#sha256={DIGEST}", "REQUIREMENTS_SYNTAX", "one of widget, not of gadget"),
        (
            f"https://files.test/wheels/w-1.tar.gz#sha256={DIGEST}",
            "REQUIREMENTS_SYNTAX",
            "named with its project",
        ),
        (
            f"w @ https://files.test/wheels/main.zip#sha256={DIGEST}",
            "REQUIREMENTS_SYNTAX",
            "main.zip is not named",
        ),
        (f"w @ https://files.test/wheels/#sha256={DIGEST}", "REQUIREMENTS_SYNTAX", "nothing is not named"),
        (
            f"w @ https://files.test/wheels/..%2Fw-1.zip#sha256={DIGEST}",
            "REQUIREMENTS_SYNTAX",
            "no file's name",
        ),
        (
            f"widget @ https://other.test/widget-1.0-py3-none-any.whl#sha256={DIGEST}",
            "POLICY_URL",
            "direct_urls",
        ),
        (f"widget @ {ADDRESS}#sha256={DIGEST} ; nonsense", "REQUIREMENTS_SYNTAX", "marker after ;"),
        (f"widget @ {ADDRESS}#sha256={DIGEST} --pre", "REQUIREMENTS_SYNTAX", "only --hash"),
        ("widget @ git+https://files.test/wheels/x", "POLICY_VCS", "source code"),
    ],
)
def test_addresses_as_they_may_not_be(driver: Path, line: str, code: str, message: str) -> None:
    said = refused(driver, line)
    assert said[0] == code
    assert message in said[1]


def test_the_caret_stands_at_the_address(driver: Path) -> None:
    assert refused(driver, f"widget @ {ADDRESS}")[2] == 10


def test_without_a_word_of_the_site_nothing_is_taken(driver: Path) -> None:
    bare = Policy(local=SITE.local)
    assert refused(driver, f"widget @ {ADDRESS}#sha256={DIGEST}", bare)[0] == "POLICY_URL"
    for line in ("./wheels/widget-1.0-py3-none-any.whl", "widget @ file:wheels/widget-1.0-py3-none-any.whl"):
        assert refused(driver, line, bare)[0] == "POLICY_PATH"


def test_constraints_and_lines_of_no_file_name_no_files(driver: Path) -> None:
    (driver / "c.txt").write_text(
        f"widget @ {ADDRESS}#sha256={DIGEST}\n./wheels/widget-1.0-py3-none-any.whl\n"
    )
    with pytest.raises(DriverEnvError) as raised:
        found(driver, "-c c.txt")
    assert [one["code"] for one in raised.value.data["problems"]] == ["POLICY_URL", "POLICY_PATH"]
    with pytest.raises(DriverEnvError, match="POLICY_PATH"):
        parse_lines(["./wheels/widget-1.0-py3-none-any.whl"], policy=SITE)
    assert only(parse_lines([f"widget @ {ADDRESS}#sha256={DIGEST}"], policy=SITE))[0] == "widget==1.0"
    with pytest.raises(DriverEnvError, match="POLICY_URL"):
        parse_lines([f"widget @ {ADDRESS}#sha256={DIGEST}"])


@pytest.mark.parametrize(
    ("line", "requirement"),
    [
        ("./wheels/my_tool-2.0-py3-none-any.whl", "my-tool==2.0"),
        (r".\wheels\my_tool-2.0-py3-none-any.whl", "my-tool==2.0"),
        ("wheels/my_tool-2.0-py3-none-any.whl[more] ; python_version > '2'", None),
        ("file:./wheels/my_tool-2.0-py3-none-any.whl", "my-tool==2.0"),
        ("My.Tool @ file:wheels/my%5Ftool-2.0-py3-none-any.whl", "My.Tool==2.0"),
        ("my-tool @ ./wheels/my_tool-2.0-py3-none-any.whl", "my-tool==2.0"),
        (f"./wheels/my_tool-2.0-py3-none-any.whl#sha256={DIGEST}", "my-tool==2.0"),
    ],
)
def test_a_wheel_of_the_driver(driver: Path, line: str, requirement: str | None) -> None:
    requirements = found(driver, line)
    stated, direct = only(requirements)
    wheel = driver / "wheels" / "my_tool-2.0-py3-none-any.whl"
    assert stated == (requirement or 'my-tool[more]==2.0; python_version > "2"')
    assert (direct.bundled, direct.url, direct.folder) == (True, str(wheel), str(driver))
    assert os.path.samefile(direct.path, wheel)
    assert str(wheel) in requirements.inputs  # the warm lane watches it


def test_in_an_included_file_the_path_is_relative_to_that(driver: Path) -> None:
    (driver / "more").mkdir()
    (driver / "more" / "r.txt").write_text("../wheels/widget-1.0-py3-none-any.whl\n")
    assert only(found(driver, "-r more/r.txt"))[1].url == str(
        driver / "wheels" / "widget-1.0-py3-none-any.whl"
    )


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("../widget-1.0-py3-none-any.whl", "POLICY_PATH", "leads out of the driver's folder"),
        ("./wheels/../../widget-1.0-py3-none-any.whl", "POLICY_PATH", "leads out of the driver's folder"),
        ("/srv/widget-1.0-py3-none-any.whl", "POLICY_PATH", "relative to this file"),
        ("~/widget-1.0-py3-none-any.whl", "POLICY_PATH", "relative to this file"),
        (r"C:\widget-1.0-py3-none-any.whl", "POLICY_PATH", "relative to this file"),
        ("file://host/widget-1.0-py3-none-any.whl", "POLICY_PATH", "relative to this file"),
        ("./wheels/absent-1.0-py3-none-any.whl", "REQUIREMENTS_MISSING", "is not there"),
        ("./wheels", "POLICY_PATH", "only wheels"),
        ("./wheels/widget-1.0.zip", "POLICY_PATH", "only wheels"),
        ("./wheels/widget.whl", "REQUIREMENTS_SYNTAX", "not named as a wheel"),
        ("-e ./wheels", "POLICY_PATH", "working copy"),
    ],
)
def test_paths_as_they_may_not_be(driver: Path, line: str, code: str, message: str) -> None:
    said = refused(driver, line)
    assert said[0] == code
    assert message in said[1]


def test_links_do_not_lead_out(driver: Path, tmp_path: Path) -> None:
    outside = tmp_path / "gizmo-1.0-py3-none-any.whl"
    outside.write_bytes(b"")
    (driver / "wheels" / outside.name).symlink_to(outside)
    (driver / "beyond").symlink_to(tmp_path)
    for line in (f"./wheels/{outside.name}", f"./beyond/{outside.name}"):
        assert refused(driver, line)[:2] == ("POLICY_PATH", "the path leads out of the driver's folder")


def test_in_a_header_and_in_a_project(driver: Path) -> None:
    line = f'"widget @ {ADDRESS}#sha256={DIGEST}", "my-tool @ file:wheels/my_tool-2.0-py3-none-any.whl"'
    script = driver / "report.py"
    script.write_text(f"# /// script\n# dependencies = [{line}]\n# ///\n")
    project = driver / "pyproject.toml"
    project.write_text(f"[project]\nname = 'x'\nversion = '1'\ndependencies = [{line}]\n")
    for path in (script, project):
        roots = read(path, policy=SITE).roots
        assert [str(root.requirement) for root in roots] == ["widget==1.0", "my-tool==2.0"]
        assert all(root.direct for root in roots)


LOCK = """
lock-version = "1.0"
created-by = "test"
[[packages]]
name = "widget"
version = "1.0"
archive = {{ {place}, hashes = {{ sha256 = "{digest}" }} }}
"""


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (f'url = "{ADDRESS}"', None),
        ('path = "wheels/widget-1.0-py3-none-any.whl"', None),
        ('path = "../widget-1.0-py3-none-any.whl"', "POLICY_PATH"),
        ('url = "https://other.test/widget-1.0-py3-none-any.whl"', "POLICY_URL"),
        (f'url = "{ADDRESS}", subdirectory = "x"', "REQUIREMENTS_SYNTAX"),
        (f'url = "{ADDRESS.replace("1.0", "1.1")}"', "REQUIREMENTS_SYNTAX"),
    ],
)
def test_an_archive_of_a_lock(driver: Path, place: str, code: str | None) -> None:
    path = driver / "pylock.toml"
    path.write_text(LOCK.format(place=place, digest=DIGEST))
    if code is None:
        stated, direct = only(read(path, policy=SITE))
        assert (stated, direct.hashes) == ("widget==1.0", (("sha256", DIGEST),))
        with pytest.raises(DriverEnvError, match="archive of its own"):
            read(path, policy=Policy(local=SITE.local))
    else:
        with pytest.raises(DriverEnvError) as raised:
            read(path, policy=SITE)
        assert raised.value.code == code
