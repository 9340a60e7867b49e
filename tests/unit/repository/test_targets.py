from __future__ import annotations

import pytest

from driverenv.repository.targets import Targets

SITE = Targets(("3.9", "3.12"), ("win_amd64", "linux_x86_64", "macosx_arm64"))


@pytest.mark.parametrize(
    ("tag", "usual", "site"),
    [
        ("py3-none-any", True, True),
        ("py2-none-any", True, False),
        ("py2.py3-none-any", True, True),
        ("cp39-cp39-win_amd64", True, True),
        ("cp310-cp310-win_amd64", True, False),
        ("cp36-abi3-manylinux_2_17_x86_64", True, True),
        ("cp36-abi3-manylinux2014_aarch64", True, False),
        ("cp312-cp312-musllinux_1_2_x86_64", True, True),
        ("cp312-cp312-macosx_11_0_universal2", True, True),
        ("cp312-cp312-macosx_11_0_x86_64", True, False),
        ("cp39-cp39-win32", True, False),
        ("cp35-cp35m-linux_x86_64", False, False),
        ("py36-none-any", True, True),
        ("py399-none-any", False, False),
        ("jp27-none-any", False, False),
        ("cp39-cp39-emscripten_3_1_wasm32", False, False),
    ],
)
def test_whether_anybody_could_use_it(tag: str, usual: bool, site: bool) -> None:
    tags = [
        f"{python}-{rest}"
        for python in tag.split("-", maxsplit=1)[0].split(".")
        for rest in [tag.split("-", 1)[1]]
    ]
    assert (Targets().why_none(tags) == "", SITE.why_none(tags) == "") == (usual, site)


def test_requires_python() -> None:
    assert SITE.why_none((), ">=3.10") == ""
    assert SITE.why_none((), ">=3.9.7") == ""
    assert SITE.why_none((), "<3.9") == "it requires Python <3.9"
    assert SITE.why_none(("py3-none-any",), "nonsense") == ""
