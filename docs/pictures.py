"""Draws the pictures of the documentation anew, by hand, when what they show has changed.

`python docs/pictures.py [doctor] [launches] [report]`; the last one needs Chromium, the first one nginx. `scenes` has the
site of launches and report. Here: a real check-up of a small lab: nginx with TLS before a pypiserver, another pypiserver that has stopped, a home folder. Only
names are those of the documentation: the lab's hosts are this machine, and paths and ports are shown as a site has them.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import trustme
from rich import _export_format
from rich.console import Console
from rich.text import Text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import scenes

from driverenv import settings as settings_room
from driverenv._http.lookup import Lookup
from driverenv.cli.doctor import summary
from driverenv.cli.doctor_table import drawn
from driverenv.stories.checkup import Asked, check
from tests.kit.browser import run_browser
from tests.kit.nginx import run_nginx
from tests.kit.pypiserver import free_port, run_pypiserver
from tests.kit.wheels import make_wheel

PICTURES = Path(__file__).resolve().parent / "images"
SETTINGS = """
public = false
home = "home"
[pythons]
"2" = "2.7"
"3.5" = "3.5"
[[local]]
location = "https://pypi.lab.example:{front}/pypi/"
name = "lab"
ca_file = "lab-ca.pem"
[[local]]
location = "http://old.lab.example:{dead}/"
name = "old"
"""
_OPENED = """
document.querySelectorAll(".driver > details").forEach(one => {
    one.open = true;
    if (one.querySelector("h3").textContent === "SNMP Probe") one.parentElement.id = "shown";
});
"""
FRONT = """
server {{
    listen 127.0.0.1:{front} ssl;
    ssl_certificate {folder}/lab.pem;
    ssl_certificate_key {folder}/lab.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    location /pypi/ {{
        proxy_pass http://127.0.0.1:{back};
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-Proto $scheme;
    }}
}}
"""


def main() -> None:
    """Draw those that are named, else all."""
    for name in sys.argv[1:] or _PICTURES:
        with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
            _PICTURES[name](Path(scratch), stack)


def _launches(folder: Path, stack: ExitStack) -> None:
    lab = stack.enter_context(scenes.site(folder))
    stack.enter_context(mock.patch.dict(os.environ, {"COLUMNS": "94"}))
    midst, end = scenes.at_work(lab)
    prompt = '$ driverenv prepare "/srv/drivers/{}"\n'
    router = prompt.format("Cisco IOS Router")
    later = "\n[bright_black]a few seconds later[/]\n"
    _draw("prepare", "driverenv prepare", f"{router}{midst}", later, f"{router}{end}")
    _draw("error", "driverenv prepare", prompt.format("Terminal Server") + scenes.error(lab))


def _report(folder: Path, stack: ExitStack) -> None:
    lab = stack.enter_context(scenes.site(folder))
    browser = stack.enter_context(run_browser(folder / "browser"))
    scenes.history(lab)
    file = folder / "report.html"
    file.write_text(scenes.page(lab), encoding="utf-8")
    browser.visit(file.as_uri())
    browser.look(width=1_120)
    (PICTURES / "report.png").write_bytes(browser.picture(height=940))
    browser.run(_OPENED)
    (PICTURES / "report-conflict.png").write_bytes(browser.picture(of=".failure"))
    browser.look(width=1_120, scheme="dark")
    (PICTURES / "report-graph.png").write_bytes(browser.picture(of="#shown .drawing"))


def _draw(name: str, title: str, *texts: str) -> None:
    """A picture of a terminal: texts with colours as terminals know them, or with rich's own."""
    console = _paper()
    for text in texts:
        console.print(Text.from_markup(text) if "[/]" in text else Text.from_ansi(text), soft_wrap=False)
    _save(console, name, title, {})


def _paper() -> Console:
    return Console(record=True, width=100, file=io.StringIO(), force_terminal=True, highlight=False)


def _save(console: Console, name: str, title: str, names: dict[str, str]) -> None:
    # no font from elsewhere: a picture must not ask anybody
    template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", _export_format.CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    picture = console.export_svg(title=title, code_format=template, unique_id=name)
    for said, told in names.items():
        picture = picture.replace(said, told)
    (PICTURES / f"{name}.svg").write_text(picture, encoding="utf-8")


def _doctor(folder: Path, stack: ExitStack) -> None:
    front, dead = free_port(), free_port()
    asked, names = _lab(folder, front, dead, stack)
    sections = [(one, one.findings) for one in check(asked)]
    console = _paper()
    for section, shown in sections:
        console.print(drawn(section, shown, is_narrow=False))
    console.print(summary([one for one, _ in sections]))
    _save(console, "doctor", "driverenv doctor", names)


def _lab(folder: Path, front: int, dead: int, stack: ExitStack) -> tuple[Asked, dict[str, str]]:
    """What is to be looked at, and what is shown by another name."""
    authority = trustme.CA(organization_name="Lab", organization_unit_name="Lab CA")
    authority.cert_pem.write_to_path(str(folder / "lab-ca.pem"))
    ends = datetime.now(UTC) + timedelta(days=19.5)
    certificate = authority.issue_cert(
        "pypi.lab.example", not_before=ends - timedelta(days=90), not_after=ends
    )
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "lab.pem"))
    for name in ("cloudshell-core", "rack-tools", "switch-driver"):
        make_wheel(folder / "index", name, "1.0")
    server = run_pypiserver(folder / "index", logs=folder / "logs", extra=("--server-base-url", "/pypi"))
    back = stack.enter_context(server).port
    text = FRONT.format(front=front, back=back, folder=folder)
    stack.enter_context(run_nginx(text, port=front, folder=folder / "nginx"))
    file = folder / "driverenv.toml"
    file.write_text(SETTINGS.format(front=front, dead=dead), encoding="utf-8")
    (folder / "home").mkdir(mode=0o700)
    settings = settings_room.load(environ={}, arguments={}, config=file, cwd=folder)
    environ = {"HOME": str(folder), "PATH": "/usr/bin", "PIP_INDEX_URL": "x", "https_proxy": "x"}
    asked = Asked(settings, environ, lookup=Lookup(lambda _host, _port: ["127.0.0.1"]))
    versions = Path(sys.base_prefix).parent
    environ["PYENV_ROOT"] = str(versions.parent)
    shown = {f":{front}": "", str(front): "443", f":{dead}": ":8036", str(folder): "/srv/driverenv"}
    return asked, shown | {
        f"{versions}/": "/opt/python/",
        "127.0.0.1": "10.0.0.5",
        "/srv/driverenv/home": "/srv/driverenv",
    }


_PICTURES = {"doctor": _doctor, "launches": _launches, "report": _report}

if __name__ == "__main__":
    main()
