"""The same thing over and over: no reader takes longer than an input is long. What grows with the square ends at the clock."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.fuzz.targets import TARGETS

SIZE = 300_000
"""Bytes. In such a one, work that grows with the square takes minutes, or more memory than there is."""

PIECES: dict[str, Sequence[tuple[bytes, bytes, bytes]]] = {
    "core_metadata": (
        (b"Metadata-Version: 2.1\nName: x\nVersion: 1\n", b"Requires-Dist: a\n", b""),
        (b"Name: x\n", b" c\n", b""),
        (b"Name: ", b" ", b"x"),
        (b"Requires-Dist: a", b" ", b"x\n"),
        (b"Requires-Dist: a (", b">1,", b")\n"),
        (b"Requires-Dist: a; ", b"os_name=='a' or ", b"os_name=='b'\n"),
        (b"Requires-Dist: a;", b"(", b"\n"),
        (b"Requires-Dist: a==", b"1.", b"1\n"),
        (b"", b":", b""),
        (b"", b"\r", b""),
    ),
    "page": (
        (b"", b"<a href='six-1.zip#sha256=00'>", b""),
        (b"", b"<", b""),
        (b"<a ", b"x=y ", b">"),
        (b"<a ", b" ", b"x"),
        (b"", b"<!--", b""),
        (b"", b"<![CDATA[", b""),
        (b"<!DOCTYPE ", b"[", b""),
        (b"<script>", b"</scrip", b""),
        (b"<a href='", b"/..", b"/six-1.zip'>x</a></html>"),
        (b"<a href='six-", b"1-", b".zip'>x</a></html>"),
        (b"<a href='six-1.zip' data-requires-python='", b">=1,", b"'></a></html>"),
        (b"", b"[", b""),
        (
            b'{"meta":{"api-version":"1.0"},"name":"six","files":[',
            b'{"filename":"six-1.zip","url":"x","hashes":{}},',
            b"]}",
        ),
    ),
    "root_page": ((b"", b"<a href='x/'>x</a>", b""), (b'{"projects":[', b'{"name":"a"},', b'{"name":"a"}]}')),
    "driver_metadata": (
        (b"<a ", b"x='y' ", b"/>"),
        (b"", b"<a>", b""),
        (b"<?xml ", b" ", b""),
        (b"", b" ", b"<a/>"),
        (b"<a x='", b"&amp;", b"'/>"),
        (b"<a PythonVersion='", b"1.", b"'/>"),
        (b"", b"<?xml", b""),
    ),
    "customer_config": (
        (b"<a>", b"<add key='RequirementsRepository' value='http://x'/>", b"</a>"),
        (b"<a><add key='RequirementsTrustedHost' value='", b"a,", b"'/></a>"),
        (b"<a><add key='RequirementsRepository' value='http://", b"a:", b"'/></a>"),
        (b"[global]\n", b"a=b\n c\n", b""),
        (b"[global]\n", b"x\n", b""),
        (b"[global]\ntrusted-host=", b"a@", b""),
        (b"[global]\nindex-url=", b"http://a:b@", b""),
        (b"[global]\nproxy=http://", b"[", b""),
    ),
    "script": (
        (b"# /// script\n# dependencies=[", b"'a',", b"]\n# ///\n"),
        (b"# /// script\n# ", b"a.", b"a=1\n# ///\n"),
        (b"# /// script\n# a=", b"[", b"\n# ///\n"),
        (b"", b"# /// script\n", b""),
        (b"", b"# /// x\n", b""),
    ),
    "project": (
        (b"[project]\ndependencies=[", b"'a',", b"]\n"),
        (b'lock-version="1.0"\ncreated-by="x"\n', b'[[packages]]\nname="six"\nversion="1"\n', b""),
        (b"[project]\n", b"a.", b"a=1\n"),
        (b"x='", b"'a'", b""),
        (b'x="', b"\\", b""),
        (b"", b"[a.b]\n", b""),
    ),
}
"""What stands in front, what is repeated, what stands behind; requirements files have tests of their own."""


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PIECES))
def test_takes_no_longer_than_it_is_long(name: str) -> None:
    for front, piece, behind in PIECES[name]:
        TARGETS[name](front + piece * (SIZE // len(piece)) + behind)
