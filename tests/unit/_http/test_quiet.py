from __future__ import annotations

import logging
import threading

import pytest

from driverenv._http.quiet import install, quietly


def test_what_we_ask_is_not_logged_and_what_others_ask_is(caplog: pytest.LogCaptureFixture) -> None:
    install()
    install()
    caplog.set_level(logging.DEBUG)
    library, other = logging.getLogger("httpcore.http11"), logging.getLogger("elsewhere")
    with quietly():
        library.debug("ours")
        other.debug("a stranger's")
        with quietly():
            pass
        library.debug("still ours")
        thread = threading.Thread(target=library.debug, args=("another thread's",))
        thread.start()
        thread.join()
    library.debug("the host's")
    assert caplog.messages == ["a stranger's", "another thread's", "the host's"]


def test_also_after_an_error(caplog: pytest.LogCaptureFixture) -> None:
    install()
    caplog.set_level(logging.DEBUG)
    with pytest.raises(OSError, match="x"), quietly():
        raise OSError("x")
    logging.getLogger("httpx").info("the host's")
    assert caplog.messages == ["the host's"]
