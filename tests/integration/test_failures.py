"""Prepares that must fail, through the real command: what is said, the exit code, and nothing left behind."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.integration.command_line import Done, driverenv
from tests.kit import Universe, refused_port, serve
from tests.unit.stories.bench import Bench

pytestmark = pytest.mark.slow


@dataclass
class Setting:
    """What is asked for, and of whom."""

    bench: Bench
    requirements: str = "six\n"
    local: str | Path | None = None
    options: list[str] = field(default_factory=list)
    home: Path | None = None

    def prepare(self, *more: str) -> Done:
        driver = self.bench.driver(self.requirements)
        local = self.bench.index if self.local is None else self.local
        home = self.home or self.bench.home
        return driverenv(
            "prepare", driver, "--offline", "--local", local, "--home", home, *self.options, *more
        )


Case = Callable[[Setting], Iterator[None]]


def closed_port(setting: Setting) -> Iterator[None]:
    with refused_port() as port:
        setting.local = f"http://127.0.0.1:{port}/"
        yield


def no_folder(setting: Setting) -> Iterator[None]:
    setting.local = setting.bench.root / "unmounted"
    yield


def malformed_line(setting: Setting) -> Iterator[None]:
    setting.requirements = "six\nrequests >= = 2\n"
    yield


def a_url(setting: Setting) -> Iterator[None]:
    setting.requirements = "six @ https://files.test/six-1.0-py3-none-any.whl\n"
    yield


def wrong_bytes(setting: Setting) -> Iterator[None]:
    """The index promises another digest than that of what it serves."""
    files = [{"version": "1.0", "fault": {"body": "these are other bytes"}}]
    universe = Universe.parse({"local": [{"projects": {"six": {"files": files}}}]})
    with serve(universe.local[0]) as server:
        setting.local = server.url
        yield


def wrong_hash(setting: Setting) -> Iterator[None]:
    """The requirements file promises another digest than that of what the folder has."""
    setting.bench.wheel("six")
    setting.requirements = f"six --hash=sha256:{'0' * 64}\n"
    yield


def failing_build(setting: Setting) -> Iterator[None]:
    setting.bench.sdist("six", fail="there is no compiler here")
    yield


def escaping_wheel(setting: Setting) -> Iterator[None]:
    setting.bench.wheel("six", files={"../../../evil.py": "evil = 1\n"})
    yield


def broken_metadata(setting: Setting) -> Iterator[None]:
    """The compressed bytes of METADATA are damaged, all else is whole."""
    path = setting.bench.wheel("six")
    with zipfile.ZipFile(path) as wheel:
        info = wheel.getinfo("six-1.0.dist-info/METADATA")
    data = bytearray(path.read_bytes())
    start = info.header_offset + 30 + len(info.filename)
    data[start : start + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    yield


def no_zip_at_all(setting: Setting) -> Iterator[None]:
    setting.bench.wheel("six").write_bytes(b"<html>not found</html>")
    yield


def too_old(setting: Setting) -> Iterator[None]:
    setting.bench.wheel("six", "1.15.0")
    setting.requirements = "six>=1.16\n"
    yield


def nowhere(setting: Setting) -> Iterator[None]:
    setting.bench.wheel("other")
    yield


def contradiction(setting: Setting) -> Iterator[None]:
    bench = setting.bench
    bench.wheel("a", requires=["six<1"])
    bench.wheel("b", requires=["six>1"])
    for version in ("0.9", "1.1"):
        bench.wheel("six", version)
    setting.requirements = "a\nb\n"
    yield


def no_python(setting: Setting) -> Iterator[None]:
    setting.options = ["--python", str(setting.bench.root / "python")]
    yield


def bad_setting(setting: Setting) -> Iterator[None]:
    setting.options = ["--config", str(setting.bench.root / "driverenv.toml")]
    (setting.bench.root / "driverenv.toml").write_text('mode = "airgap"\n', encoding="utf-8")
    yield


def no_home(setting: Setting) -> Iterator[None]:
    setting.home = setting.bench.root / "file" / "home"
    (setting.bench.root / "file").write_bytes(b"")
    yield


CASES: dict[Case, tuple[int, str]] = {
    closed_port: (106, "error[LOCAL_DOWN]: the local index cannot be reached"),
    no_folder: (106, "error[LOCAL_DOWN]: the folder of the local index cannot be read"),
    malformed_line: (102, "error[REQUIREMENTS_SYNTAX]: "),
    a_url: (103, "error[POLICY_URL]: "),
    wrong_bytes: (108, "error[INTEGRITY]: six-1.0-py3-none-any.whl is not the file that the index promises"),
    wrong_hash: (
        108,
        "error[INTEGRITY]: six-1.0-py3-none-any.whl is not the file that the requirements file promises",
    ),
    failing_build: (110, "error[BUILD_FAILED]: six 1.0 has only an sdist, and that could not be built"),
    escaping_wheel: (109, "error[ARCHIVE_REJECTED]: six-1.0-py3-none-any.whl is not an archive"),
    broken_metadata: (109, "error[ARCHIVE_REJECTED]: six-1.0-py3-none-any.whl is not an archive"),
    no_zip_at_all: (109, "error[ARCHIVE_REJECTED]: six-1.0-py3-none-any.whl is not an archive"),
    too_old: (104, "error[LOCAL_NO_MATCH]: the local index "),
    nowhere: (105, "error[ABSENT_OFFLINE]: six: no local index has it"),
    contradiction: (107, "error[CONFLICT]: the requirements contradict each other about six"),
    no_python: (111, "error[INTERPRETER]: there is no Python at "),
    bad_setting: (101, "error[SETTINGS_INVALID]: the setting `mode` is 'airgap', which is not allowed"),
    no_home: (113, "error[HOME_UNUSABLE]: driverenv cannot write below its home folder"),
}


@contextmanager
def played(case: Case, bench: Bench) -> Iterator[Setting]:
    bench.index.mkdir()
    setting = Setting(bench)
    for _ in case(setting):
        yield setting


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_prepare_that_fails(bench: Bench, case: Case) -> None:
    code, head = CASES[case]
    with played(case, bench) as setting:
        done = setting.prepare()
    assert (done.code, done.out) == (code, ""), done.err
    assert done.error.startswith(head), done.err
    assert "\n  to fix" in done.error
    assert "\nTraceback" not in f"\n{done.err}"
    assert nothing_left(bench) == []


def test_each_failure_has_its_own_text() -> None:
    assert len({head for _, head in CASES.values()}) >= len(CASES) - 2  # three kinds of bad archives


@pytest.mark.parametrize("case", [too_old, failing_build], ids=lambda case: case.__name__)
def test_a_failure_as_json(bench: Bench, case: Case) -> None:
    code, head = CASES[case]
    with played(case, bench) as setting:
        done = setting.prepare("--json")
    assert (done.code, done.out) == (code, "")
    error = json.loads(done.err.splitlines()[-1])["error"]
    assert head.startswith(f"error[{error['code']}]: ")
    assert error["message"].startswith(f"{error['code']}: {error['summary']}")
    assert nothing_left(bench) == []


def test_once_mended_it_just_works(bench: Bench) -> None:
    """After each of a row of failures on one home, with no manual step."""
    bench.wheel("six", "1.15.0")
    setting = Setting(bench, "six>=1.16\n")
    assert setting.prepare().code == 104
    path = bench.wheel("six", "1.16.0")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert setting.prepare().code == 109
    path.write_bytes(whole)
    done = setting.prepare()
    assert (done.code, Path(done.out.strip()).name) == (0, "Switch Driver"), done.err
    assert bench.staged() == []


def nothing_left(bench: Bench) -> list[str]:
    """All that a failure may not leave: environments but those of builds, staging, trash, answers."""
    left = [path for path in bench.environments() if path.parent.name != "build"]
    for pattern in ("staging/*", "asks/*", "lane/*", "environments/.*"):
        left += bench.home.glob(pattern)
    left += bench.root.rglob("evil.py")
    return [str(path.relative_to(bench.root)) for path in left]
