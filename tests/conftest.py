from __future__ import annotations

import gc
import json
import os
import random
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.forks import COLLECTED, ROOT, server

if TYPE_CHECKING:
    from execnet import XSpec
    from playwright.sync_api import Browser

# What tests import is there for good: nothing looks through it for garbage again and again.
gc.disable()


# What takes long: what else there is fills the time in which the last of it is done.
_LONG = (
    "browser",
    "distributed",
    "demo",
    "http",
    "toy",
    "test_docs.py",
    "test_tensorboard.py",
    "integrations",
    "index",
    "causes",
    "packaging",
    "summary",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def turn(item: pytest.Item) -> int:
        part = item.path.relative_to(ROOT / "tests").parts[0]
        return _LONG.index(part) if part in _LONG else len(_LONG)

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    # Else libraries find their own types alive at the end of the process, and tell each.
    gc.unfreeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[XSpec]) -> None:
    """Has the processes that run tests forked from one that has imported the tests."""
    # What is imported before coverage is measured is measured as not covered.
    if not config.pluginmanager.hasplugin("_cov"):
        start = config.invocation_params.dir
        os.environ[COLLECTED] = json.dumps([str(start / each) for each in config.args])
        server("collected")
        for spec in specs:
            spec.python = f"{sys.executable} -m tests.forked collected"


# Whatever is drawn by chance is the same each time: a change is judged by what it changes. Other
# examples are looked for where DEEPTRACKER_TEST_SEARCH says so, as `scripts/test --full` does.
SEARCHES = "DEEPTRACKER_TEST_SEARCH" in os.environ
# No test has a time limit, nor have those who draw examples.
settings.register_profile(
    "patient",
    deadline=None,
    derandomize=not SEARCHES,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Draws as if no test had been before."""
    if SEARCHES:
        return
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(scope="session", autouse=True)
def _user_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A directory for maps of the tests' own, also for the processes that they start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEEPTRACKER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a process; each test has a context of its own."""
    # Most tests need none.
    from playwright.sync_api import sync_playwright

    from tests.browser.tab import launch

    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
