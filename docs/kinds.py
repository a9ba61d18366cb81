"""The table of kinds in docs/signs.md, made from the rules themselves.

python docs/kinds.py [--check]: writes it into the document, or says whether it is current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tensorboard_plugin_deeptracker.features.signs.compute import KINDS, Kind

DOCUMENT = Path(__file__).parent / "signs.md"
_BEGIN = "<!-- The table is made by docs/kinds.py -->\n"
_END = "<!-- End of the table -->"


def table() -> str:
    """The table as Markdown."""
    rows = ["| kind | rule | needs | source | what is done about it |", "|---|---|---|---|---|"]
    return "\n".join([*rows, *map(_row, KINDS)])


def _row(kind: Kind) -> str:
    advice = kind.advice
    done = f"{advice.says} [{advice.source}]({advice.url})" if advice else ""
    return (
        f"| `{kind.name}`<br>{kind.title} | {kind.rule} | {kind.needs} | {kind.source} | {done} |"
    )


def document() -> str:
    """The document, with the table as it is now."""
    before, _, rest = DOCUMENT.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table()}\n\n{_END}{after}"


if __name__ == "__main__":
    if "--check" not in sys.argv:
        DOCUMENT.write_text(document())
    elif DOCUMENT.read_text() != document():
        sys.exit("docs/signs.md is not current: run python docs/kinds.py")
