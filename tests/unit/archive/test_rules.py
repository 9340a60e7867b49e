from __future__ import annotations

import pytest

from driverenv.archive import rules
from driverenv.archive.rules import RULES, Label, check_size
from driverenv.errors import ArchiveRejected


def test_verdict_has_rule_member_and_file() -> None:
    with pytest.raises(ArchiveRejected) as caught:
        Label("a.whl").refuse("record", "it \x1b]0;lies\a", "a/\x1b.py")
    error = caught.value
    assert error.code == "ARCHIVE_REJECTED"
    assert error.data == {"rule": "record", "member": "a/\x1b.py", "file": "a.whl"}
    assert "\x1b" not in str(error)
    assert "\x1b" not in error.summary
    assert RULES["record"].says in str(error)


@pytest.mark.parametrize(
    ("packed", "unpacked", "files"),
    [(1, 0, rules.MAX_FILES + 1), (rules.MAX_BYTES, rules.MAX_BYTES + 1, 1), (1 << 20, 101 << 20, 1)],
)
def test_bombs_are_refused(packed: int, unpacked: int, files: int) -> None:
    with pytest.raises(ArchiveRejected):
        check_size(Label("a.whl"), packed=packed, unpacked=unpacked, files=files)


def test_small_files_may_shrink_a_lot() -> None:
    check_size(Label("a.whl"), packed=10, unpacked=rules.RATIO_FREE_BYTES, files=1)
