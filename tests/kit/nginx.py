"""The real nginx on loopback, with a configuration of the test's; where there is one on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY_WITHIN = 30.0
_PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
NGINX = shutil.which("nginx", path=_PLACES)
"""Its program; None where there is none."""
NO_NGINX = "" if NGINX else "there is no nginx here (apt-get install nginx-light)"
_AROUND = """\
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""


@contextmanager
def run_nginx(servers: str, *, port: int, folder: Path) -> Iterator[Path]:
    """Run it with these ``server`` blocks, one of which listens on `port`; gives the file of its access log.

    Raises `RuntimeError` with what nginx says, where it does not like them.
    """
    assert NGINX is not None, NO_NGINX
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nginx.conf"
    user = "user root;" if os.name == "posix" and os.geteuid() == 0 else ""  # else it could not write here
    config.write_text(_AROUND.format(folder=folder, servers=servers, user=user), encoding="utf-8")
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            [NGINX, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_it_listens(process, port, folder)
        yield folder / "access.log"
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=READY_WITHIN).close()
        except OSError:
            time.sleep(0.01)  # between two polls
        else:
            return
    told = (folder / "out").read_text(encoding="utf-8", errors="replace")
    msg = f"nginx did not start: {told}{(folder / 'error.log').read_text(encoding='utf-8')}"
    raise RuntimeError(msg)


__all__ = ["NGINX", "NO_NGINX", "run_nginx"]
