"""What other tools would read from the machine does not count (POLICY D8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import Index, Policy, Request
from driverenv.stories.lock import lock
from tests.kit import RequestLog
from tests.kit.factories import RawServerFactory, StaticIndexFactory, UniverseFactory, WheelFactory

UNIVERSE = """
    [[local]]
    projects.widget = ["1.0"]
    [public.projects]
    widget = ["2.0"]
"""
VARIABLES = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_PROXY"),
    *("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS"),
    *("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
)


@pytest.fixture
def elsewhere(home: Path, raw_server: RawServerFactory, monkeypatch: pytest.MonkeyPatch) -> RequestLog:
    """The requests to a server that variables, pip, uv and netrc of this machine name everywhere."""
    server = raw_server()
    for name in VARIABLES:
        monkeypatch.setenv(name, server.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for path, text in {
        ".config/pip/pip.conf": f"[global]\nindex-url = {server.url}\nextra-index-url = {server.url}\n",
        ".pip/pip.conf": f"[global]\nfind-links = {server.url}\n",
        ".config/uv/uv.toml": f'index-url = "{server.url}"\n',
        ".netrc": "machine 127.0.0.1 login somebody password hunter2\n",
    }.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text(text, encoding="utf-8")
        (home / path).chmod(0o600)
    return server.log


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_over_http(
    mode: str,
    elsewhere: RequestLog,
    universe: UniverseFactory,
    static_index: StaticIndexFactory,
    tmp_path: Path,
) -> None:
    content = universe(UNIVERSE)
    local, public = static_index(content.local[0]), static_index(content)
    policy = Policy(
        mode=mode, local=[Index(local.url, name="local")], public=Index(public.simple_url, name="public")
    )
    assert pins(policy, tmp_path) == [("widget", "1.0", "local")]
    assert len(local.log) > 0
    assert [one.path for one in local.log if "authorization" in one.request.headers] == []
    assert (public.log.paths(), elsewhere.paths()) == ([], [])


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_over_a_folder(mode: str, elsewhere: RequestLog, make_wheel: WheelFactory, tmp_path: Path) -> None:
    folder = make_wheel("widget", "1.0").parent
    policy = Policy(mode=mode, local=[Index(folder, name="local")], public=None)
    assert pins(policy, tmp_path) == [("widget", "1.0", "local")]
    assert elsewhere.paths() == []


def pins(policy: Policy, folder: Path) -> list[tuple[str, str, str]]:
    requirements = folder / "requirements.txt"
    requirements.write_text("widget\n", encoding="utf-8")
    found = lock(Request(requirements, policy=policy, home=folder / "driverenv")).pins
    return [(pin.name, pin.version, pin.index) for pin in found]
