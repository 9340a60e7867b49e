"""The kit's wheels are wheels."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import fields
from pathlib import Path

import pytest
from installer.sources import WheelFile
from packaging.metadata import Metadata

from tests.kit import Sdist, Wheel
from tests.kit.factories import WheelFactory
from tests.kit.sdists import SdistOptions
from tests.kit.wheels import NAMESPACE_INIT, WheelOptions


def pip(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "--no-input"]
    return subprocess.run(
        [*command, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def validated(path: Path) -> None:
    with WheelFile.open(path) as source:
        source.validate_record()


@pytest.mark.slow
def test_pip_installs_a_wheel_and_its_module_works(make_wheel: WheelFactory, tmp_path: Path) -> None:
    wheel = make_wheel("Corp.Utils", "1.2", entry_points={"console_scripts": {"corp": "corp_utils:main"}})
    done = pip("install", "--no-index", "--no-deps", "--target", tmp_path / "site", wheel)
    assert done.returncode == 0, done.stderr
    code = "import corp_utils; corp_utils.main()"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "site", capture_output=True, text=True, check=True
    )
    assert shown.stdout == "Corp.Utils 1.2\n"
    assert (tmp_path / "site" / "bin" / "corp").exists() or (tmp_path / "site" / "bin" / "corp.exe").exists()


@pytest.mark.slow
def test_pip_resolves_requirements_and_extras_between_wheels(
    make_wheel: WheelFactory, tmp_path: Path
) -> None:
    make_wheel("dep", "1.0")
    make_wheel("opt", "3.0")
    make_wheel("top", "1.0", requires=["dep>=1"], extras={"more": ["opt; python_version>'3'"]})
    done = pip(
        "install", "--no-index", "--find-links", make_wheel.folder, "--target", tmp_path / "site", "top[more]"
    )
    assert done.returncode == 0, done.stderr
    assert {one.name for one in (tmp_path / "site").iterdir()} >= {"dep", "opt", "top"}


@pytest.mark.slow
def test_pip_honours_requires_python(make_wheel: WheelFactory, tmp_path: Path) -> None:
    wheel = make_wheel("old", "1.0", requires_python="<3")
    done = pip("install", "--no-index", "--no-deps", "--target", tmp_path / "site", wheel)
    assert done.returncode != 0
    assert "Python" in done.stderr


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "corp_utils-1.0-py3-none-any.whl"),
        ({"build": "2"}, "corp_utils-1.0-2-py3-none-any.whl"),
        ({"tag": "cp39-cp39-win_amd64"}, "corp_utils-1.0-cp39-cp39-win_amd64.whl"),
        ({"tag": "py2.py3-none-any"}, "corp_utils-1.0-py2.py3-none-any.whl"),
        ({"spelling": "Corp.Utils"}, "Corp.Utils-1.0-py3-none-any.whl"),
        ({"namespace": "corp"}, "corp_utils-1.0-py3-none-any.whl"),
        ({"data_files": {"scripts/run.sh": "#!/bin/sh\n"}}, "corp_utils-1.0-py3-none-any.whl"),
        (
            {"metadata_extra": ["License: \N{LATIN SMALL LETTER E WITH ACUTE}"]},
            "corp_utils-1.0-py3-none-any.whl",
        ),
    ],
)
def test_record_is_true_for_every_option(
    make_wheel: WheelFactory, options: WheelOptions, expected: str
) -> None:
    wheel = make_wheel("corp-utils", "1.0", **options)
    assert wheel.name == expected
    validated(wheel)


def test_another_file_name_leaves_the_content(make_wheel: WheelFactory) -> None:
    wheel = make_wheel("six", "1.0", filename="other-9-py3-none-any.whl")
    assert wheel.name == "other-9-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        assert "six-1.0.dist-info/METADATA" in archive.namelist()


def test_same_call_same_bytes(make_wheel: WheelFactory, tmp_path: Path) -> None:
    one = make_wheel("six", "1.0", tmp_path / "a", requires=["x"])
    two = make_wheel("six", "1.0", tmp_path / "b", requires=["x"])
    assert one.read_bytes() == two.read_bytes()


def test_record_can_be_made_wrong(make_wheel: WheelFactory) -> None:
    wheel = make_wheel("six", "1.0", record=lambda rows: [(rows[0][0], "sha256=x", "1"), *rows[1:]])
    with pytest.raises(WheelFile.validation_error):
        validated(wheel)


def test_metadata_is_valid_core_metadata() -> None:
    wheel = Wheel(
        name="a", version="1", requires=["b>1"], requires_python=">=3.8", extras={"x": ["c; os_name=='nt'"]}
    )
    parsed = Metadata.from_email(wheel.metadata())
    assert parsed.name == "a"
    assert [str(one) for one in parsed.requires_dist or []] == [
        "b>1",
        'c; os_name == "nt" and extra == "x"',
    ]


def test_namespace_and_replaced_dist_info(make_wheel: WheelFactory) -> None:
    wheel = make_wheel(
        "cloudshell-core", "1.0", namespace="cloudshell", dist_info={"WHEEL": None, "LICENSE": "mine"}
    )
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert archive.read("cloudshell/__init__.py").decode() == NAMESPACE_INIT
    assert "cloudshell/core/__init__.py" in names
    assert "cloudshell_core-1.0.dist-info/LICENSE" in names
    assert "cloudshell_core-1.0.dist-info/WHEEL" not in names
    assert names[-1] == "cloudshell_core-1.0.dist-info/RECORD"


def test_options_are_the_fields() -> None:
    for made, options in ((Wheel, WheelOptions), (Sdist, SdistOptions)):
        assert {one.name for one in fields(made)} - {"name", "version"} == set(options.__annotations__)
