"""Everything that the documentation shows is done: commands are run, files are saved, programs are run."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.docs import pages
from tests.docs.stage import LOCKED, PYPISERVER, Stage
from tests.examples.running import HELLO_INDEX, make_driver
from tests.kit.factories import PypiServerFactory, StaticIndexFactory, WheelFactory

HUMANIZE = """\
def naturalsize(size):
    return "%.1f MB" % (size / 1e6)
"""
NOBODY = "http://127.0.0.1:9"
DRIVER = 'import hello_greeter\nprint(hello_greeter.greet("the switch"))\n'


@pytest.fixture
def stage(
    page: Path,
    tmp_path: Path,
    static_index: StaticIndexFactory,
    pypiserver: PypiServerFactory,
    make_wheel: WheelFactory,
) -> Iterator[Stage]:
    """A stage with a public index on loopback and, for pages that name one, a real pypiserver over `/srv/pypi`."""
    make_wheel("humanize", "4.12.0", tmp_path / "public", files={"humanize/__init__.py": HUMANIZE})
    make_wheel("hello-greeter", "2.0", tmp_path / "public")  # a trap
    make_wheel("hello-greter", "9.0", tmp_path / "public")  # another: a stranger's, one letter away
    served = tmp_path / "srv" / "pypi"
    shutil.copytree(HELLO_INDEX, served)
    for name, requirement in (("Switch Driver", "hello-greeter<2"), ("Broken Driver", "hello-greeter>=2")):
        make_driver(tmp_path / "srv" / "drivers" / name, f"{requirement}\n", DRIVER)
    uploads = tmp_path / "home" / "ann" / "uploads"
    make_wheel("rack-tools", "2.0", uploads, requires=["humanize>=4.9"])
    make_wheel("rack-tools", "2.1", uploads.with_name("updates"), requires=["humanize>=4.9"])
    for version in ("3.14.0", "4.9.0"):
        make_wheel("humanize", version, uploads, files={"humanize/__init__.py": HUMANIZE})
    text = page.read_text("utf-8")
    if "Rack Driver" in text:  # other pages show all drivers that there are
        make_driver(
            tmp_path / "srv" / "drivers" / "Rack Driver", "rack-tools>=2\n", 'print("the rack is up")\n'
        )
    server = pypiserver(served, fallback=True) if PYPISERVER in text else None
    stage = Stage(
        tmp_path,
        public=static_index(tmp_path / "public").simple_url,
        pypiserver=server.url if server else NOBODY,
        locked=pypiserver(served, passwords={"lab": "horse"}).url if LOCKED in text else NOBODY,
        environ=dict(os.environ),
    )
    if server and "systemctl" in text:
        stage.have_service(server)
    yield stage
    stage.close()


def is_played(page: Path) -> bool:
    return any(block.is_run and block.language in ("console", "python") for block in pages.blocks(page))


def played() -> Iterator[ParameterSet]:
    """Every page with something to run; what a new user reads first is played every day."""
    for page in filter(is_played, pages.PAGES):
        name = pages.name(page)
        is_first = name == "README.md" or name.startswith("docs/tutorial/")
        yield pytest.param(page, id=name, marks=[] if is_first else [pytest.mark.slow])


@pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("bash") is None, reason="the commands are a POSIX shell's"
)
@pytest.mark.parametrize("page", list(played()))
def test_what_the_page_shows_is_what_happens(page: Path, stage: Stage) -> None:
    program = ""
    for block in filter(lambda block: block.is_run, pages.blocks(page)):
        if block.title:
            stage.save(block.title, block.text)
        elif block.language == "python":
            program = program + block.text if block.comment == "goes on" else block.text
            stage.run_python(program)
        elif block.language == "console":
            for step in pages.steps(block):
                stage.play(step)


@pytest.mark.parametrize("page", pages.PAGES, ids=pages.name)
def test_every_program_compiles(page: Path) -> None:
    for block in pages.blocks(page):
        if block.language == "python":
            compile("\n" * (block.line) + block.text, str(page), "exec")


@pytest.mark.parametrize("page", pages.PAGES, ids=pages.name)
def test_what_is_not_run_says_why(page: Path) -> None:
    known = ("", "goes on")
    strange = [block.comment for block in pages.blocks(page) if block.is_run and block.comment not in known]
    assert strange == []


@pytest.mark.parametrize("page", pages.PAGES, ids=pages.name)
def test_names_no_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "/root" not in text
    assert "/tmp/" not in text  # noqa: S108
