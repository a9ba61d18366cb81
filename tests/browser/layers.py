"""The Layer View's rows and pixels."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.browser.tab import Tab

# Colours on screen, of an element's canvas, as a URL of data: numbers would take seconds.
_PIXELS = """
selector => new Promise((done) => {
  const canvas = document.querySelector(selector);
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const reader = new FileReader();
  reader.onload = () => done([height, width, reader.result]);
  reader.readAsDataURL(new Blob([data]));
})
"""


def pixels(tab: Tab, selector: str) -> NDArray[np.uint8]:
    """uint8[height, width, 4]"""
    tab.quiet()
    height, width, url = tab.evaluate(_PIXELS, selector)
    data = base64.b64decode(url.partition(",")[2])
    return np.frombuffer(data, np.uint8).reshape(height, width, 4)


def brightness(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Viridis goes from dark to bright."""
    weights = np.array([0.299, 0.587, 0.114])
    bright: NDArray[np.float64] = picture[..., :3] @ weights
    return bright


def tree(tab: Tab) -> Any:
    return tab.region("Layer view").get_by_role("tree")


def row(tab: Tab, name: str) -> Any:
    """The row of a node by the beginning of its text."""
    found = tree(tab).get_by_role("treeitem").filter(has_text=re.compile(rf"^\s*{name}\b"))
    return found.first


def nodes(module: Any) -> Iterator[Any]:
    yield module
    for child in module.get("children", ()):
        yield from nodes(child)
