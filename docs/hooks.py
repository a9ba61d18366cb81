"""What mkdocs calls while it builds the site: three pages are those of the repository's root."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PAGES = {
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changes.md": "CHANGELOG.md",
}
_ADDRESSES: dict[str, str | None] = {root: site for site, root in PAGES.items()}
_ADDRESSES |= {"LICENSE": None, "demo/notebook.ipynb": None}


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Puts the root's page in the place of its stub, with links as they are from here."""
    source = PAGES.get(page.file.src_path)
    return markdown if source is None else re.sub(r"\[([^]]+)\]\(([^)]+)\)", _link, _read(source))


def _read(name: str) -> str:
    return (ROOT / name).read_text()


def _link(link: re.Match[str]) -> str:
    text, address = link.groups()
    address = _ADDRESSES.get(address, address)
    # What is not on the site is not linked to.
    return text if address is None else f"[{text}]({address.removeprefix('docs/')})"
