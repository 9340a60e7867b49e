from __future__ import annotations

import pytest

from driverenv.environment.naming import MAX_BYTES, MAX_CHARACTERS, readable_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Switch Driver", "Switch Driver"),
        ("Cisco IOS Router Shell 2G 1.0.0", "Cisco IOS Router Shell 2G 1.0.0"),
        ('a<b>c:d"e/f\\g|h?i*j', "a_b_c_d_e_f_g_h_i_j"),
        ("tab\tnew\nline\x00", "tab_new_line_"),
        ("right\u202eleft", "right_left"),
        (" blanks around ", "blanks around"),
        ("dots. . .", "dots"),
        ("..", "driver"),
        (".hidden", "_hidden"),
        ("", "driver"),
        ("   ", "driver"),
        ("CON", "CON_"),
        ("nul.txt", "nul.txt_"),
        ("Com1", "Com1_"),
        ("console", "console"),
        ("complete", "complete_"),
        ("Manifest", "Manifest_"),
        ("receipt.json", "receipt.json_"),
        ("Té le\u0301", "Té lé"),
        ("lone \udc80", "lone ?".replace("?", "_")),
    ],
)
def test_readable_names(text: str, expected: str) -> None:
    assert readable_name(text) == expected


@pytest.mark.parametrize("text", ["x" * 300, "é" * 300, "漢" * 300, "x" * 63 + ". tail"])
def test_long_names_are_cut(text: str) -> None:
    name = readable_name(text)
    assert 0 < len(name) <= MAX_CHARACTERS
    assert len(name.encode()) <= MAX_BYTES
    assert name == readable_name(name)
