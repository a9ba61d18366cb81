"""A report as Markdown, with its pictures in files beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .sections import tell
from .words import Sign, Table

# What means something in Markdown, or would be HTML.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$])")


def markdown(
    answer: Mapping[str, Any], images: Mapping[str, bytes], folder: str | None
) -> tuple[str, dict[str, bytes]]:
    """The text, and the pictures by the names of their files.

    Args:
        answer: See `gather`.
        images: PNGs by the identifiers of images.
        folder: In which the pictures are, as seen from the text; None: there are none.
    """
    form = _Markdown(folder)
    tell(answer, images, form)
    head = f"# {escaped(answer['name'])}\n\nImage set {escaped(answer['image_set'])}\n"
    return head + "".join(form.parts), form.files


def escaped(text: str) -> str:
    """Text that is nothing but text in Markdown."""
    plain = "".join(each if each.isprintable() else "\ufffd" for each in text)
    return _SPECIAL.sub(r"\\\1", plain)


class _Markdown:
    """Writes the parts, and collects the pictures."""

    def __init__(self, folder: str | None) -> None:
        self.parts: list[str] = []
        self.files: dict[str, bytes] = {}
        self._folder = folder

    def heading(self, text: str) -> None:
        self.parts.append(f"\n## {escaped(text)}\n")

    def paragraph(self, text: str) -> None:
        self.parts.append(f"\n{escaped(text)}\n")

    def caption(self, text: str) -> None:
        if self._folder:
            self.paragraph(text)

    def list(self, entries: Sequence[str], *, numbered: bool = False) -> None:
        marks = [f"{i}." if numbered else "-" for i in range(1, len(entries) + 1)]
        items = [f"{mark} {escaped(own)}\n" for mark, own in zip(marks, entries, strict=True)]
        self.parts.append("\n" + "".join(items))

    def table(self, table: Table, pictures: Sequence[tuple[str, str | bytes | None]] = ()) -> None:
        shown = [self._picture(*each) for each in pictures] if self._folder else []
        names = [*table.names, *([""] if shown else [])]
        lines = ["| " + " | ".join(map(escaped, names)) + " |", "|" + "---|" * len(names)]
        for i, row in enumerate(table.rows):
            cells = [escaped(f"{each:,}" if isinstance(each, int) else str(each)) for each in row]
            lines.append("| " + " | ".join([*cells, *shown[i : i + 1]]) + " |")
        self.parts.append("\n" + "\n".join(lines) + "\n")

    def figure(self, name: str, svg: str) -> None:
        if self._folder:
            self.parts.append(f"\n{self._picture(name, svg)}\n")

    def images(self, of: str, entries: Sequence[tuple[str, str, bytes]]) -> None:
        if self._folder:
            shown = [f"{self._picture(name, png)} {escaped(says)}" for name, says, png in entries]
            self.parts.append(f"\n{escaped(of)}\n\n" + "\n".join(shown) + "\n")

    def sign(self, own: Sign) -> None:
        self.parts.append(f"\n**{escaped(own.title)}**\n\n")
        self.parts += [f"- {escaped(says)} ({escaped(when)})\n" for when, says in own.entries]
        if own.advice:
            source = f"[{escaped(own.advice['source'])}](<{own.advice['url']}>)"
            self.parts.append(f"\n{escaped(own.advice['says'])} {source}\n")

    def _picture(self, name: str, own: str | bytes | None) -> str:
        if own is None:
            return ""
        file = f"{name}.svg" if isinstance(own, str) else f"{name}.png"
        self.files[file] = own.encode() if isinstance(own, str) else own
        return f"![{name}]({quote(f'{self._folder}/{file}')})"
