"""What is fuzzed: everything that reads bytes of strangers. Each target may raise the errors it documents, and no other."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from packaging.utils import NormalizedName

from driverenv.driver import metadata
from driverenv.driver.zips import Zip
from driverenv.errors import ArchiveRejected, DriverEnvError, RequirementsInvalid, SettingsInvalid
from driverenv.index.metadata import parse_metadata
from driverenv.index.page import NotAnIndex, only_of, parse_page
from driverenv.index.root_page import parse_root
from driverenv.requirements import embedded, read
from driverenv.requirements.lockfile import locked
from driverenv.settings import imported

SIX = NormalizedName("six")
BASE = "http://lab.test:8036/simple/six/"


def requirements(data: bytes) -> None:
    """A requirements file."""
    _read(data, "requirements.txt")


def script(data: bytes) -> None:
    """A script with a header."""
    _read(data if b"# /// script" in data else b"# /// script\n# " + data + b"\n# ///\n", "job.py")


def project(data: bytes) -> None:
    """A pyproject.toml, and a lock file."""
    text = data.decode("utf-8", "replace")
    with contextlib.suppress(embedded.Malformed):
        embedded.project(text, ["test"])
    with contextlib.suppress(embedded.Malformed):
        locked(text, "pylock.toml")


def _read(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        with contextlib.suppress(DriverEnvError):
            str(read(path))


def page(data: bytes) -> None:
    """A project's page, HTML or JSON."""
    content_type = "application/vnd.pypi.simple.v1+json" if data[:1] in (b"{", b"[") else "text/html"
    with contextlib.suppress(NotAnIndex):
        only_of(parse_page(data, content_type, BASE, SIX), SIX)


def root_page(data: bytes) -> None:
    """The root page of an index."""
    content_type = "application/vnd.pypi.simple.v1+json" if data[:1] in (b"{", b"[") else "text/html"
    with contextlib.suppress(NotAnIndex):
        parse_root(data, content_type, "http://lab.test:8036/simple/")


def core_metadata(data: bytes) -> None:
    """METADATA or PKG-INFO: never raises."""
    parse_metadata(data)


def driver_metadata(data: bytes) -> None:
    """drivermetadata.xml."""
    with contextlib.suppress(RequirementsInvalid):
        metadata.parse(data, "drivermetadata.xml")


def customer_config(data: bytes) -> None:
    """customer.config and pip.ini."""
    with contextlib.suppress(SettingsInvalid):
        imported.customer_config(data, "customer.config")
    with contextlib.suppress(SettingsInvalid):
        imported.pip_config(data, "pip.ini")


def driver_zip(data: bytes) -> None:
    """A driver's zip: refused, or extracted below its own folder only."""
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(ArchiveRejected):
        Zip(io.BytesIO(data), "driver.zip").extract(Path(folder, "inside"))
        assert [path.name for path in Path(folder).iterdir()] == ["inside"]


TARGETS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one
    for one in (
        requirements,
        script,
        project,
        page,
        root_page,
        core_metadata,
        driver_metadata,
        customer_config,
        driver_zip,
    )
}

SEEDS: dict[str, tuple[bytes, ...]] = {
    "requirements": (
        b"six>=1.9,<2 ; python_version < '3'\n-r more.txt\n--hash=sha256:00\nname[extra]~=1.0 # comment\n",
        b"\xef\xbb\xbfrequests==2.0 \\\n  --hash=sha256:aa\n--only-binary :all:\n--index-url http://u:p@lab/simple\n",
        b'cloudshell-power-lib>=1.0.0<=2.0.0\n"quoted>=1"\npkg @ https://host/x.whl\n${VAR}\n-e git+https://x#egg=y\n',
    ),
    "script": (b"# /// script\n# requires-python = '>=3.9'\n# dependencies = ['six', \"rich>=1\"]\n# ///\n",),
    "project": (
        b"[project]\nname='x'\ndependencies=['six']\n[dependency-groups]\ntest=['a',{include-group='b'}]\nb=['c']\n",
        (
            b'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "six"\nversion = "1"\n'
            b'wheels = [{name="six-1-py3-none-any.whl", url="https://x/six-1-py3-none-any.whl", hashes={sha256="00"}}]\n'
        ),
    ),
    "page": (
        (
            b"<!DOCTYPE html><html><head><meta name='pypi:repository-version' content='1.0'></head><body>"
            b"<a href='../../packages/six-1.16.0.tar.gz#sha256=00' data-yanked='x' data-requires-python='&gt;3'>six</a>"
            b"</body></html>"
        ),
        (
            b'{"meta":{"api-version":"1.1"},"name":"six","files":[{"filename":"six-1.0.tar.gz","url":"six-1.0.tar.gz",'
            b'"hashes":{"sha256":"00"},"yanked":true,"core-metadata":{"sha256":"00"},"size":3}]}'
        ),
    ),
    "root_page": (
        b"<!DOCTYPE html><html><head><title>Simple Index</title></head><body><a href='six/'>six</a><br></body></html>",
        b'{"meta":{"api-version":"1.0"},"projects":[{"name":"Six"},{"name":"a.b"}]}',
    ),
    "core_metadata": (
        (
            b"Metadata-Version: 2.1\r\nName: six\r\nVersion: 1\r\nRequires-Dist: x (==1.0) ; extra == 'y'\r\n"
            b"Provides-Extra: y\r\nRequires-Python: >=3\r\n\r\nbody"
        ),
    ),
    "driver_metadata": (
        b"<?xml version='1.0' encoding='utf-16'?><Driver Name='a' PythonVersion='3'><Layout/></Driver>",
    ),
    "customer_config": (
        (
            b"<appSettings><add key='RequirementsRepository' value='http://u:p@lab:8036'/>"
            b"<add key='DefaultPythonEnvrionmentVariables' value='a=b;c=d,'/><add key='RequirementsTrustedHost' value='lab'/>"
            b"<add key='VirtualEnvironmentLifetimeDurationInMinutes' value='480'/></appSettings>"
        ),
        b"[global]\nproxy = http://u:p@proxy:1\nextra-index-url = http://x\n",
    ),
    "driver_zip": (b"PK\x05\x06" + bytes(18),),
}
"""Where each target begins: what real files look like."""
