"""A real Chromium without a screen, driven by chromedriver over HTTP on loopback; where both are on this machine."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
NO_CHROMIUM = (
    ""
    if CHROMIUM and CHROMEDRIVER
    else "there is no Chromium with its driver here (apt-get install chromium chromium-driver)"
)
READY_WITHIN = 30.0
_SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_OPEN = build_opener(ProxyHandler({})).open


class Browser:
    """One window."""

    def __init__(self, address: str, session: str) -> None:
        self._session = f"{address}/session/{session}"

    def visit(self, url: str) -> None:
        """Go there, and wait until it is loaded."""
        _call(f"{self._session}/url", {"url": url})

    def run(self, script: str) -> Any:  # noqa: ANN401 (JSON)
        """What a function with this body gives."""
        return _call(f"{self._session}/execute/sync", {"script": script, "args": []})

    def devtools(self, command: str, **parameters: Any) -> Any:  # noqa: ANN401 (JSON)
        """What a command of the DevTools protocol answers."""
        return _call(f"{self._session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def look(self, *, width: int, scheme: str = "light", media: str = "screen") -> None:
        """Have a window of this width, these colours wanted, this medium."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", **size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.devtools("Emulation.setEmulatedMedia", media=media, features=features)

    def picture(self, *, height: int = 0, of: str = "html") -> bytes:
        """A PNG of the first element that a selector names, from its top: all of it, or so many pixels."""
        script = f"const one = document.querySelector({json.dumps(of)}).getBoundingClientRect();"
        left, top, width, whole = self.run(f"{script} return [one.x, one.y + scrollY, one.width, one.height]")
        clip = {"x": left, "y": top, "width": width, "height": height or whole, "scale": 1}
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shot["data"])

    def console(self) -> list[str]:
        """What was written to its console, errors of loading included, since the last call."""
        return [str(one["message"]) for one in _call(f"{self._session}/se/log", {"type": "browser"})]

    def requests(self) -> list[str]:
        """The addresses of all that was asked for since the last call."""
        rows = _call(f"{self._session}/se/log", {"type": "performance"})
        messages = [json.loads(one["message"])["message"] for one in rows]
        return [
            str(one["params"]["request"]["url"])
            for one in messages
            if one["method"] == "Network.requestWillBeSent"
        ]

    def close(self) -> None:
        """End it."""
        _call(self._session, None, method="DELETE")


@contextmanager
def run_browser(folder: Path) -> Iterator[Browser]:
    """Start one, with a new profile below `folder`."""
    assert CHROMIUM, NO_CHROMIUM
    assert CHROMEDRIVER, NO_CHROMIUM
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (folder / "chromedriver.log").open("wb") as log:
        process = subprocess.Popen(
            [CHROMEDRIVER, f"--port={port}", "--allowed-ips=127.0.0.1"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(address)
        options = {
            "binary": CHROMIUM,
            "args": [*_SWITCHES, f"--user-data-dir={folder / 'profile'}"],
        }
        wanted = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        found = _call(f"{address}/session", {"capabilities": {"alwaysMatch": wanted}})
        browser = Browser(address, found["sessionId"])
        try:
            browser.visit("about:blank")  # away from the page of a new window
            yield browser
        finally:
            browser.close()
    finally:
        process.terminate()
        process.wait(READY_WITHIN)


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while True:
        try:
            if _call(f"{address}/status", None, method="GET")["ready"]:
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.02)  # between two polls


def _call(url: str, data: Mapping[str, Any] | None, *, method: str = "POST") -> Any:  # noqa: ANN401 (JSON)
    body = None if data is None else json.dumps(data).encode()
    request = Request(url, body, {"Content-Type": "application/json"}, method=method)  # noqa: S310 (loopback)
    with _OPEN(request, timeout=60) as answer:
        return json.load(answer)["value"]


__all__ = ["NO_CHROMIUM", "Browser", "run_browser"]
