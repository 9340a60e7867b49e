from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.build.diagnosis import TAIL_LINES, find_cause, last_lines, last_text


@pytest.mark.parametrize(
    ("log", "word"),
    [
        ("error in setup command: use_2to3 is invalid.", "use_2to3"),
        ("ModuleNotFoundError: No module named 'pkg_resources'", "pkg_resources"),
        ("ImportError: No module named pkg_resources", "pkg_resources"),
        (
            "'python_requires' must be a string containing valid version specifiers; Invalid specifier: '>=3.3.*'",
            "PEP 440",
        ),
        ("src/x.c:1:10: fatal error: libxml/xpath.h: No such file or directory", "libxml/xpath.h"),
        ("x.c:1:10: fatal error: 'ffi.h' file not found", "ffi.h"),
        ("fatal error C1083: Cannot open include file: 'openssl/opensslv.h'", "openssl/opensslv.h"),
        ("error: Microsoft Visual C++ 14.0 or greater is required.", "compiler"),
        ("unable to execute 'x86_64-linux-gnu-gcc': No such file or directory", "compiler"),
        ("error: command 'gcc' failed: No such file or directory", "compiler"),
        ("error: command '/usr/bin/gcc' failed with exit code 1", "compiler"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'cc'", "compiler"),
        ("error: can't find Rust compiler", "compiler"),
        ("ModuleNotFoundError: No module named 'distutils'", "distutils"),
        ("ModuleNotFoundError: No module named 'imp'", "needs imp, which"),
        ("ModuleNotFoundError: No module named 'impact'", "module impact, which it does not declare"),
        ("AttributeError: module 'pkgutil' has no attribute 'ImpImporter'", "old setuptools"),
        ("SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?", "Python 2 code"),
        ("NameError: name 'unicode' is not defined", "Python 2 code"),
        ("AttributeError: module 'inspect' has no attribute 'getargspec'", "needs getargspec"),
        ("ImportError: cannot import name 'Mapping' from 'collections' (/usr/lib)", "needs Mapping"),
        ("x.c:196:12: fatal error: longintrepr.h: No such file or directory", "needs longintrepr.h"),
        ("x.c:196:12: fatal error: 'longintrepr.h' file not found", "needs longintrepr.h"),
        ("ModuleNotFoundError: No module named 'numpy'", "numpy"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
    ],
)
def test_causes(log: str, word: str) -> None:
    found = find_cause(f"Traceback\n  {log}\nmore")
    assert found is not None
    assert word in found.text
    assert found.remedy


@pytest.mark.parametrize(
    ("log", "remedy"),
    [
        ("No module named 'pkg_resources'", 'constraints = ["setuptools<82"]'),
        ("use_2to3 is invalid", 'constraints = ["setuptools<58"]'),
        ("Invalid specifier: '>=3.3.*'", 'constraints = ["setuptools<66"]'),
        ("No module named 'distutils'", "pythons in the settings"),
        ("name 'xrange' is not defined", "pythons in the settings"),
        ("No module named 'numpy'", "a wheel of it on the local index"),
    ],
)
def test_a_remedy_names_the_key_of_the_settings_that_helps(log: str, remedy: str) -> None:
    found = find_cause(log)
    assert found is not None
    assert remedy in found.remedy


def test_no_common_cause() -> None:
    assert find_cause("it just did not work") is None


def test_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"".join(b"line %d\n\n" % number for number in range(100)) + b"\xff\x1b[31m\n")
    shown = last_lines(last_text(log))
    assert len(shown.splitlines()) <= TAIL_LINES
    assert "line 99" in shown
    assert "\x1b" not in shown
    assert last_text(tmp_path / "none") == ""


def test_a_gigantic_log_is_read_at_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * (1 << 20) + b"\nend")
    assert len(last_text(log)) < 1 << 19
    assert last_text(log).endswith("end")
