"""A small site, played for the pictures of the documentation: a launch at work, an error, and a home with a history.

The site is real: a pypiserver, an index on loopback that stands in for public PyPI, and drivers. Only names are those of
the documentation.
"""

from __future__ import annotations

import contextlib
import io
import random
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from driverenv import Index, Policy, Request, prepare
from driverenv.cli.main import main
from driverenv.cli.shell import Shell
from driverenv.errors import DriverEnvError
from driverenv.report import render
from driverenv.stories import returning
from driverenv.stories.reporting import report
from tests.kit import static_index
from tests.kit.pypiserver import run_pypiserver
from tests.kit.sdists import make_sdist
from tests.kit.sites import Answer, FolderSite
from tests.kit.static_index import StaticIndex, serve
from tests.kit.wheels import make_wheel

LOCAL, PUBLIC = "http://pypi.lab.example:8036", "https://pypi.org/simple/"
_LOCALLY = {
    "cloudshell-core 5.0.400": ["requests>=2.20", "jsonpickle<2"],
    "cloudshell-snmp 4.2.1": ["cloudshell-core<6", "pysnmp>=4.4"],
    "cloudshell-cli 4.0.6": ["cloudshell-core>=5", "paramiko>=2.7"],
    "cloudshell-networking 7.1.0": ["cloudshell-core>=5", "cloudshell-snmp>=4", "cloudshell-cli>=4"],
    "rack-tools 2.0": ["pyyaml>=5", "humanize>=4"],
    "old-client 1.0": ["urllib3<1.26"],
}
_PUBLICLY = {
    "requests 2.32.5": ["urllib3>=1.26", "idna", "certifi", "charset-normalizer"],
    "paramiko 3.5.1": ["bcrypt", "cryptography", "pynacl"],
    "cryptography 43.0.3": ["cffi"],
    "pynacl 1.5.0": ["cffi"],
    "cffi 1.17.1": ["pycparser"],
    "pysnmp 4.4.12": ["pyasn1", "pycryptodomex", "ply"],
    **{
        one: []
        for one in [
            "urllib3 2.5.0",
            "urllib3 1.25.11",
            "idna 3.10",
            "certifi 2025.8.3",
            "charset-normalizer 3.4.3",
            "jsonpickle 1.5.2",
            "pyasn1 0.6.1",
            "pycryptodomex 3.23.0",
            "ply 3.11",
            "bcrypt 4.3.0",
            "pycparser 2.22",
            "pyyaml 6.0.2",
            "humanize 4.12.0",
            "six 1.17.0",
        ]
    },
}
_LARGE = {
    "cryptography": 3_900,
    "pycryptodomex": 2_300,
    "bcrypt": 280,
    "cffi": 480,
    "pysnmp": 290,
    "pynacl": 860,
}
"""Kilobytes of data in them, so that a download takes a while."""
_PIECES, _LONG = 40, 100_000
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-HJKlh]|\r")


class Screen(io.StringIO):
    """A terminal that remembers each of its moments."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[str] = []

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.moments.append(text)
        return super().write(text)


@dataclass
class Site:
    """Its folders and servers."""

    root: Path
    local: str
    public: StaticIndex

    @property
    def names(self) -> dict[str, str]:
        """What is shown by another name."""
        python = Path(sys.base_prefix)
        return {
            self.public.simple_url: PUBLIC,
            self.public.url: PUBLIC.removesuffix("/simple/"),
            self.local: LOCAL,
            f"{self.root}/srv/home": "/srv/driverenv",
            f"{self.root}/srv": "/srv",
            str(python): f"/opt/python/{python.name}",
        }

    def told(self, text: str) -> str:
        """`text` in the names of the documentation."""
        for said, shown in self.names.items():
            text = text.replace(said, shown)
        return text

    def driver(self, name: str, requirements: str) -> Path:
        """A driver's folder."""
        folder = self.root / "srv" / "drivers" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
        return folder

    def command(self, *arguments: str) -> Screen:
        """What a command shows to a person, as it goes on."""
        screen = Screen()
        config = self.root / "driverenv.toml"
        config.write_text(
            f'local = ["{self.local}"]\nhome = "{self.root}/srv/home"\nbyte_code = "never"\n'
            f'public = {{ location = "{self.public.simple_url}", name = "public PyPI" }}\n',
            encoding="utf-8",
        )
        environ = {"HOME": str(self.root), "TERM": "xterm-256color", "PATH": "/usr/bin:/bin"}
        out = io.StringIO()
        shell = Shell({**environ, "DRIVERENV_CONFIG": str(config)}, self.root, out, screen)
        main(arguments, shell=shell)
        screen.write(out.getvalue())
        return screen


@contextlib.contextmanager
def site(root: Path) -> Iterator[Site]:
    """Build it and serve it, below `root`."""
    lab, public = root / "srv" / "pypi", root / "public"
    for folder, projects in ((lab, _LOCALLY), (public, _PUBLICLY)):
        for one, requires in projects.items():
            name, version = one.split(" ")
            data = {f"{name}.bin": _noise(name, _LARGE[name] * 1000)} if name in _LARGE else {}
            make_wheel(folder, name, version, requires=requires, files=data)
    make_sdist(lab, "vendor-sdk", "1.9", requires=["six"], backend="kit")
    pages = FolderSite(public)
    with run_pypiserver(lab, logs=root / "logs") as server, serve(pages) as stand_in:
        yield Site(root, server.url.rstrip("/"), stand_in)


def _noise(name: str, size: int) -> bytes:
    """Bytes that do not compress; the same each time."""
    return random.Random(name).randbytes(size)  # noqa: S311 (no secret)


def _slowly(handler: static_index._Handler, answer: Answer, *, cut: bool) -> None:  # noqa: ARG001
    """Send an answer as a line of a few megabits does."""
    handler.send_response(answer.status)
    for name, value in ({"Content-Length": str(len(answer.body))} | dict(answer.headers)).items():
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command != "HEAD":
        step = max(1, len(answer.body) // _PIECES)
        for start in range(0, len(answer.body), step):
            handler.wfile.write(answer.body[start : start + step])
            time.sleep(0.03 if len(answer.body) > _LONG else 0)


def at_work(lab: Site) -> tuple[str, str]:
    """A launch in its midst, and at its end."""
    driver = lab.driver("Cisco IOS Router", "cloudshell-networking>=7\n")
    with mock.patch.object(static_index._Handler, "_send", _slowly):  # noqa: SLF001 (the kit has no slow line)
        screen = lab.command("prepare", str(driver))
    moments = [lab.told(CONTROL.sub("", one)) for one in screen.moments]
    midst = max(moments, key=lambda one: (one.count(" of "), len(one)))
    ends = [one for one in moments if one.startswith(("ready", "/srv/driverenv/environments"))]
    return midst.strip("\n"), "\n".join(one.splitlines()[0] for one in ends)


def error(lab: Site) -> str:
    """A launch that fails."""
    driver = lab.driver("Terminal Server", "cloudshell-cli>=5\nsix\n")
    shown = lab.command("prepare", str(driver)).getvalue()
    return lab.told(CONTROL.sub("", shown[shown.rindex("\x1b[1;31merror") :])).strip("\n")


def history(lab: Site) -> None:
    """Launches of some weeks, in a second."""
    home = lab.root / "srv" / "home"
    policy = Policy(
        local=[Index(lab.local, name=LOCAL)],
        public=Index(lab.public.simple_url, name="public PyPI"),
        byte_code="never",
    )

    def launch(name: str, requirements: str, times: int = 1, **more: object) -> None:
        asked = Request(lab.driver(name, requirements), policy=policy.replace(**more), home=home)
        for _ in range(times):
            with contextlib.suppress(DriverEnvError):
                prepare(asked)

    launch("Cisco IOS Router", "cloudshell-networking>=7\n", 14)
    launch("Rack Driver", "rack-tools>=2\n", 9)
    launch("SNMP Probe", "cloudshell-snmp\nvendor-sdk\n", 7)
    launch("Legacy Firewall", "old-client\n", 11)
    launch("Legacy Firewall", "old-client\nrequests>=2.30\n", 2)
    make_wheel(lab.root / "srv" / "pypi", "humanize", "4.9.0")
    time.sleep(1)
    launch("Rack Driver", "rack-tools>=2\nsix\n", 4)
    returning.rollback(str(home), "Rack Driver", 1, cwd="/")
    launch("Rack Driver", "rack-tools>=2\nsix\n", 3)
    launch("Power Bar", "vendor-sdk\n", 2, valid_for_minutes=0)
    lab.public.override("/simple/six/", Answer(503))
    launch("Power Bar", "vendor-sdk\n", 2, valid_for_minutes=0)


def page(lab: Site) -> str:
    """The report of the home, in the names of the documentation."""
    found = report(str(lab.root / "srv" / "home"), cwd="/", now=time.time())
    return lab.told(render(found))
