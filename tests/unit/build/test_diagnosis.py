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
        ("error: can't find Rust compiler", "Rust"),
        ("/bin/sh: 1: cargo: not found", "Rust"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'cargo'", "Rust"),
        ("x.c:1:10: fatal error: Python.h: No such file or directory", "Python.h"),
        ("/usr/bin/ld: cannot find -lxml2: No such file or directory", "library is missing: xml2"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'cmake'", "program is missing: cmake"),
        ("/bin/sh: 1: pkg-config: not found", "program is missing: pkg-config"),
        ("/bin/sh: line 1: swig: command not found", "program is missing: swig"),
        ("Error: pg_config executable not found.", "program is missing: pg_config"),
        ("No module named 'setuptools.command.test'", "setuptools.command.test"),
        ("ImportError: cannot import name 'test' from 'setuptools.command' (x)", "setuptools.command.test"),
        ("InvalidConfigError: Invalid dash-separated key 'description-file' in 'metadata'", "old spelling"),
        ("packaging.version.InvalidVersion: Invalid version: '1.0-x-y'", "version in its setup"),
        ("AttributeError: cython_sources", "Cython before 3"),
        ("AttributeError: 'build_ext' object has no attribute 'cython_sources'", "Cython before 3"),
        ("ImportError: cannot import name 'Feature' from 'setuptools' (/x/__init__.py)", "Feature"),
        ("AttributeError: module 'enum' has no attribute '__version__'", "of this Python for its own: enum"),
        ("re.error: global flags not at the start of the expression at position 25", "3.11 and later refuse"),
        ("This backport is for Python 2.7 only.", "for Python 2"),
        ("Exception: Can not find valid pkg-config name.", "library is missing"),
        ("No package 'libfoo' found", "library is missing: libfoo"),
        ("LookupError: setuptools-scm was unable to detect version for /x", "repository"),
        ("Exception: Versioning for this project requires either an sdist tarball, or access", "repository"),
        ("OSError: [Errno 101] Network is unreachable", "no network"),
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution", "no network"),
        ("ERROR: No matching distribution found for setuptools_scm", "no network"),
        ("OSError: [Errno 30] Read-only file system: '/opt/x'", "outside of its own folder: /opt/x"),
        ("mkdir: cannot create directory '/opt/x': Read-only file system", "outside of its own folder"),
        ("PermissionError: [Errno 13] Permission denied: '/opt/x'", "it may not use /opt/x"),
        ("MemoryError", "out of memory"),
        ("g++: fatal error: Killed signal terminated program cc1plus", "out of memory"),
        ("OSError: [Errno 27] File too large", "too large"),
        ("BlockingIOError: [Errno 11] Resource temporarily unavailable", "processes"),
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
        ("No module named 'pkg_resources'", 'build_constraints = { "widget" = ["setuptools<82"] }'),
        ("use_2to3 is invalid", 'build_constraints = { "widget" = ["setuptools<58"] }'),
        ("Invalid specifier: '>=3.3.*'", 'build_constraints = { "widget" = ["setuptools<66"] }'),
        ("No module named 'distutils'", "pythons in the settings"),
        ("name 'xrange' is not defined", "pythons in the settings"),
        ("No module named 'numpy'", "a wheel of it on the local index"),
    ],
)
def test_a_remedy_names_the_key_of_the_settings_that_helps(log: str, remedy: str) -> None:
    found = find_cause(log, project="widget")
    assert found is not None
    assert remedy in found.remedy


def test_older_tools_that_do_not_run_on_this_python() -> None:
    for python, older in (((3, 11), "setuptools<58"), ((3, 12), "")):
        found = find_cause("use_2to3 is invalid", python=python)
        assert found is not None
        assert found.older == older
        assert ("before 3.12 only" in found.remedy) is not bool(older)


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
