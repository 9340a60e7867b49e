from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path

import pytest

from driverenv.cli.shell import Shell
from tests.unit.cli.bench import Bench, Screen


class Ending(Screen):
    """Asks this process to end as soon as something is written."""

    def flush(self) -> None:
        if self.getvalue():
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.skipif(os.name != "posix", reason="a signal to oneself")
@pytest.mark.parametrize("as_json", [True, False])
def test_served_until_the_end(bench: Bench, as_json: bool) -> None:
    (bench.cwd / "idx").mkdir()
    out = Ending()
    shell = Shell(bench.environ, bench.cwd, out, bench.err)
    words = ["index", "serve", "idx", "--port", "0", *(["--json"] if as_json else [])]
    from driverenv.cli.main import main

    assert main(words, shell=shell) == 0
    if as_json:
        told = json.loads(out.getvalue())
        assert (told["folder"], told["uploads"]) == (str(bench.cwd / "idx"), False)
        assert told["url"] == f"http://127.0.0.1:{told['port']}"
    else:
        assert out.getvalue().startswith("http://127.0.0.1:")


def test_who_may_read_needs_passwords(bench: Bench) -> None:
    assert bench.run("index", "serve", "--protect", "all") == 2
    assert "all needs --passwords FILE" in bench.err.getvalue()


def test_a_password_comes_by_standard_input(bench: Bench) -> None:
    for text, expected in (("horse\n", "added: ann in "), ("other\nmore", "changed: ann in ")):
        bench.stdin = io.StringIO(text)
        assert bench.run("index", "password", "users", "ann") == 0
        assert bench.out.getvalue() == f"{expected}{bench.cwd / 'users'}\n"
    assert "horse" not in (bench.cwd / "users").read_text("utf-8")
    assert bench.run("index", "password", "users", "ann", "--remove", "--json") == 0
    assert json.loads(bench.out.getvalue())["done"] == "taken out"
    assert bench.run("index", "password", "users", "ann", "--remove") == 0
    assert bench.out.getvalue().startswith("not there: ann")


@pytest.mark.parametrize(("user", "text"), [("a:b", "x"), ("", "x"), ("ann", ""), ("ann", "x" * 2000)])
def test_what_is_no_user_or_password(bench: Bench, user: str, text: str) -> None:
    bench.stdin = io.StringIO(text)
    assert bench.run("index", "password", "users", user) == 2
    assert not (bench.cwd / "users").exists()


def test_typed_unseen_on_a_terminal(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: f"typed at {prompt}" if stream else "")
    bench.stdin = Screen(tty=True)
    assert bench.run("index", "password", "users", "ann") == 0
    assert Path(bench.cwd, "users").exists()
