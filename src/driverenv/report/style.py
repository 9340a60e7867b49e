"""How the page looks: on a screen, in the dark, on paper."""

from __future__ import annotations

from driverenv.report.markup import Markup

_LIGHT = """
--paper:#f6f7f9;--card:#fff;--ink:#1c2430;--faint:#5b6675;--line:#dfe3e8;--code:#f0f2f5;--link:#0b5cad;
--local:#0f766e;--local-soft:#d5f0ec;--extra:#6d3fc4;--extra-soft:#e9e0fb;--public:#1d5fc2;--public-soft:#dce9fb;
--named:#8a3a6b;--named-soft:#f7dfec;--built:#8a5a00;--built-soft:#fbeaca;
--good:#1b7a3d;--good-soft:#d9f2e0;--warn:#8f5700;--warn-soft:#fdebcb;--bad:#b3261e;--bad-soft:#fbdedb;--edge:#9aa5b3;
"""
_DARK = """
--paper:#12161c;--card:#1a2029;--ink:#e4e8ee;--faint:#9ba7b6;--line:#303945;--code:#242c37;--link:#7db7ff;
--local:#5fd3c4;--local-soft:#143f3a;--extra:#bfa3ff;--extra-soft:#35265c;--public:#8fbcff;--public-soft:#1b3560;
--named:#f0a2cb;--named-soft:#4d2039;--built:#f0bd5c;--built-soft:#4a3710;
--good:#72d494;--good-soft:#16402a;--warn:#f2bd62;--warn-soft:#4a3610;--bad:#ff9a92;--bad-soft:#571f1b;--edge:#5f6b7a;
"""
_PAGE = """
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
main{max-width:1180px;margin:0 auto;padding:32px 24px 48px}
h1{font-size:30px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:20px;margin:36px 0 12px}
h3{font-size:16px;margin:0;display:inline}
h4{font-size:13px;margin:22px 0 8px;color:var(--faint);text-transform:uppercase;letter-spacing:.05em}
p{margin:6px 0}
a{color:var(--link)}
a,b,code,h3,.badge{unicode-bidi:isolate}
.verdict{font-size:19px;margin:2px 0 4px}
.faint,.version{color:var(--faint)}
code,pre,.version,.chain,.demand{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
font-size:12.5px}
code{background:var(--code);border-radius:4px;padding:1px 5px}
pre{margin:0;white-space:pre-wrap}
ul.plain,ol.chain,.problems,.sides{list-style:none;margin:0;padding:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:14px;margin-top:22px}
.tile,.driver,.problems,.wide>table,.failure{background:var(--card);border:1px solid var(--line);border-radius:10px}
.tile{padding:14px 16px}
.tile b{font-size:28px;line-height:1.1;margin-right:8px}
.tile .what{color:var(--faint)}
.tile .more{margin-top:8px;font-size:13px;color:var(--faint)}
.shares{display:block;width:100%;height:8px;border-radius:4px;margin-bottom:5px;background:var(--line)}
.sharing .shares{max-width:320px}
.badge{display:inline-block;border-radius:20px;padding:1px 9px;font-size:12px;line-height:1.5;font-weight:600;
white-space:nowrap;vertical-align:1px;background:var(--code);color:var(--faint)}
.badge+.badge{margin-left:4px}
"""
_TABLES = """
.wide{overflow-x:auto}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:14px}
th{text-align:left;font-weight:600;font-size:12.5px;color:var(--faint);padding:9px 12px;white-space:nowrap}
td{border-top:1px solid var(--line);padding:8px 12px;vertical-align:top;overflow-wrap:break-word}
td code,td .faint{overflow-wrap:anywhere}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.drivers td:nth-child(1){font-weight:600;min-width:150px}
.drivers td:nth-child(6),.troubles td:nth-child(1),.generations td:nth-child(5){white-space:nowrap}
.distributions td:nth-child(1){min-width:150px}
.distributions td:nth-child(3){min-width:260px}
.distributions td:nth-child(5){min-width:90px}
.distributions td:has(details[open]){width:40%;min-width:340px}
.disk td:nth-child(3){width:30%;vertical-align:middle}
.disk td:nth-child(3) .shares{margin:0}
dl{margin:6px 0;font-size:14px}
dl>div{display:grid;grid-template-columns:130px minmax(0,1fr);gap:10px;padding:3px 0}
dt{color:var(--faint)}
dd{margin:0}
td dl>div{grid-template-columns:100px minmax(0,1fr);font-size:13px}
.chain li+li{padding-left:16px;position:relative}
.chain li+li::before{content:"↳";position:absolute;left:2px;color:var(--faint)}
"""
_DRIVERS = """
.driver{margin:12px 0}
.driver>details>summary{padding:12px 16px;display:flex;gap:10px;align-items:center;flex-wrap:wrap}
.driver>details>summary::before{content:"▸";color:var(--faint);width:12px}
.driver>details[open]>summary::before{content:"▾"}
.driver>details>*:not(summary){margin-left:18px;margin-right:18px}
.driver>details>*:last-child{margin-bottom:18px}
.driver .wide>table{border-radius:8px}
summary{cursor:pointer}
.driver>details>summary{list-style:none}
.driver>details>summary::-webkit-details-marker{display:none}
td summary,.launches+details summary{color:var(--link);font-size:13px}
.problems>li{display:flex;gap:12px;padding:11px 16px;align-items:flex-start}
.problems>li+li{border-top:1px solid var(--line)}
.problems .badge{min-width:52px;text-align:center;margin-top:1px}
.problems a{font-weight:600}
.fix{color:var(--faint);font-size:13.5px}
.fix::before{content:"to fix: "}
.failure{padding:12px 16px;margin:8px 0;border-left:4px solid var(--bad)}
.failure>details>*:not(summary){margin-top:10px}
.sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(230px,1fr));gap:12px}
.sides>li{border:1px solid var(--line);border-radius:8px;padding:10px 12px;display:flex;flex-direction:column;
justify-content:space-between}
.demand{margin:10px 0 0;padding:5px 9px;border-radius:6px;background:var(--bad-soft);color:var(--bad);font-weight:700}
.remedy{background:var(--good-soft);border-radius:8px;padding:9px 14px}
.remedy ul{margin:2px 0 0;padding-left:20px}
.launches{display:flex;gap:14px;align-items:center;flex-wrap:wrap}
.strip{display:block;max-width:100%}
.damaged{color:var(--bad)}
footer{margin-top:44px;padding-top:14px;border-top:1px solid var(--line);color:var(--faint);font-size:13.5px}
.legend{display:grid;grid-template-columns:repeat(auto-fit,minmax(330px,1fr));gap:6px 20px;margin-bottom:12px}
"""
_GRAPH = """
.drawing{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px}
.graph{display:block}
@media (min-width:900px){.graph.fits{max-width:100%;height:auto}}
.graph text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;text-anchor:middle;
dominant-baseline:central;fill:var(--ink)}
.graph path{fill:none;stroke:var(--edge);stroke-width:1.3}
.box rect{stroke-width:1.4;fill:var(--card);stroke:var(--edge)}
.box.built rect{stroke-dasharray:5 3;stroke-width:2}
.box.root rect{fill:var(--ink);stroke:var(--ink)}
.box.root text{fill:var(--card);font-weight:700}
"""
_PAPER = """
@media (max-width:640px){main{padding:20px 14px 36px}h1{font-size:25px}dl>div{grid-template-columns:1fr;gap:0}
.driver>details>*:not(summary){margin-left:12px;margin-right:12px}}
@media print{@page{margin:14mm}body{font-size:11px;background:none}main{max-width:none;padding:0}
details::details-content{content-visibility:visible;block-size:auto}
.wide{overflow:visible}table{font-size:10px}td,th{padding:4px 6px}code,pre,.chain,.demand{font-size:9.5px}
.graph{max-width:100%;height:auto}.tile,tr,.failure,.sides>li{break-inside:avoid}h2,h3,h4,summary{break-after:avoid}
.driver{border:0;border-top:1px solid var(--line);border-radius:0}.driver>details>*:not(summary){margin-left:0;margin-right:0}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.distributions td:nth-child(n),.drivers td:nth-child(n){min-width:0}
.distributions :is(td,th):nth-child(5){display:none}dl,.fix,.tile .more,footer,.sharing,.faint{font-size:10px}
h1{font-size:22px}h2{font-size:15px;margin:18px 0 6px}h3{font-size:12.5px}h4{font-size:10px;margin:12px 0 4px}
.verdict{font-size:13px}.badge{font-size:9px}.tile b{font-size:18px}.tile,.problems>li{padding:6px 10px}
.tiles{grid-template-columns:repeat(4,1fr);gap:8px}p{margin:3px 0}dl>div{padding:1px 0;grid-template-columns:100px minmax(0,1fr)}
.driver>details>summary{padding:8px 0}dl{margin:3px 0}.drawing{padding:4px}
.driver>details>summary::before,td summary,.launches+details{display:none}}
"""
_KINDS = ("local", "extra", "public", "named", "built", "good", "warn", "bad")
_HOW = {
    "ready": "good",
    "made": "public",
    "checked": "local",
    "mended": "built",
    "stale": "warn",
    "refreshing": "local",
    "pinned": "extra",
    "instance": "good",
    "failed": "bad",
}


def _coloured() -> str:
    rules = [
        f".badge.{kind}{{color:var(--{kind});background:var(--{kind}-soft)}}.part.{kind}{{fill:var(--{kind})}}"
        f".box.{kind} rect{{stroke:var(--{kind});fill:var(--{kind}-soft)}}"
        for kind in _KINDS
        if kind != "built"
    ]
    rules.append(".badge.built{color:var(--built);background:var(--built-soft)}.part.rest{fill:none}")
    rules += [
        f".how-{how}{{fill:var(--{kind})}}.badge.how-{how}{{color:var(--{kind});background:var(--{kind}-soft)}}"
        for how, kind in _HOW.items()
    ]
    return "\n".join(rules)


def _style() -> str:
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    return "".join((f":root{{{_LIGHT}}}\n{dark}", _PAGE, _TABLES, _DRIVERS, _GRAPH, _coloured(), _PAPER))


STYLE = Markup(f"<style>{_style()}</style>")
"""An element for the page's head. Nothing in it comes from outside."""
