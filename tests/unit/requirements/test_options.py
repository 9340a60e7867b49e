"""Options: honoured, refused by name, unknown."""

from __future__ import annotations

import pytest

from driverenv import Index, Policy
from driverenv.errors import PolicyViolation, RequirementsInvalid
from tests.unit.resolve.worlds import read

SITE = Policy(local=[Index("http://pypi.site.test:8036")], public=Index("https://public.test/simple/"))


def test_pre_and_prefer_binary() -> None:
    found = read("--pre\n--prefer-binary\nsix")
    assert (found.prereleases, found.prefer_binary) == (True, True)
    assert not read("six").prereleases


@pytest.mark.parametrize(
    ("lines", "only", "no"),
    [
        ("--only-binary A_b,c", {"a-b", "c"}, set()),
        ("--only-binary=:all:", {":all:"}, set()),
        ("--only-binary :all: --no-binary x", {":all:"}, {"x"}),
        ("--only-binary x\n--no-binary :all:", set(), {":all:"}),
        ("--only-binary x\n--only-binary :none:", set(), set()),
        ("--no-binary x\n--only-binary x", {"x"}, set()),
    ],
)
def test_which_files_the_later_line_wins(lines: str, only: set[str], no: set[str]) -> None:
    found = read(lines)
    assert (set(found.only_binary), set(found.no_binary)) == (only, no)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--index-url https://x.test/simple", "POLICY_INDEX"),
        ("-i https://x.test/simple", "POLICY_INDEX"),
        ("-ihttps://x.test/simple", "POLICY_INDEX"),
        ("--extra-index-url=https://x.test", "POLICY_INDEX"),
        ("--find-links ./wheels", "POLICY_INDEX"),
        ("-f wheels", "POLICY_INDEX"),
        ("--no-index", "POLICY_INDEX"),
        ("--trusted-host x.test", "POLICY_TLS"),
        ("--cert x.pem", "POLICY_TLS"),
        ("--proxy http://x.test:3128", "POLICY_TLS"),
        ("-e .", "POLICY_PATH"),
        ("--editable=git+ssh://git@x.test/y", "POLICY_VCS"),
        ("-e https://x.test/y.zip", "POLICY_URL"),
        ("--config-settings a=b", "POLICY_OPTION"),
        ("--global-option x", "POLICY_OPTION"),
        ("-Ca=b", "POLICY_OPTION"),
    ],
)
def test_refused_by_name(line: str, code: str) -> None:
    with pytest.raises(PolicyViolation) as raised:
        read(f"six\n{line}\n")
    assert raised.value.code == code
    assert [one["line"] for one in raised.value.data["problems"]] == [2]


@pytest.mark.parametrize(
    "line", ["--pree", "--index", "-x", "--", "-", "--only-binary", "--pre=yes", "--upgrade", "--no-deps"]
)
def test_unknown_or_misused(line: str) -> None:
    with pytest.raises(RequirementsInvalid):
        read(line)


def test_a_near_name_is_proposed() -> None:
    with pytest.raises(RequirementsInvalid) as raised:
        read("--prefer-binry")
    assert raised.value.data["problems"][0]["meaning"] == "--prefer-binary"


@pytest.mark.parametrize("line", ["--extra-index https://x.test", "--trusted-hosts x", "--editible ."])
def test_a_near_name_that_is_refused_is_not_proposed(line: str) -> None:
    with pytest.raises(RequirementsInvalid) as raised:
        read(line)
    (problem,) = raised.value.data["problems"]
    assert not problem["meaning"]
    assert "not allowed in a driver's file either" in problem["message"]
    assert "probably meant" not in str(raised.value)


def test_options_that_say_what_the_settings_say_are_noted(tmp_path: object) -> None:
    from pathlib import Path

    from driverenv import requirements as room

    path = Path(str(tmp_path)) / "requirements.txt"
    path.write_text(
        "--extra-index-url https://u:p@public.test/simple\n-i http://pypi.site.test:8036/simple/\n"
        "--trusted-host pypi.site.test\n--trusted-host pypi.site.test:8036\n"
        "--trusted-host http://pypi.site.test:8036\n--use-feature fast-deps\nsix"
    )
    assert len(room.read(path, shown="r.txt", policy=SITE).notes) == 6
    with pytest.raises(PolicyViolation):
        room.read(path)


def test_require_hashes_without_any_hash() -> None:
    with pytest.raises(RequirementsInvalid, match="require-hashes"):
        read("--require-hashes\nsix==1")
    assert read(f"--require-hashes\nsix==1 --hash=sha256:{'a' * 64}").hash_checking


def test_an_unknown_options_name_is_escaped() -> None:
    with pytest.raises(RequirementsInvalid) as raised:
        read("--\x1b]0;x\a\n")
    assert "\x1b" not in raised.value.summary
