from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from driverenv._http.x509 import Certificate
from driverenv.model.finding import FAIL, OK, WARN
from driverenv.model.site import Index
from driverenv.stories.checkup.certificates import of_index, ours, whose

NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
DAY = 86400
LAB = Index("https://pypi.lab", name="lab")


def good_for(days: float, **more: object) -> Certificate:
    known = {"subject": "pypi (Lab)", "issuer": "Lab CA", "hosts": ("pypi.lab", "10.0.0.5")}
    values = {**known, "begins": NOW - DAY, "ends": NOW + days * DAY, "is_own": False, **more}
    return Certificate(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(("days", "status"), [(90.5, OK), (29.9, WARN), (1.5, WARN)])
def test_how_long_it_is_good(days: float, status: str) -> None:
    found = of_index(good_for(days), "TLSv1.3", LAB, NOW)
    assert (found.status, found.data["days"]) == (status, int(days))
    assert bool(found.remedy) is (status == WARN)


def test_in_words() -> None:
    found = of_index(good_for(90.5), "TLSv1.3", LAB, NOW)
    assert found.detail == (
        "TLSv1.3, for pypi.lab, 10.0.0.5, issued by Lab CA, good until 2026-04-01: 90 days left"
    )
    assert whose(good_for(1, is_own=True, hosts=())).startswith("for pypi (Lab), issued by itself")
    assert "\\x1b" in whose(good_for(1, issuer="\x1b[2J"))


def test_any_certificate_is_none() -> None:
    found = of_index(good_for(900), "TLSv1.3", LAB.replace(verify=False), NOW)
    assert (found.status, "take out verify = false" in found.remedy) == (WARN, True)


@pytest.mark.parametrize(("days", "status"), [(90, OK), (10, WARN), (-2, FAIL)])
def test_our_own(tmp_path: Path, days: int, status: str) -> None:
    now = datetime.now(UTC)
    leaf = trustme.CA().issue_cert(
        "me@lab", not_before=now - timedelta(days=100), not_after=now + timedelta(days=days)
    )
    path = tmp_path / "me.pem"
    leaf.private_key_and_cert_chain_pem.write_to_path(str(path))
    path.chmod(0o644)
    index = LAB.replace(client_cert=str(path))
    found = list(ours(index, now.timestamp()))
    assert (found[0].code, found[0].status) == ("index-client-certificate", status)
    if os.name == "posix":
        assert (found[1].code, found[1].status) == ("index-client-key", WARN)
        path.chmod(0o600)
        assert len(list(ours(index, now.timestamp()))) == 1
    path.chmod(0o644)
    assert len(list(ours(index.replace(client_key_password="x"), now.timestamp()))) == 1


def test_none_of_our_own_or_one_that_cannot_be_read(tmp_path: Path) -> None:
    """What cannot be used is told where it is used."""
    (tmp_path / "no.pem").write_text("no PEM")
    for path in (None, str(tmp_path / "no.pem"), str(tmp_path / "nowhere.pem")):
        assert list(ours(LAB.replace(client_cert=path), NOW)) == []
