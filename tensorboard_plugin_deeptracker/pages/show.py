"""A view in a notebook: live while the notebook's kernel runs, and a picture when it does not."""

from __future__ import annotations

import base64
import secrets
from html import escape

from .server import READY

# A program that runs no scripts, or none of an output it does not trust, shows the picture. One
# that does shows the view as soon as the page in the frame says that it is there: never, if the
# kernel has ended.
_OUTPUT = """\
<div id="{id}" style="position:relative;overflow:hidden;width:{width};max-width:100%">
<figure style="margin:0"><img alt="{title}" style="max-width:100%;height:auto" \
src="data:image/svg+xml;base64,{picture}"><figcaption style="font:12px system-ui,sans-serif;\
opacity:.75">{caption}</figcaption></figure>
<iframe title="{title}" src="{url}" style="position:absolute;inset:0;width:100%;\
height:{height}px;border:0;visibility:hidden"></iframe>
</div>
<script>
(() => {{
  const box = document.getElementById('{id}');
  const frame = box && box.querySelector('iframe');
  addEventListener('message', ({{ source, data }}) => {{
    if (!frame || source !== frame.contentWindow || data !== '{ready}') return;
    box.querySelector('figure').remove();
    box.style.height = '{height}px';
    frame.style.visibility = 'visible';
  }});
}})();
</script>
"""
_CAPTION = (
    "A picture, made when this was run. The view itself is here while the notebook's kernel runs:"
    " run the cell again."
)


class Shown:
    """A view of a run; a notebook shows it when it is the last thing in a cell.

    Args:
        title: What it is.
        url: Where it is, as long as this process runs. Whoever knows the address may look.
        picture: What it shows now, as SVG.
        height: Of the view, in pixels.
        width: In CSS.

    Attributes:
        url: As above.
        picture: As above.
    """

    def __init__(self, title: str, url: str, picture: str, height: int, width: str) -> None:
        self.url = url
        self.picture = picture
        self._title = title
        self._height = height
        self._width = width

    def _repr_html_(self) -> str:
        return _OUTPUT.format(
            id=f"deeptracker-{secrets.token_hex(6)}",
            width=escape(self._width),
            height=int(self._height),
            title=escape(self._title),
            picture=base64.b64encode(self.picture.encode()).decode(),
            caption=_CAPTION,
            url=escape(self.url),
            ready=READY,
        )

    def _repr_svg_(self) -> str:
        return self.picture

    def __repr__(self) -> str:
        return f"<{self._title}, at {self.url}>"
