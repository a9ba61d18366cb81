"""How the tab feels: the standing log in a real Chromium before a real TensorBoard.

scripts/bench frontend [--log DIR] [--rounds 5]

The log is that of a ResNet-50 on ImageNet: 1,000 classes, 50,000 images, 750 validations. Chromium
runs without a window and without a GPU. The time of a frame is that from
one `requestAnimationFrame` to the next, at least 16.7 ms. Each figure stands beside its budget,
and beside the load of the machine, which it depends on.
"""

from __future__ import annotations

import gzip
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.command import command
from benchmarks.frontend.memory import renderer_bytes
from benchmarks.frontend.opened import Opened, first_paint
from tests.browser.tab import Tab, launch
from tests.tensorboard_process import TensorBoard, tensorboard

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "tensorboard_plugin_deeptracker" / "static" / "index.js"

_STRIPE = "[role=treeitem] canvas"
_CUBE = ".cube canvas"
_LAYER = "[aria-label='Layer view'] [data-row] [data-plot] :is(svg, canvas)"
_FILTERS = "[data-filters] canvas"
# The level of that name, not the view.
_OPEN_LAYERS = "() => bench.button('Layers', '[aria-label=\"Layer view\"]').click()"
_ENTER = """() => document.querySelector('[role=tree]').dispatchEvent(
  new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))"""
_FRAMES = 120
_NETWORKS = ("resnet152", "densenet201")


def main() -> None:
    """Measures and prints."""
    parser = command("scripts/bench frontend", __doc__)
    parser.add_argument("--log", type=Path, help="a standing log (default: writes one)")
    parser.add_argument("--rounds", type=int, default=5, help="of each (default: 5)")
    arguments = parser.parse_args()

    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        log = arguments.log or directory / "log"
        if arguments.log is None:
            run("benchmarks.imagenet_log", log)
        board = stack.enter_context(_started(directory / "out", log))
        board.until(lambda: bool(board.json("runs")["runs"]))
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        bench = Bench(browser, board, arguments.rounds)
        size = len(gzip.compress(BUNDLE.read_bytes())) / 1000
        line("bundle, gzipped", f"{size:.1f} kB", "200 kB")
        bench.validation_view()
        bench.layer_view()
        bench.correlation_view()
        bench.cube()
        models = directory / "models"
        run("tests.browser.models", models, *_NETWORKS)
        board = stack.enter_context(_started(directory / "out2", models))
        board.until(lambda: len(board.json("runs")["runs"]) == len(_NETWORKS))
        Bench(browser, board, arguments.rounds).networks()


def _started(output: Path, logdir: Path) -> AbstractContextManager[TensorBoard]:
    """A TensorBoard that is started as a user's is."""
    return tensorboard(output, f"--logdir={logdir}", python=sys.executable)


def run(module: str, *arguments: object) -> None:
    """Runs a module of this project in a process of its own."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, check=True)


def line(name: str, figure: str, budget: str) -> None:
    """Prints one figure."""
    load = os.getloadavg()[0]
    print(f"{name:38} {figure:42} budget {budget:22} load {load:.1f}", flush=True)


class Bench:
    """Measures the tab on one log, and prints each figure beside its budget.

    Args:
        browser: Where the tab is opened.
        board: What serves it.
        rounds: How often each is measured.
    """

    def __init__(self, browser: Browser, board: TensorBoard, rounds: int) -> None:
        self._browser = browser
        self._board = board
        self._rounds = rounds

    def validation_view(self) -> None:
        """First stripes; zooming, scrolling and panning over all images; the sliders; memory."""
        opened = [self._opened("2", _STRIPE) for _ in range(self._rounds)]
        line("first stripes, server cold", f"{opened[0]:.0f} ms", "1500 ms")
        line("first stripes, after that", _milliseconds(opened[1:]), "1500 ms")
        with self._tab("1!x*1!o**0*1*2*3!z*300000*900000", '[data-row^="images-"] canvas') as tab:
            plot = '[data-row^="images-"] .plot'
            for gesture in ("zooming", "scrolling", "panning"):
                self._gesture(tab, gesture, plot, "images")
            line("memory of the page", f"{renderer_bytes() / 1e6:.0f} MB", "400 MB")
        with self._tab("1!o**0*1*2*3", "path[data-rule]") as tab:
            self._sliders(tab, ("Window", "Min. score"), "/anomalies?", "200 ms")

    def layer_view(self) -> None:
        """Opening the view, a level, and the largest layer; zooming and panning over it."""
        opened, levels, filters = [], [], []
        for _ in range(self._rounds):
            with self._tab("1!o**0", _STRIPE) as tab:
                there = f"() => document.querySelector({_LAYER!r}) !== null"
                opened.append(_timed(tab, "() => bench.button('Layers').click()", there)[0])
                tab.page.wait_for_timeout(500)
                there = "() => document.querySelectorAll('[data-row]').length > 8"
                levels.append(_timed(tab, _OPEN_LAYERS, there)[0])
                filters.append(_largest_layer(tab))
        line("Layer View, opened", _milliseconds(opened), "1000 ms")
        line("a level of it opened", _milliseconds(levels), "150 ms")
        line("2,048 filters x 750 dumps opened", _milliseconds(filters), "200 ms")
        with self._tab("1!v*layers", _LAYER) as tab:
            tab.evaluate(_OPEN_LAYERS)
            _largest_layer(tab)
            for gesture in ("zooming", "panning"):
                self._gesture(tab, gesture, "[data-filters]", "filters")

    def correlation_view(self) -> None:
        """The sliders; moving the pointer over the grid."""
        with self._tab("1!v*correlation", ".grid canvas") as tab:
            self._sliders(tab, ("Window", "Top filters"), "/correlation?", "300 ms")
            self._hover(tab, ".grid", "the grid")

    def cube(self) -> None:
        """Opening it; the sliders; moving the pointer over it."""
        opened = [self._opened("1!v*cube", _CUBE) for _ in range(self._rounds)]
        line("cube on screen", _milliseconds(opened), "1500 ms")
        with self._tab("1!v*cube", _CUBE) as tab:
            sliders = ("Window", "Min. score", "Top filters", "Min. appearances")
            self._sliders(tab, sliders, "/correlation?", "300 ms")
            self._hover(tab, ".cube", "the cube")

    def networks(self) -> None:
        """The graphs of large networks."""
        for name in _NETWORKS:
            times, frames = [], []
            for _ in range(self._rounds):
                with self._tab(f"1!r*{name}!v*findings", "h2") as tab:
                    there = "() => document.querySelectorAll('path.edge').length > 100"
                    act = "() => bench.button('Layers').click()"
                    time, frame = _timed(tab, act, there)
                    times.append(time)
                    frames.append(frame)
            line(
                f"graph of {name}",
                f"{_milliseconds(times)}, frame {max(frames):.0f} ms",
                "1000 ms",
            )

    def _tab(self, state: str, ready: str) -> Opened:
        return Opened(self._browser, self._board.url, state, ready)

    def _opened(self, state: str, ready: str) -> float:
        return first_paint(self._browser, self._board.url, state, ready)

    def _gesture(self, tab: Tab, gesture: str, plot: str, over: str) -> None:
        script = (
            "([gesture, plot, count]) => bench.frames(count, bench.gestures(plot, count)[gesture])"
        )
        self._frames(tab, script, [gesture, plot, _FRAMES], f"frame while {gesture} over {over}")

    def _hover(self, tab: Tab, chart: str, name: str) -> None:
        script = "([chart, count]) => bench.frames(count, bench.hover(chart))"
        self._frames(tab, script, [chart, _FRAMES], f"frame while pointing at {name}")

    def _frames(self, tab: Tab, script: str, argument: Sequence[object], name: str) -> None:
        frames = [t for _ in range(self._rounds) for t in tab.evaluate(script, argument)]
        figure = f"{statistics.median(frames):.1f} ms, longest {max(frames):.1f} ms"
        line(name, f"{figure} of {len(frames)}", "20 ms, longest 100 ms")

    def _sliders(self, tab: Tab, names: Sequence[str], route: str, budget: str) -> None:
        for name in names:
            times = []
            for _ in range(self._rounds):
                tab.page.wait_for_timeout(300)
                script = "([name, route]) => bench.notch(name, route)"
                times.append(tab.evaluate(script, [name, route])[0])
            line(f"answer to slider {name!r}", _milliseconds(times), budget)


def _largest_layer(tab: Tab) -> float:
    """Opens the filters of the last layer but one, where all layers are rows; milliseconds."""
    tree = tab.frame.get_by_role("tree")
    tree.focus()
    for key in ("End", "ArrowUp"):
        tree.press(key)
    there = f"() => document.querySelector({_FILTERS!r}) !== null"
    return _timed(tab, _ENTER, there)[0]


def _timed(tab: Tab, act: str, there: str) -> tuple[float, float]:
    time, frame = tab.evaluate(f"() => bench.timed({act}, {there})")
    return time, frame


def _milliseconds(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.0f} ms, longest {max(times):.0f} ms"


if __name__ == "__main__":
    main()
