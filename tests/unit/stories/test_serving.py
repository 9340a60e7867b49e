from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from driverenv.errors import RepositoryRefused, ServerFailed
from driverenv.events import Event, Warned
from driverenv.repository.server import Served, Terms
from driverenv.stories.serving import serve, set_password


def test_it_serves_until_it_is_asked_to_end(tmp_path: Path) -> None:
    seen: list[Served] = []
    heard: list[Event] = []

    def ready(server: Served) -> None:
        seen.append(server)
        if os.name == "posix":
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGTERM)
    serve(Terms(str(tmp_path), host="0.0.0.0", port=0), on_ready=ready, on_event=heard.append)  # noqa: S104
    assert seen[0].process.returncode == 0
    assert signal.getsignal(signal.SIGTERM) == before
    assert [event.code for event in heard if isinstance(event, Warned)] == ["SERVED_OPENLY"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RepositoryRefused):
        serve(Terms(str(tmp_path / "nowhere"), port=0), on_ready=lambda _: None)


def test_passwords(tmp_path: Path) -> None:
    assert set_password(tmp_path / "users", "ann", "horse")
    assert set_password(tmp_path / "users", "ann", None)
    assert not set_password(tmp_path / "users", "ann", None)
    (tmp_path / "broken").write_text("nonsense\n", encoding="utf-8")
    for path in (tmp_path / "broken", tmp_path):
        with pytest.raises(ServerFailed) as caught:
            set_password(path, "ann", "horse")
        assert caught.value.code == "SERVER_PASSWORDS"
        assert "horse" not in str(caught.value)
