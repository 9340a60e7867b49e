from __future__ import annotations

from driverenv.report.markup import Markup, joined, tag, void


def test_what_is_no_markup_is_escaped() -> None:
    assert tag("p", 'a <b> & "c"', None, [tag("i", "d")]) == "<p>a &lt;b&gt; &amp; &quot;c&quot;<i>d</i></p>"
    assert joined(Markup("<hr/>"), "<") == "<hr/>&lt;"


def test_attributes() -> None:
    assert tag("a", class_="x", href='#"', title=None) == '<a class="x" href="#&quot;"></a>'
    assert void("meta", http_equiv="x") == '<meta http-equiv="x"/>'
    assert void("rect", x=1.0, y=2.25, name="n") == '<rect x="1" y="2.2" name="n"/>'


def test_what_is_joined_to_markup_is_escaped_once() -> None:
    assert tag("p", tag("b", "<")) == "<p><b>&lt;</b></p>"
    assert tag("p", str(tag("b")) + "<") == "<p>&lt;b&gt;&lt;/b&gt;&lt;</p>"  # a sum is no markup
