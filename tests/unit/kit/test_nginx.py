from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from tests.kit import nginx as kit
from tests.kit.factories import NginxFactory
from tests.kit.pypiserver import free_port


def test_it_serves_what_it_is_told(nginx: NginxFactory) -> None:
    port = free_port()
    log = nginx(f"server {{ listen 127.0.0.1:{port}; return 204; }}", port=port)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/x")
    assert connection.getresponse().status == 204
    connection.close()
    assert log.name == "access.log"


@pytest.mark.skipif(bool(kit.NO_NGINX), reason=kit.NO_NGINX)
def test_what_it_does_not_like_it_says(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="unknown directive"),
        kit.run_nginx("nonsense;", port=free_port(), folder=tmp_path),
    ):
        pass


def test_where_there_is_none_the_test_is_skipped(
    nginx: NginxFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.kit.factories.NO_NGINX", "there is no nginx here")
    with pytest.raises(pytest.skip.Exception, match="there is no nginx here"):
        nginx("", port=1)
