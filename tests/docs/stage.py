"""Where the documentation is played: a user's home with a clone in it, a local index, something for public PyPI.

The documentation says `/home/ann`, `/srv`, `http://pypi.lab.example:8036` and public PyPI; on the stage these are
folders of the test and servers on loopback. What comes out is told in the documentation's names again.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.docs import service
from tests.docs.pages import ROOT, Step
from tests.kit.pypiserver import PypiServer

_END = "end-of-step"
_PROGRESS = re.compile(
    r"^(?:preparing .*|resolving.*|fetching|resolved .*|building .*|linking .*)\n", re.MULTILINE
)
_VARYING = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "<key>"),
    (re.compile(r"\bsha256 [0-9a-f]{12}\b"), "sha256 <beginning>"),
    (re.compile(r"\b20\d{6}T\d{6}\.\d{6}Z\b"), "<id>"),
    (re.compile(r"(?: {2,}|\b)\d+(?:\.\d+)? m?s\b"), "<time>"),
    (re.compile(r"\b([Pp]ython ?3)\.\d+(?:\.\d+)?\b"), r"\1.N"),
    (re.compile(r"  3\.\d+ +(?=\S)"), "  3.N  "),
    (re.compile(r"\b20\d\d-\d\d-\d\d\b"), "<day>"),
    (re.compile(r"<day> \d\d:\d\d(?::\d\d)? UTC"), "<minute>"),
    (re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<instant>"),
    (re.compile(r"\(cp3\d+, [^)]*\)"), "(<platform>)"),
    (re.compile(r"(?<=  )[1-9]\d*(?:\.\d+)? [kM]?B\b"), "<size>"),
)
PYPISERVER = "http://pypi.lab.example:8036"
LOCKED = "http://locked.lab.example:8036"
"""A pypiserver that asks for a password."""
PUBLIC = "https://pypi.org/simple/"


class Stage:
    """A shell in the user's clone."""

    def __init__(
        self, folder: Path, *, public: str, pypiserver: str, locked: str, environ: dict[str, str]
    ) -> None:
        self._folder = folder
        self._service = folder / "bin" / "pypiserver.json"
        home = folder / "home" / "ann"
        self._names = {
            "/home/ann": str(home),
            "/srv": str(folder / "srv"),
            PYPISERVER: pypiserver,
            LOCKED: locked,
            PUBLIC: public,
            **_at_a_free_port(),
        }
        (home / ".local").mkdir(parents=True)
        (folder / "srv").mkdir(exist_ok=True)
        shutil.copytree(ROOT / "examples", home / "driverenv" / "examples")
        self._write(
            folder / "etc" / "driverenv" / "driverenv.toml",
            f'public = {{ location = "{public}", name = "public PyPI" }}\n',
        )
        for name, command in {"driverenv": "-m driverenv", "python": "", "twine": "-m twine"}.items():
            program = folder / "bin" / name
            self._write(program, f'#!/bin/sh\nexec "{sys.executable}" {command} "$@"\n')
            program.chmod(0o755)
        variables = {
            **{name: text for name, text in environ.items() if not name.startswith("XDG_")},
            "HOME": str(home),
            "PATH": f"{folder / 'bin'}:{environ['PATH']}",
            "XDG_CONFIG_DIRS": str(folder / "etc"),
            "https_proxy": "http://127.0.0.1:9",  # nobody is there: nothing gets out by mistake
        }
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=home / "driverenv",
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
            start_new_session=True,  # what a page leaves in the background ends with it
        )

    def close(self) -> None:
        """End the shell, and what it started."""
        os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.communicate()
        if self._service.exists():  # one that was started on the stage
            service.send(service.load(self._service), signal.SIGKILL)

    def have_service(self, server: PypiServer) -> None:
        """Have `systemctl` stop and start this server."""
        command = [str(word) for word in server.process.args]  # type: ignore[union-attr]
        service.save(self._service, {"pid": server.process.pid, "port": server.port, "command": command})
        program = self._folder / "bin" / "systemctl"
        self._write(
            program, f'#!/bin/sh\nexec "{sys.executable}" "{service.__file__}" "{self._service}" "$@"\n'
        )
        program.chmod(0o755)

    def save(self, path: str, text: str) -> None:
        """Save a file where the documentation says; a bare name is in the clone."""
        place = Path("/home/ann/driverenv", path.replace("~", "/home/ann", 1))
        self._write(Path(self._here(str(place))), self._here(text))

    def run(self, command: str) -> str:
        """What a command prints, on both streams, in the documentation's names."""
        stdin, stdout = self._shell.stdin, self._shell.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{{ {self._here(command)}\n}} < /dev/null; __status=$?\n")
        stdin.write(f"printf '\\n{_END} %s\\n' $__status; (exit $__status)\n")
        stdin.flush()
        printed = ""
        while _END not in (line := stdout.readline()):
            assert line, f"the shell ended:\n{printed}"
            printed += line
        self.status = int(line.split()[-1])
        return self._there(printed.removesuffix("\n"))

    def run_python(self, code: str) -> str:
        """What a program prints; fails unless its exit code is 0."""
        program = self._folder / "program.py"
        self._write(program, self._here(code))
        printed = self.run(f"python {program}")
        assert self.status == 0, printed
        return printed

    def play(self, step: Step) -> None:
        """Run a step; fails where it prints something else than the documentation says."""
        printed = self.run(step.command)
        if not matches(printed, step.output):
            told = "\n".join(step.output)
            raise AssertionError(f"$ {step.command}\nprinted\n{printed}\nbut the documentation says\n{told}")

    def _here(self, text: str) -> str:
        for said, real in self._names.items():
            text = re.sub(rf"(?<![\w.]){re.escape(said)}\b", lambda _, real=real: real, text)  # type: ignore[misc]
        return text

    def _there(self, text: str) -> str:
        for said, real in self._names.items():
            text = text.replace(real, said)
        return text

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _at_a_free_port() -> dict[str, str]:
    """Pages that start a server themselves have it at the usual port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {"http://127.0.0.1:8036": f"http://127.0.0.1:{port}", "--port 8036": f"--port {port}"}


def matches(printed: str, told: list[str]) -> bool:
    """Whether this is what the documentation says, apart from what varies, and from passing progress."""
    pattern = "".join("(?:.*\n)*?" if line == "..." else f"{re.escape(_plain(line))}\n" for line in told)
    printed = _PROGRESS.sub("", printed if not printed or printed.endswith("\n") else printed + "\n")
    return re.fullmatch(pattern, _plain(printed)) is not None


def _plain(text: str) -> str:
    for pattern, name in _VARYING:
        text = pattern.sub(name, text)
    return text
