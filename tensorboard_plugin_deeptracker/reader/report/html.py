"""A report as one HTML file: pictures inside, no script, nothing from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from ...pictures.lines import clean
from .sections import tell
from .words import Sign, Table

_STYLE = """
:root { color-scheme: light dark; --ink: #222; --quiet: #666; --line: #ddd; --paper: #fff;
  --wrong: #a63603; --grid: #e5e5e5 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e4e4; --quiet: #a3a3a3; --line: #3a3a3a; --paper: #1c1c1c; --wrong: #f28e4b;
    --grid: #333 }
  svg path[stroke="#a63603"] { stroke: var(--wrong) } svg path[stroke="#2166ac"] { stroke: #6aaee6 }
  svg path[stroke="#444"] { stroke: #aaa }
  svg path[stroke="#762a83"] { stroke: #c08bd0 } svg path[stroke="#4d4d4d"] { stroke: #bbb } }
body { margin: 2rem auto; padding: 0 1rem; max-width: 60rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .4rem }
p, ul, ol { margin: .4rem 0 } ul, ol { padding-left: 1.4rem } .quiet { color: var(--quiet) }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px }
th { text-align: left; font-weight: 500; color: var(--quiet) }
th, td { padding: .15rem 1rem .15rem 0; border-bottom: 1px solid var(--line);
  max-width: 22rem; overflow-wrap: break-word; vertical-align: middle }
th { white-space: nowrap }
h1, p, li { overflow-wrap: anywhere }
.number { text-align: right; white-space: nowrap }
figure { margin: .6rem 0; overflow-x: auto } figure svg { min-width: 34rem }
svg { max-width: 100%; height: auto; vertical-align: middle }
.images { display: flex; flex-wrap: wrap; gap: .2rem .8rem } .images figure { margin: 0 }
.images img { display: block; width: 64px; height: 64px; object-fit: contain;
  image-rendering: pixelated }
figcaption { width: 64px; overflow-wrap: anywhere; font-size: 12px; color: var(--quiet) }
td svg { max-width: none } td img { display: block; width: 48px; height: 48px; object-fit: contain;
  image-rendering: pixelated }
figure svg > rect { fill: none } svg text { fill: var(--ink) }
svg path[stroke="#e5e5e5"] { stroke: var(--grid) }
.sign { margin: .6rem 0; padding-left: .7rem; border-left: 3px solid var(--line) }
.alarm { border-color: var(--wrong) }
a { color: inherit }
@media print { figure svg { min-width: 0 } .wide, figure { overflow: visible }
  body { margin: 0; max-width: none; font-size: 11pt } h2 { break-after: avoid }
  figure, tr, .sign { break-inside: avoid } }
"""


def html(answer: Mapping[str, Any], images: Mapping[str, bytes]) -> str:
    """The whole page.

    Args:
        answer: See `gather`.
        images: PNGs by the identifiers of images.
    """
    form = _Html()
    tell(answer, images, form)
    name = clean(answer["name"])
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:;'
        " style-src 'unsafe-inline'\">"
        f"<title>{name}: what happened in the training</title><style>{_STYLE}</style></head>\n"
        f'<body><main><h1>{name}</h1><p class="quiet">Image set {clean(answer["image_set"])}</p>\n'
        f"{''.join(form.parts)}"
        '<p class="quiet">Made by DeepTracker for TensorBoard.</p>'
        "</main></body></html>\n"
    )


class _Html:
    """Writes the parts; all texts are escaped."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def heading(self, text: str) -> None:
        self.parts.append(f"<h2>{clean(text)}</h2>\n")

    def paragraph(self, text: str) -> None:
        self.parts.append(f"<p>{clean(text)}</p>\n")

    def caption(self, text: str) -> None:
        self.paragraph(text)

    def list(self, entries: Sequence[str], *, numbered: bool = False) -> None:
        tag, items = (
            "ol" if numbered else "ul",
            "".join(f"<li>{clean(own)}</li>" for own in entries),
        )
        self.parts.append(f"<{tag}>{items}</{tag}>\n")

    def table(self, table: Table, pictures: Sequence[tuple[str, str | bytes | None]] = ()) -> None:
        right = [
            bool(table.rows) and all(_is_number(row[i]) for row in table.rows)
            for i in range(len(table.names))
        ]
        names = "".join(
            f"<th{_class(own)}>{clean(name)}</th>"
            for name, own in zip(table.names, right, strict=True)
        )
        rows = []
        for i, row in enumerate(table.rows):
            cells = "".join(
                f"<td{_class(own)}>{clean(_text(cell))}</td>"
                for cell, own in zip(row, right, strict=True)
            )
            last = f"<td>{_picture(pictures[i][1])}</td>" if pictures else ""
            rows.append(f"<tr>{cells}{last}</tr>")
        beside = '<th aria-label="picture"></th>' if pictures else ""
        self.parts.append(
            f'<div class="wide" tabindex="0" role="group" aria-label="table"><table><thead><tr>'
            f"{names}{beside}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>\n"
        )

    def figure(self, name: str, svg: str) -> None:
        del name
        self.parts.append(f"<figure>{svg}</figure>\n")

    def images(self, of: str, entries: Sequence[tuple[str, str, bytes]]) -> None:
        shown = "".join(
            f"<figure>{_picture(png)}<figcaption>{clean(says)}</figcaption></figure>"
            for _, says, png in entries
        )
        self.parts.append(f'<p class="quiet">{clean(of)}</p><div class="images">{shown}</div>\n')

    def sign(self, own: Sign) -> None:
        advice, alarm = own.advice, " alarm" if own.alarm else ""
        entries = "".join(
            f'<li>{clean(says)} <span class="quiet">{clean(when)}</span></li>'
            for when, says in own.entries
        )
        done = ""
        if advice:
            done = (
                f'<p>{clean(advice["says"])} <a href="{clean(advice["url"])}"'
                f' rel="noreferrer">{clean(advice["source"])}</a></p>'
            )
        self.parts.append(
            f'<div class="sign{alarm}"><p><b>{clean(own.title)}</b></p><ul>{entries}</ul>'
            f"{done}</div>\n"
        )


def _is_number(cell: object) -> bool:
    return isinstance(cell, int) or (isinstance(cell, str) and cell[:1].isdigit() | (cell == "-"))


def _text(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _class(right: bool) -> str:
    return ' class="number"' if right else ""


def _picture(own: str | bytes | None) -> str:
    if isinstance(own, bytes):
        data = base64.b64encode(own).decode()
        return f'<img alt="" src="data:image/png;base64,{data}">'
    return own or ""
