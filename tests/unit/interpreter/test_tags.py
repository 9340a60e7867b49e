from __future__ import annotations

from typing import Any

import pytest

from driverenv.interpreter import tags


def facts(**changes: object) -> tags.Facts:
    made: tags.Facts = {
        "version": [3, 12, 1],
        "implementation": "cpython",
        "version_nodot": "312",
        "markers": {"platform_system": "Linux"},
        "platform": "linux-x86_64",
        "bits": 64,
        "ext_suffix": ".cpython-312-x86_64-linux-gnu.so",
        "debug": 0,
        "counts_references": False,
        "gil_disabled": None,
        "pymalloc": None,
        "wide_unicode": False,
        "host_type": "x86_64-pc-linux-gnu",
        "glibc": "2.36",
        "musl": None,
        "mac": None,
    }
    return made | changes


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["cp312"]),
        ({"debug": 1}, ["cp312d", "cp312"]),
        ({"debug": None, "counts_references": True}, ["cp312d", "cp312"]),
        ({"debug": None, "ext_suffix": "_d.cp312-win_amd64.pyd"}, ["cp312d", "cp312"]),
        ({"version": [3, 13, 0], "gil_disabled": 1}, ["cp313t"]),
        ({"version": [3, 14, 0], "gil_disabled": 1, "debug": 1}, ["cp314td", "cp314t"]),
        ({"version": [3, 12, 0], "gil_disabled": 1}, ["cp312"]),
        ({"version": [3, 7, 9], "pymalloc": 1}, ["cp37m"]),
        ({"version": [3, 7, 9], "pymalloc": 0}, ["cp37"]),
        ({"version": [2, 7, 18], "pymalloc": 1, "wide_unicode": True}, ["cp27mu"]),
        ({"version": [2, 7, 18], "pymalloc": 1}, ["cp27m"]),
    ],
)
def test_abis_of_cpython(changes: dict[str, Any], expected: list[str]) -> None:
    assert tags.abis(facts(**changes)) == expected


def test_manylinux_from_the_newest_to_the_oldest() -> None:
    found = list(tags.platforms(facts()))
    assert found[:3] == ["linux_x86_64", "manylinux_2_36_x86_64", "manylinux_2_35_x86_64"]
    assert found[-3:] == ["manylinux_2_6_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64"]
    assert found.index("manylinux2014_x86_64") == found.index("manylinux_2_17_x86_64") + 1
    assert list(tags.platforms(facts(platform="linux-aarch64")))[-1] == "manylinux2014_aarch64"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"glibc": None, "musl": "1.2.4"},
            ["linux_x86_64", "musllinux_1_2_x86_64", "musllinux_1_1_x86_64", "musllinux_1_0_x86_64"],
        ),
        ({"glibc": None}, ["linux_x86_64"]),
        ({"glibc": "strange"}, ["linux_x86_64"]),
        ({"platform": "linux-sparc64"}, ["linux_sparc64"]),
        ({"platform": "linux-armv7l", "host_type": "arm-linux-gnueabi"}, ["linux_armv7l"]),
        ({"platform": "android-24"}, ["android_24"]),
        ({"markers": {"platform_system": "Windows"}, "platform": "win-amd64"}, ["win_amd64"]),
        ({"markers": {"platform_system": "Windows"}, "platform": "win32"}, ["win32"]),
    ],
)
def test_platforms(changes: dict[str, Any], expected: list[str]) -> None:
    assert list(tags.platforms(facts(**changes))) == expected


def test_a_32_bit_python_on_a_64_bit_kernel() -> None:
    found = list(tags.platforms(facts(bits=32)))
    assert found[0] == "linux_i686"
    assert "manylinux1_i686" in found
    arm = list(tags.platforms(facts(bits=32, platform="linux-aarch64", host_type="arm-linux-gnueabihf")))
    assert arm[:2] == ["linux_armv8l", "linux_armv7l"]
    assert "manylinux_2_17_armv7l" in arm


def test_macos() -> None:
    mac = {"markers": {"platform_system": "Darwin"}, "platform": "macosx-11.0-arm64"}
    found = list(tags.platforms(facts(**mac, mac=["14.5", "arm64"])))
    assert found[:2] == ["macosx_14_0_arm64", "macosx_14_0_universal2"]
    intel = list(tags.platforms(facts(**mac, mac=["12.1", "x86_64"])))
    assert "macosx_10_9_x86_64" in intel
    assert next(iter(tags.platforms(facts(**mac, mac=["12", "x86_64"])))) == "macosx_12_0_x86_64"


def test_cpython_tags_in_order() -> None:
    found = tags.supported(facts(markers={"platform_system": "Windows"}, platform="win-amd64"))
    assert found[:3] == ("cp312-cp312-win_amd64", "cp312-abi3-win_amd64", "cp312-none-win_amd64")
    assert found[-1] == "py30-none-any"
    assert "cp312-none-any" in found


def test_free_threaded_python_takes_no_abi3() -> None:
    found = tags.supported(facts(version=[3, 13, 0], version_nodot="313", gil_disabled=1))
    assert found[0] == "cp313-cp313t-linux_x86_64"
    assert not any("-abi3-" in tag for tag in found)


@pytest.mark.parametrize(
    ("implementation", "suffix", "first"),
    [
        ("pypy", ".pypy39-pp73-x86_64-linux-gnu.so", "pp39-pypy39_pp73-linux_x86_64"),
        ("graalpy", ".graalpy-38-native-x86_64-linux.so", "graalpy39-graalpy_38_native-linux_x86_64"),
        ("other", ".cpython-39-x86_64-linux-gnu.so", "other39-cp39-linux_x86_64"),
        ("other", ".cp39-win_amd64.pyd", "other39-cp39-linux_x86_64"),
        ("other", ".strange.so", "other39-strange-linux_x86_64"),
        ("other", ".so", "other39-cp39-linux_x86_64"),
    ],
)
def test_other_implementations(implementation: str, suffix: str, first: str) -> None:
    found = tags.supported(
        facts(version=[3, 9, 18], version_nodot="39", implementation=implementation, ext_suffix=suffix)
    )
    assert found[0] == first
    assert ("pp3-none-any" in found) is (implementation == "pypy")
