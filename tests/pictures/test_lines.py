from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.pictures.lines import Curve, lines

SVG = "{http://www.w3.org/2000/svg}"


def curves(svg: str) -> list[list[list[tuple[float, float]]]]:
    """The points of each curve, by its pieces."""
    found = []
    for path in ElementTree.fromstring(svg).iter(f"{SVG}path"):
        if path.get("fill") == "none":
            pieces = path.attrib["d"].removesuffix("h.01").split("M")[1:]
            found.append(
                [
                    [(float(x), float(y)) for x, y in re.findall(r"([\d.-]+) ([\d.-]+)", piece)]
                    for piece in pieces
                ]
            )
    return found


def test_values_are_where_the_axes_say() -> None:
    values = [0.8, np.nan, 0.4, 0.0]
    svg = lines(
        "error", [Curve("validation", [0, 100, 200, 400], values)], "%", marks=[(200, "200")]
    )
    ((first, second),) = curves(svg)
    texts = {each.text: each for each in ElementTree.fromstring(svg).iter(f"{SVG}text")}
    at = {text: (float(own.attrib["x"]), float(own.attrib["y"]) - 4) for text, own in texts.items()}
    assert first == [(at["0"][0], at["80 %"][1])]
    expected = [(at["200"][0], at["40 %"][1]), (at["400"][0], at["0 %"][1])]
    assert np.array(second) == pytest.approx(np.array(expected))
    assert "validation" in texts


@given(st.text(), st.lists(st.floats(width=32), max_size=20))
def test_whatever_is_logged_is_a_picture(name: str, values: list[float]) -> None:
    svg = lines(name, [Curve(name, np.arange(len(values)), values)])
    own = ElementTree.fromstring(svg)
    assert own.get("aria-label") == "".join(c if c.isprintable() else "\ufffd" for c in name)
    drawn = [value for each in own.iter() for key, value in each.items() if key in "xyd"]
    assert not re.search("nan|inf|e[+]", " ".join(drawn))
