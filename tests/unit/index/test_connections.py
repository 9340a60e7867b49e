from __future__ import annotations

from driverenv.index.connections import CONNECTIONS
from driverenv.index.kinds import KINDS


def test_each_names_its_kind() -> None:
    """`trouble` finds the text of a case by the kind and the case."""
    assert CONNECTIONS.items() <= KINDS.items()
    for name, kind in CONNECTIONS.items():
        if kind.code in ("tls", "proxy-auth", "down"):
            assert name.startswith(f"{kind.code}-")


def test_no_remedy_is_to_switch_the_rule_off() -> None:
    remedies = " ".join(remedy for kind in CONNECTIONS.values() for remedy in (*kind.local, *kind.public))
    assert "verify" not in remedies
    assert "trusted-host" not in remedies
