"""The stylesheet of all pages. Colours only repeat what shapes, signs and words say."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --page: #fff; --text: #1b1b1f; --dim: #55555e; --line: #8a8a94; --soft: #f1f1f4; --link: #0b57a4;
  --kept: #4a5d79; --new: #0f7b4c; --bad: #b3261e; --soak: #b5c4dd;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16171a; --text: #e6e6ea; --dim: #b0b0ba; --line: #767681; --soft: #24262b; --link: #8ab8f0;
    --kept: #93a9cc; --new: #4fc48d; --bad: #ff8a80; --soak: #3d4f6e;
  }
}
* { box-sizing: border-box; }
html { background: var(--page); color: var(--text); }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1, h2, h3, h4 { line-height: 1.25; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; margin: 0 0 .75rem; }
h2 { font-size: 1.3rem; border-bottom: 1px solid var(--line); margin: 2.5rem 0 1rem; padding-bottom: .2rem; }
h3 { font-size: 1.08rem; margin: 1.75rem 0 .5rem; }
h4 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
p, li, dd, dt, caption, th, td { overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.lead { font-size: 1.1rem; margin: .25rem 0; }
header .lead:first-of-type { font-size: 1.25rem; }
header { border-left: .35rem solid var(--line); padding-left: 1rem; margin-bottom: 1.5rem; }
dl.facts { display: grid; grid-template-columns: fit-content(14rem) minmax(0, 1fr); gap: .15rem 1rem; }
dl.facts { margin: 1rem 0 0; }
dl.facts div { display: contents; }
dl.facts dt { color: var(--dim); }
dl.facts dd { margin: 0; }
nav ol { columns: 16rem; column-gap: 2.5rem; margin: 0; padding-left: 1.5rem; }
nav li { padding: .1rem 0; break-inside: avoid; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
.wide > table { margin: 0; }
.wide th, .wide td { overflow-wrap: break-word; }
.wide th[scope=row] { min-width: 10rem; max-width: 24rem; }
.wide td { min-width: 5.25rem; max-width: 24rem; }
caption { text-align: left; color: var(--dim); padding: 0 0 .3rem; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .8rem .35rem 0; text-align: left; vertical-align: top; }
thead th { color: var(--dim); font-weight: 600; }
tbody th { font-weight: 500; }
code, pre { font-family: ui-monospace, monospace; font-size: .88em; overflow-wrap: anywhere; }
.wide code { overflow-wrap: break-word; }
pre { background: var(--soft); border-radius: 4px; padding: .6rem .8rem; white-space: pre-wrap; }
ul.ticks { list-style: none; padding-left: .5rem; }
.undecided { border: 2px dashed currentColor; padding: 0 .3rem; }
svg { display: block; }
svg text { font: 12px system-ui, sans-serif; fill: var(--text); }
svg .name { font-weight: 600; }
.track { fill: var(--soft); stroke: var(--line); stroke-width: 1px; }
.kept, .ran { fill: var(--kept); }
.gained { fill: var(--new); }
.lost { fill: none; stroke: var(--bad); stroke-width: 2px; stroke-dasharray: 3 2; }
.soak { fill: var(--soak); stroke: var(--kept); stroke-width: 1px; }
.planned { fill: none; stroke: var(--dim); stroke-width: 1.5px; stroke-dasharray: 4 3; }
.now { stroke: var(--bad); stroke-width: 2px; }
ul.bars { list-style: none; padding: 0; }
ul.bars li { margin: .6rem 0; }
.strip { margin: .15rem 0; overflow: visible; }
.bars .label { font-weight: 500; }
.axis { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; color: var(--dim); margin: 0; }
.key { display: inline-block; margin-right: .75rem; }
.swatch { display: inline-block; vertical-align: baseline; }
ol.timeline { list-style: none; padding: 0; margin: .5rem 0; }
ol.timeline > li { border-left: 3px solid var(--line); padding-left: .75rem; margin: 1rem 0; break-inside: avoid; }
.timeline p { margin: .1rem 0; }
.timeline ul { margin: .2rem 0; padding-left: 1.2rem; }
.state { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; font-size: .88em; white-space: nowrap; }
.graph .box { fill: var(--page); stroke: var(--line); stroke-width: 1px; }
.graph .up .box, .graph .down .box { stroke: var(--text); stroke-width: 2.5px; }
.graph .stopped .box { stroke: var(--bad); stroke-width: 2.5px; stroke-dasharray: 6 4; }
.graph .arrow { fill: none; stroke: var(--dim); stroke-width: 1.5px; }
.graph .soft { stroke-dasharray: 5 4; }
.graph .tip { fill: var(--dim); }
@media (max-width: 40rem) {
  dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dl.facts dd { margin: 0 0 .4rem; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --text: #000; --dim: #444; --line: #888; --soft: #eee; --link: #000;
    --kept: #555; --new: #0f7b4c; --bad: #b3261e; --soak: #ccc;
  }
  * { print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .skip { display: none; }
  h2, h3, h4 { break-after: avoid; }
  tr, li, .graph { break-inside: avoid; }
  thead { display: table-header-group; }
  .wide { overflow: visible; }
  .graph { max-width: 100%; height: auto; }
}
""".strip()
