from __future__ import annotations

import pytest

from driverenv._xml import Element, NotXml, elements, root


def test_elements_in_order() -> None:
    found = elements(
        b'<c:Configuration xmlns:c="urn:x"><appSettings><add Key="a" VALUE="1"/></appSettings></c:Configuration>'
    )
    assert found[1:] == [Element("appsettings", {}), Element("add", {"key": "a", "value": "1"})]
    assert found[0].name == "configuration"


def test_the_root_of_a_document_that_is_cut_off() -> None:
    assert root(b"<a b='1'><c") == Element("a", {"b": "1"})
    with pytest.raises(NotXml, match="no XML"):
        elements(b"<a b='1'><c")


def test_an_encoding_that_the_declaration_gets_wrong() -> None:
    text = '<?xml version="1.0" encoding="utf-16"?><a b="ü"/>'
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert root(text.encode(encoding)).attributes == {"b": "ü"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no element"),
        (b"<!-- nothing -->", "no element|no XML"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type"),
        (b"<!DOCTYPE a><a/>", "document type"),
        (b"<a>" * 201 + b"</a>" * 201, "more than 200 deep"),
        (b"\x00\x01\x02", "no XML"),
    ],
)
def test_what_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(NotXml, match=told):
        elements(data)


def test_blanks_in_front_take_no_longer_than_they_are_long() -> None:
    with pytest.raises(NotXml):
        root(b"<?xml " + b" " * 1_000_000)
    assert root(b" " * 1_000_000 + b"<?xml version='1.0' encoding='utf-16'?> <a/>") == Element("a", {})
