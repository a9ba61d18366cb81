from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.cube import OPTIONS, STRICT, Related, chart
from tests.browser.tab import Tab, tab_of
from tests.forks import server
from tests.shared import common, made_once
from tests.tensorboard_process import TensorBoard, shared_tensorboard

ROOT = Path(__file__).parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks all tests of this directory."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def digits_board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    """A run of the demo: a real CNN trained on real images."""

    def train(logdir: Path) -> None:
        short = ["--dataset", "digits", "--epochs", "6", "--learning-rate", "0.25"]
        run("demo", "--no-serve", "--logdir", str(logdir), *short)

    with board_of(tmp_path_factory, "digits", train) as board:
        yield board


@pytest.fixture(scope="session")
def standing_board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    """The standing log: a ResNet-50 on ImageNet with planted truth (benchmarks/imagenet_log.py)."""

    def write(logdir: Path) -> None:
        run("benchmarks.imagenet_log", str(logdir))

    with board_of(tmp_path_factory, "standing", write) as board:
        yield board


@pytest.fixture(scope="session")
def models_board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorBoard]:
    """Models of torchvision as the writer logs them, untrained."""

    def write(logdir: Path) -> None:
        run("tests.browser.models", str(logdir))

    with board_of(tmp_path_factory, "models", write) as board:
        yield board


@contextmanager
def board_of(
    factory: pytest.TempPathFactory, name: str, write: Callable[[Path], None]
) -> Iterator[TensorBoard]:
    """A TensorBoard that the tests of all processes look at, of a log that is written once."""
    logdir = made_once(factory, name, write)
    own = common(factory) / f"{name}-board"
    with shared_tensorboard(own, f"--logdir={logdir}") as board:
        yield board


def run(module: str, *arguments: str) -> None:
    """Runs a module of this repository."""
    server("demo").run(["-m", module, *arguments], cwd=ROOT).check_returncode()


@pytest.fixture
def digits_tab(browser: Browser, digits_board: TensorBoard) -> Iterator[Tab]:
    with tab_of(browser, digits_board.url) as tab:
        yield tab.open("2").quiet()


@pytest.fixture
def standing_tab(browser: Browser, standing_board: TensorBoard) -> Iterator[Tab]:
    with tab_of(browser, standing_board.url) as tab:
        yield tab.open("2").quiet()


@pytest.fixture
def standing(browser: Browser, standing_board: TensorBoard) -> Iterator[Tab]:
    """The standing log, in a tab that is yet to be opened."""
    with tab_of(browser, standing_board.url) as tab:
        yield tab


@pytest.fixture(scope="session")
def related(standing_board: TensorBoard) -> Related:
    """The correlation of the standing log that `STRICT` asks for."""
    run = standing_board.json("run", run="resnet50")
    return Related(
        standing_board.json("correlation", run="resnet50", **OPTIONS),
        [layer["name"] for layer in run["layers"]],
        [each["name"] for each in run["classes"]],
    )


@pytest.fixture
def cube(browser: Browser, standing_board: TensorBoard) -> Iterator[Tab]:
    """The cube of the standing log."""
    with tab_of(browser, standing_board.url) as tab:
        tab.open(f"1!v*cube!O*similarity!{STRICT}")
        expect(chart(tab).locator("canvas")).to_be_visible()
        yield tab.quiet()
