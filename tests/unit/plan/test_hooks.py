from __future__ import annotations

import pytest

from driverenv.model.plan import Hook
from driverenv.plan.hooks import lines_of
from tests.unit.plan.worlds import LIB, Row, dist, plan

PRECEDENCE = b"import os; var = 'SETUPTOOLS_USE_DISTUTILS'; __import__('_distutils_hack').add_shim();"


def hooks(*paths: str, content: bytes = b"import x\n") -> list[tuple[str, tuple[str, ...]]]:
    made = plan(dist("alpha", *(Row("purelib", path) for path in paths)), content={"alpha": content})
    return [(hook.target.removeprefix(f"{LIB}/"), hook.runs) for hook in made.hooks]


def test_the_hooks_of_real_packages() -> None:
    made = plan(
        dist("setuptools", Row("purelib", "distutils-precedence.pth"), Row("purelib", "setuptools/x.py")),
        dist("cloudshell-core", Row("purelib", "cloudshell_core-1.0-nspkg.pth")),
        dist("pywin32", Row("platlib", "pywin32.pth")),
        content={
            "setuptools": PRECEDENCE,
            "cloudshell-core": b"import sys, types, os;has_mfs = sys.version_info > (3, 5)\n",
            "pywin32": b"# .pth file for the PyWin32 extensions\nwin32\nwin32\\lib\nimport pywin32_bootstrap\n",
        },
    )
    assert [(str(hook), hook.runs) for hook in made.hooks] == [
        (
            "cloudshell-core 1.0: cloudshell_core-1.0-nspkg.pth",
            ("import sys, types, os;has_mfs = sys.version_info > (3, 5)",),
        ),
        ("pywin32 1.0: pywin32.pth", ("import pywin32_bootstrap",)),
        ("setuptools 1.0: distutils-precedence.pth", (PRECEDENCE.decode(),)),
    ]
    assert made.hooks[0] == Hook(
        made.wheels[0].project, "1.0", f"{LIB}/cloudshell_core-1.0-nspkg.pth", made.hooks[0].runs
    )


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["sitecustomize.py"], [("sitecustomize.py", ("import sitecustomize",))]),
        (["usercustomize/__init__.py", "usercustomize/x.py"], [("usercustomize", ("import usercustomize",))]),
        (
            ["sitecustomize.cpython-312-x86_64-linux-gnu.so"],
            [("sitecustomize.cpython-312-x86_64-linux-gnu.so", ("import sitecustomize",))],
        ),
        (["alpha.start"], [("alpha.start", ("call import x",))]),
        (["alpha/inside.pth", "alpha/sitecustomize.py", "sitecustomizer.py", "pth", "x.pth.txt"], []),
    ],
)
def test_what_counts(paths: list[str], expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert hooks(*paths) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"# import x\n\nfolder\nfolder/inside\n", []),
        (b"importlib\n", []),
        (b" import x\n", []),
        (b"import\tx\n", ["import\\tx"]),
        (b"\xef\xbb\xbfimport x\n", ["import x"]),
        (b"/opt/evil\n", ["add /opt/evil to sys.path"]),
        (b"C:\\evil\n", ["add C:\\evil to sys.path"]),
        (b"a/../../evil\n", ["add a/../../evil to sys.path"]),
        (b"import x\x1b[31m\n", ["import x\\x1b[31m"]),
        (b"\xff\xfeimport\n", []),
    ],
)
def test_lines(content: bytes, expected: list[str]) -> None:
    assert list(lines_of("x.pth", content)) == expected


def test_long_lines_are_cut() -> None:
    (line,) = lines_of("x.pth", b"import " + b"x" * 5000)
    assert len(line) < 200


def test_a_file_that_only_names_folders_inside_is_none() -> None:
    assert hooks("alpha.pth", content=b"alpha/vendored\n") == []


def test_only_what_is_laid_counts() -> None:
    """Two bring the same file: it is listed once, as whose it is."""
    made = plan(
        dist("a", Row("purelib", "x.pth", 1, "a")),
        dist("b", Row("purelib", "x.pth", 1, "b")),
        content={"a": b"import a", "b": b"import b"},
    )
    assert [(hook.project, hook.runs) for hook in made.hooks] == [("a", ("import a",))]
