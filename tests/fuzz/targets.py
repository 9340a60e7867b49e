"""What is fuzzed: everything that reads bytes of strangers. Each target may raise the errors it documents, and no other."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from packaging.utils import NormalizedName

from driverenv.archive import sdist as sdist_reader
from driverenv.archive.record import encoded
from driverenv.archive.rules import Label
from driverenv.archive.wheel import Offer
from driverenv.driver import metadata
from driverenv.driver.zips import Zip
from driverenv.errors import ArchiveRejected, DriverEnvError, RequirementsInvalid, SettingsInvalid
from driverenv.index.metadata import parse_metadata
from driverenv.index.page import NotAnIndex, only_of, parse_page
from driverenv.index.root_page import parse_root
from driverenv.model.site import Policy
from driverenv.requirements import embedded, read
from driverenv.requirements.draft import Draft
from driverenv.requirements.lockfile import locked
from driverenv.settings import imported
from tests.kit import readers
from tests.kit.forged import BENIGN
from tests.kit.forged.case import SDIST, WHEEL

SIX = NormalizedName("six")
BUNDLED = "x-1-py3-none-any.whl"
OPEN = Policy(direct_urls=["https://h/"], bundled="allowed")
"""Lets lines name files themselves: more of the reader has its turn."""
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
        draft = Draft(policy=OPEN)
        draft.stands_in("/srv/driver/pylock.toml", "pylock.toml")
        locked(draft, text, "pylock.toml")


def _read(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        Path(folder, BUNDLED).touch()
        with contextlib.suppress(DriverEnvError):
            found = read(path, policy=OPEN)
            inside = os.path.realpath(folder)
            for root in found.roots:
                assert root.direct is None or not root.direct.path or root.direct.path.startswith(inside)
                assert root.direct is None or root.direct.bundled or root.direct.url.startswith("https://h/")


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


def wheel(data: bytes) -> None:
    """A wheel: refused, or unpacked below its own folder only, and read alike by other readers."""
    with tempfile.TemporaryDirectory() as folder:
        path, into = Path(folder, WHEEL), Path(folder, "inside")
        path.write_bytes(data)
        into.mkdir()
        try:
            found = Offer(Label(WHEEL), "widget", "1.0").unpack(path, into)
        except ArchiveRejected:
            return
        finally:
            assert {one.name for one in Path(folder).iterdir()} == {WHEEL, "inside"}
        listed = readers.by_zipfile(path)
        assert listed == readers.by_headers(path)
        assert {one.sha256 for one in found.entries} <= {
            encoded(bytes.fromhex(digest)) for digest in listed.values()
        }


def sdist(data: bytes) -> None:
    """An sdist: refused, or unpacked below its own folder only, and read alike by the standard library."""
    name = SDIST if data[:2] != b"PK" else "widget-1.0.zip"
    with tempfile.TemporaryDirectory() as folder:
        path, into = Path(folder, name), Path(folder, "inside")
        path.write_bytes(data)
        into.mkdir()
        try:
            top = sdist_reader.extract(path, into=into, project="widget", version="1.0", filename=name)
        except ArchiveRejected:
            return
        finally:
            assert {one.name for one in Path(folder).iterdir()} == {name, "inside"}
        assert top.parent == into
        read = readers.by_zipfile if name != SDIST else readers.by_tarfile
        ours = {one.relative_to(into).as_posix() for one in into.rglob("*") if one.is_file()}
        assert set(read(path)) <= ours


def packed_sdist(data: bytes) -> None:
    """The same, and what is fuzzed is the tar archive inside of the gzip stream."""
    sdist(gzip.compress(data, 1, mtime=0))


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
        wheel,
        sdist,
        packed_sdist,
    )
}

_SMALL = [one for one in BENIGN if "zeros" not in one.title and "5,000" not in one.title]

SEEDS: dict[str, tuple[bytes, ...]] = {
    "requirements": (
        b"six>=1.9,<2 ; python_version < '3'\n-r more.txt\n--hash=sha256:00\nname[extra]~=1.0 # comment\n",
        b"\xef\xbb\xbfrequests==2.0 \\\n  --hash=sha256:aa\n--only-binary :all:\n--index-url http://u:p@lab/simple\n",
        b'cloudshell-power-lib>=1.0.0<=2.0.0\n"quoted>=1"\npkg @ https://host/x.whl\n${VAR}\n-e git+https://x#egg=y\n',
        b"x[e] @ https://h/a/x-1.zip#sha256="
        + b"0" * 64
        + b" ; os_name=='nt'\n./x-1-py3-none-any.whl[y]\nx @ file:x-1-py3-none-any.whl\n",
    ),
    "script": (b"# /// script\n# requires-python = '>=3.9'\n# dependencies = ['six', \"rich>=1\"]\n# ///\n",),
    "project": (
        b"[project]\nname='x'\ndependencies=['six']\n[dependency-groups]\ntest=['a',{include-group='b'}]\nb=['c']\n",
        (
            b'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "six"\nversion = "1"\n'
            b'wheels = [{name="six-1-py3-none-any.whl", url="https://x/six-1-py3-none-any.whl", hashes={sha256="00"}}]\n'
        ),
        b'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "x"\narchive = {url="https://h/x-1.zip", hashes={sha256="00"}}\n',
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
    "wheel": tuple(one.content() for one in _SMALL if one.filename == WHEEL),
    "sdist": tuple(one.content() for one in _SMALL if one.filename != WHEEL),
    "packed_sdist": tuple(gzip.decompress(one.content()) for one in _SMALL if one.filename == SDIST),
}
"""Where each target begins: what real files look like."""
