"""What the author probably meant."""

from __future__ import annotations

import pytest
from packaging.requirements import InvalidRequirement

from driverenv.requirements.diagnosis import checked, diagnose


@pytest.mark.parametrize(
    ("text", "offset", "meaning"),
    [
        ("cloudshell-power-lib>=1.0.0<=2.0.0", 27, "cloudshell-power-lib>=1.0.0,<=2.0.0"),
        ("a>=1.0 <2.0", 7, "a>=1.0,<2.0"),
        ("a>=7.0,7.1", 6, "a>=7.0,<7.1"),
        ("boto3==1.3.1,1.2.2", 12, ""),
        ('"six>=1"', 0, "six>=1"),
        ("'six>=1'", 0, "six>=1"),
        ("pycrypto=2.6.1", 8, "pycrypto==2.6.1"),
        ("msrest==<0.5.0,>=0.4.0", 6, "msrest<0.5.0,>=0.4.0"),
        ("a====1.0", 1, "a==1.0"),
        ("a=== =1.0", 1, "a==1.0"),
        ("a===<1.0", 1, "a<1.0"),
        ("a=>1.0", 1, "a>=1.0"),
        ("a=<1.0", 1, "a<=1.0"),
        ("a==1.0#why", 6, "a==1.0  #why"),
        ("a\u00a0>=1", 1, "a >=1"),
        ("a 1.0", 1, "a==1.0"),
        ("a:1.0", 1, "a==1.0"),
        ("a>=1.*", 2, "a>=1"),
        ("a~=1", 1, "a~=1.0"),
        ("a=='1.0'", 3, "a==1.0"),
        ("a>=1,,<2", 4, "a>=1,<2"),
        ("pip install a==1", 0, "a==1"),
        ("a==1 \\", 5, "a==1"),
        ("<<<<<<< HEAD", 0, ""),
        ("a=1.0 ; python_version < '3'", 1, "a==1.0 ; python_version < '3'"),
        ("a==1 ; python_version < 3", 23, 'a==1 ; python_version < "3"'),
        ("a==1 ; python_version < 3 and os_name == nt", 24, ""),
        ("a ; os_name = 'nt'", 12, "a ; os_name == 'nt'"),
        ("a ; os_name == 'nt' or", 22, ""),
        ("a>=", 1, ""),
        ("a >= ,<2", 2, ""),
        ("a[b", 1, ""),
        ("a==1.*.2", 4, ""),
        ("a==1 ; nonsense", 7, ""),
        ("a b c", 2, ""),
        ("==1.0", 0, ""),
    ],
)
def test_known_mistakes(text: str, offset: int, meaning: str) -> None:
    with pytest.raises(InvalidRequirement) as raised:
        checked(text)
    found = diagnose(text, raised.value)
    assert (found.offset, found.meaning) == (offset, meaning)
    assert found.message
    if meaning:
        checked(meaning.partition("  #")[0])
