"""A crowd: its answers are shared, made by few threads, and take little memory."""

from __future__ import annotations

import gc
import http.client
import os
import sys
import threading
import urllib.parse
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.served import private_megabytes
from tensorboard_plugin_deeptracker.http.answering import MAX_THREADS, Answering, _trim
from tensorboard_plugin_deeptracker.http.answers import Representation
from tests.logs import SessionLog, random_dump, small_model
from tests.tensorboard_process import TensorBoard, tensorboard
from tests.waiting import until

CLIENTS = 32
# Answers of 4 MB each.
MODEL = small_model(*[2000] * 8)
DUMPS = 500
# More than one client needs; one thread and one answer for each client would take far more.
MAX_MEGABYTES = 80


class Question:
    """Counts how often it is looked up, which tells whether everybody has asked."""

    def __init__(self) -> None:
        self.looked_up = threading.Semaphore(0)

    def __hash__(self) -> int:
        self.looked_up.release()
        return 0

    def wait(self) -> None:
        """Waits until all clients have asked; the first one also puts it down."""
        for _ in range(CLIENTS + 1):
            self.looked_up.acquire()


def nothing() -> Representation:
    return Representation(b"", "text/plain", None, "")


def test_who_asks_meanwhile_gets_the_same_answer() -> None:
    answering, question = Answering(), Question()
    made = []

    def make() -> Representation:
        question.wait()
        made.append(nothing())
        return made[-1]

    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(clients.map(lambda _: answering.answer(question, make), range(CLIENTS)))
    assert len(made) == 1
    assert all(answer is made[0] for answer in answers)
    assert answering.answer(question, nothing) is not made[0]


def test_what_goes_wrong_is_told_to_all_and_tried_again() -> None:
    answering, question = Answering(), Question()

    def fail() -> Representation:
        question.wait()
        raise ValueError("wrong")

    with ThreadPoolExecutor(CLIENTS) as clients:
        failed = [clients.submit(answering.answer, question, fail) for _ in range(CLIENTS)]
        for answer in failed:
            with pytest.raises(ValueError, match="wrong"):
                answer.result()
    assert answering.answer(question, nothing) == nothing()


def test_few_threads_make_them_and_end_with_it() -> None:
    others = set(threading.enumerate())
    answering = Answering()
    busy: set[threading.Thread] = set()
    all_busy = threading.Barrier(MAX_THREADS)

    def make() -> Representation:
        all_busy.wait()
        busy.add(threading.current_thread())
        return nothing()

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(answering.answer, range(CLIENTS), [make] * CLIENTS))
    assert len(busy) == MAX_THREADS
    del answering
    until(lambda: set(threading.enumerate()) <= others)


def test_stuck_threads_do_not_hold_up_the_others() -> None:
    answering = Answering(patience=0.1)
    mount = threading.Event()

    def hang() -> Representation:
        mount.wait()
        return nothing()

    with ThreadPoolExecutor(2 * MAX_THREADS) as clients:
        stuck = [clients.submit(answering.answer, i, hang) for i in range(2 * MAX_THREADS - 1)]
        assert answering.answer("another", nothing) == nothing()
        assert not any(answer.done() for answer in stuck)
        mount.set()


def test_nothing_is_kept() -> None:
    answering = Answering()
    kept: list[weakref.ref[Representation]] = []

    def make(fails: bool) -> Representation:
        answer = nothing()
        kept.append(weakref.ref(answer))
        if fails:
            raise ValueError
        return answer

    gc.disable()  # It would find what keeps itself, but late.
    try:
        answering.answer("right", lambda: make(False))
        with suppress(ValueError):
            answering.answer("wrong", lambda: make(True))
        until(lambda: not any(answer() for answer in kept))
    finally:
        gc.enable()


@pytest.mark.skipif(_trim is None, reason="the allocator gives nothing back when it is asked")
def test_what_an_answer_needed_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{Answering.__module__}._LONG", 0)
    kept: list[bytearray] = []
    before = private_megabytes(os.getpid())

    def make() -> Representation:
        # Smaller than what the allocator maps by itself; and what is left keeps it from shrinking.
        pieces = [bytearray(60_000) for _ in range(2000)]
        kept.extend(pieces[::100])
        return Representation(None, "", None, "")

    Answering().answer("much", make)
    until(lambda: private_megabytes(os.getpid()) < before + 40)


def ask(board: TensorBoard, clients: int) -> None:
    """Every client asks for all layers, one after the other."""
    address = urllib.parse.urlsplit(board.url).netloc

    def work(_: int) -> None:
        connection = http.client.HTTPConnection(address)
        for layer in MODEL.layers:
            query = f"run=.&layer={layer.name}&measure=change&normalize=none&format=safetensors"
            connection.request("GET", f"/data/plugin/deeptracker/layer_filter?{query}")
            assert len(connection.getresponse().read()) > 4 * MODEL.layers[0].filters * DUMPS

    with ThreadPoolExecutor(clients) as crowd:
        list(crowd.map(work, range(clients)))


def test_a_crowd_takes_little_more_memory_than_one_client(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "logs") as log:
        log.model(MODEL)
        for step in range(DUMPS):
            log.dump(step, *random_dump(MODEL, step))
    arguments = f"--logdir={tmp_path / 'logs'}"
    with tensorboard(tmp_path / "out", arguments, python=sys.executable) as board:
        ask(board, 1)
        alone = private_megabytes(board.pid)
        ask(board, CLIENTS)
        crowd = private_megabytes(board.pid)
    assert crowd < alone + MAX_MEGABYTES
