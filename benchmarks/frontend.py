"""How the tab feels: the standing log in a real Chromium before a real TensorBoard.

scripts/bench frontend [--log DIR] [--rounds 5]

The log is that of a ResNet-50 on ImageNet: 1,000 classes, 50,000 images, 750 validations. Chromium
runs without a window and without a GPU. The tab is opened, then the images of all classes; at
every frame they are zoomed, scrolled or panned; a slider is moved. The time of a frame is that from
one `requestAnimationFrame` to the next, at least 16.7 ms. Each figure stands beside its budget,
and beside the load of the machine, which it depends on.
"""

from __future__ import annotations

import argparse
import gzip
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.tab import launch, tab_of
from tests.tensorboard_process import TensorBoard, tensorboard

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "tensorboard_plugin_deeptracker" / "static" / "index.js"

# In the tab's frame, from its very beginning: when the first stripe is there, in milliseconds
# since it was opened. A frame later what was drawn is on screen.
_FIRST_STRIPE = """
if (window.parent !== window) {
  const look = () => {
    if (document.querySelector('[role=treeitem] canvas')) {
      requestAnimationFrame(() => { window.firstStripe = performance.now(); });
    } else requestAnimationFrame(look);
  };
  look();
}
"""
# Does something at every frame for as many frames; resolves to the time that each took.
_FRAMES = """([gesture, frames]) => new Promise((resolve) => {
  const plot = document.querySelector('[data-row^="images-"] .plot');
  const scroller = plot.closest('[role=tree]');
  const box = plot.getBoundingClientRect();
  const wheel = (deltaY, keys) => plot.dispatchEvent(new WheelEvent('wheel', {
    deltaY, bubbles: true, cancelable: true, ...keys,
    clientX: box.left + box.width / 3, clientY: Math.max(box.top, 400),
  }));
  const gestures = {
    zooming: (there) => wheel(there ? -40 : 40, { ctrlKey: true }),
    scrolling: (there) => { scroller.scrollTop += there ? 90 : -90; },
    panning: (there) => wheel(there ? 25 : -25, { shiftKey: true }),
  };
  const times = [];
  let before;
  const next = (now) => {
    if (before !== undefined) times.push(now - before);
    before = now;
    if (times.length === frames) return resolve(times);
    gestures[gesture](times.length < frames / 2);
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})"""
_NOTCH = """(name) => {
  const label = [...document.querySelectorAll('label')].find((it) => it.innerText.includes(name));
  const slider = label.querySelector('input');
  const notch = Number(slider.step) || 1;
  const value = slider.valueAsNumber;
  const found = () => document.querySelector('.found').innerText;
  const before = found();
  const start = performance.now();
  slider.valueAsNumber = value < slider.max / 2 ? value + notch : value - notch;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  return new Promise((resolve) => {
    const look = () => {
      if (found() === before) requestAnimationFrame(look);
      else requestAnimationFrame(() => resolve(performance.now() - start));
    };
    look();
  });
}"""
_STRIPE_SEEN = """() => new Promise((resolve) => {
  const look = () => window.firstStripe ? resolve(window.firstStripe) : setTimeout(look, 10);
  look();
})"""
_GESTURES = ("zooming", "scrolling", "panning")
_FRAMES_OF_GESTURE = 120


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench frontend",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--log", type=Path, help="a standing log (default: writes one)")
    parser.add_argument("--rounds", type=int, default=5, help="of each (default: 5)")
    arguments = parser.parse_args()

    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        log = arguments.log or directory / "log"
        if arguments.log is None:
            command = [sys.executable, "-m", "benchmarks.imagenet_log", str(log)]
            subprocess.run(command, cwd=ROOT, check=True)
        board = stack.enter_context(tensorboard(directory / "out", f"--logdir={log}"))
        board.until(lambda: bool(board.json("runs")["runs"]))
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        report(browser, board, arguments.rounds)


def report(browser: Browser, board: TensorBoard, rounds: int) -> None:
    """Prints each figure beside its budget."""
    size = len(gzip.compress(BUNDLE.read_bytes())) / 1000
    line("bundle, gzipped", f"{size:.1f} kB", "200 kB")
    opened = [first_stripe(browser, board) for _ in range(rounds)]
    line("first stripes, server cold", f"{opened[0]:.0f} ms", "1500 ms")
    line("first stripes, median after that", f"{statistics.median(opened[1:]):.0f} ms", "1500 ms")
    with tab_of(browser, board.url) as tab:
        tab.open("1!x*1!o**0*1*2*3!z*300000*900000")
        tab.frame.locator('[data-row^="images-"] canvas').first.wait_for()
        tab.page.wait_for_timeout(1000)
        for gesture in _GESTURES:
            frames = [
                frame
                for _ in range(rounds)
                for frame in tab.evaluate(_FRAMES, [gesture, _FRAMES_OF_GESTURE])
            ]
            median, longest = statistics.median(frames), max(frames)
            figure = f"{median:.1f} ms, longest {longest:.1f} ms of {len(frames)}"
            line(f"frame while {gesture}", figure, "20 ms, longest 100 ms")
        line("memory of the page", f"{renderer_bytes() / 1e6:.0f} MB", "400 MB")
    with tab_of(browser, board.url) as tab:
        tab.open("1!o**0*1*2*3")
        tab.frame.locator("path[data-rule]").first.wait_for(state="attached")
        for slider in ("Window", "Min. score"):
            times = [tab.evaluate(_NOTCH, slider) for _ in range(rounds)]
            figure = f"{statistics.median(times):.0f} ms, longest {max(times):.0f} ms"
            line(f"answer to slider {slider!r}", figure, "200 ms")


def line(name: str, figure: str, budget: str) -> None:
    """Prints one figure."""
    load = os.getloadavg()[0]
    print(f"{name:34} {figure:42} budget {budget:22} load {load:.1f}", flush=True)


def first_stripe(browser: Browser, board: TensorBoard) -> float:
    """Milliseconds from opening the tab's frame to its first stripe."""
    with tab_of(browser, board.url) as tab:
        tab.page.add_init_script(_FIRST_STRIPE)
        tab.open()
        tab.frame.locator("[role=treeitem] canvas").first.wait_for()
        found: float = tab.evaluate(_STRIPE_SEEN)
        return found


def renderer_bytes() -> int:
    """Resident memory of the largest renderer among the descendants, shared parts divided."""
    return max(
        int(field.split()[1]) * 1024
        for pid in _descendants(os.getpid())
        if b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes()
        for field in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        if field.startswith("Pss:")
    )


def _descendants(pid: int) -> list[int]:
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [*children, *(below for child in children for below in _descendants(child))]


if __name__ == "__main__":
    main()
