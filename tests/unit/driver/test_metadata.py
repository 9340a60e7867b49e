from __future__ import annotations

import codecs

import pytest

from driverenv.driver.metadata import SIZE, Metadata, parse
from driverenv.errors import RequirementsInvalid

REAL = """\
<?xml version="1.0" encoding="utf-8"?>
<Driver Description="Switch &amp; router" MainClass="driver.Lab"
        Name="Lab Switch 2G"
        Version="1.0.0"
        PythonVersion='3'>
  <Layout><Category Name="Hidden"/></Layout>
</Driver>
"""


def test_a_real_one() -> None:
    assert parse(REAL.encode(), "x") == Metadata("Lab Switch 2G", "1.0.0", "3")


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + REAL.encode(),
        REAL.replace("utf-8", "utf-16").encode("utf-16"),
        codecs.BOM_UTF16_BE + REAL.replace("utf-8", "utf-16").encode("utf-16-be"),
        b"\r\n  " + REAL.replace("\n", "\r\n").encode(),
        REAL.replace("utf-8", "utf-16").encode(),  # what .NET writes from a string: the declaration is wrong
        REAL.replace("utf-8", "no-such").encode(),
        REAL.partition("\n")[2].encode(),
        REAL.encode() + b"<!-- cut",
    ],
)
def test_encodings_and_what_stands_around(data: bytes) -> None:
    assert parse(data, "x") == Metadata("Lab Switch 2G", "1.0.0", "3")


def test_latin_1_in_the_name() -> None:
    data = '<?xml version="1.0" encoding="iso-8859-1"?><Driver Name="Gerät"/>'.encode("latin-1")
    assert parse(data, "x").name == "Gerät"
    assert parse('<Driver Name="Gerät"/>'.encode("cp1252"), "x").name == "Gerät"


@pytest.mark.parametrize(
    ("stated", "python"),
    [
        ("", ""),
        (' PythonVersion=""', ""),
        (' PythonVersion="2"', "2"),
        (' PythonVersion=" Python 3.9 "', "3.9"),
    ],
)
def test_the_python_it_is_for(stated: str, python: str) -> None:
    assert parse(f"<Driver{stated}/>".encode(), "x").python == python


def test_attributes_with_a_name_space() -> None:
    assert parse(b'<d:Driver xmlns:d="urn:x" d:Name="Lab" Version="2"/>', "x") == Metadata("Lab", "2", "")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no element"),
        (b"\xff\xfe", "cannot be read"),
        (b"Name=Lab", "no XML"),
        (b"<Driver Name=Lab/>", "no XML"),
        (b'<Driver PythonVersion="three"/>', 'PythonVersion="three" is no version'),
        ('<Driver PythonVersion="\u0663.\u0669"/>'.encode(), "is no version"),
        (b'<!DOCTYPE d [<!ENTITY a "b">]><Driver Name="&a;"/>', "document type"),
        (b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><Driver/>', "document type"),
        (b"<Driver" + b" " * SIZE + b"/>", "larger than"),
    ],
)
def test_what_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(RequirementsInvalid, match=told) as raised:
        parse(data, "Lab.zip/drivermetadata.xml")
    assert raised.value.code == "DRIVER_INVALID"
    assert str(raised.value).startswith("DRIVER_INVALID: Lab.zip/drivermetadata.xml cannot be read")
