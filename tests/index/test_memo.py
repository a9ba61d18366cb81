"""What was computed is kept up to a number of bytes, and computed once for all."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.index.memo import Memo, Store, size_of
from tests.logs import open_run, write_small_run


def nothing(_: object) -> Any:
    raise AssertionError("it is there already")


def starting(before: int | None) -> int:
    assert before is None
    return 1


def array(size: int) -> NDArray[np.uint8]:
    return np.zeros(size, np.uint8)


EMPTY = size_of(array(0))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 500)), max_size=40))
def test_what_was_used_longest_ago_is_dropped_first(asked: list[tuple[int, int]]) -> None:
    capacity = 800
    store = Store(capacity)
    memo = Memo(store)
    kept: OrderedDict[int, int] = OrderedDict()
    for key, size in asked:
        computed: list[int] = []

        def compute(_: object, size: int = size, computed: list[int] = computed) -> object:
            computed.append(size)
            return array(size)

        memo.get(key, None, compute)
        assert computed == ([] if key in kept else [size])
        kept.setdefault(key, EMPTY + size)
        kept.move_to_end(key)
        while sum(kept.values()) > capacity and len(kept) > 1:
            kept.popitem(last=False)
        assert store.size == sum(kept.values())


def test_a_result_that_is_larger_than_all_is_kept_alone() -> None:
    store = Store(1000)
    memo = Memo(store)
    memo.get("small", 0, lambda _: array(10))
    large = memo.get("large", 0, lambda _: array(5000))
    assert memo.get("large", 0, nothing) is large
    assert store.size == EMPTY + 5000
    memo.get("small", 0, lambda _: array(10))
    assert store.size == EMPTY + 10


def test_a_result_that_grows_is_counted_anew() -> None:
    store = Store(1000)
    memo = Memo(store)
    for size in (100, 300, 200):
        memo.get("growing", size, lambda _, size=size: array(size))  # type: ignore[misc]
        assert store.size == EMPTY + size


def test_it_is_computed_once_for_all_who_ask_meanwhile() -> None:
    memo = Memo()
    computed = []
    go_on = threading.Event()

    def compute(_: object) -> list[int]:
        computed.append(1)
        go_on.wait()
        return [1]

    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(memo.get, "key", 0, compute)
        others = [threads.submit(memo.get, "key", 0, compute) for _ in range(7)]
        # Who asks for something else does not wait.
        assert memo.get("another", 0, lambda _: 2) == 2
        go_on.set()
        assert all(other.result() is first.result() for other in others)
    assert computed == [1]


def test_another_basis_takes_the_place_and_may_carry_on() -> None:
    memo = Memo()
    given: list[list[int] | None] = []

    def compute(before: list[int] | None) -> list[int]:
        given.append(before)
        return [*(before or ()), len(given)]

    assert memo.get("key", "a", compute) == [1]
    assert memo.get("key", "a", compute) == [1]
    assert memo.get("key", "b", compute) == [1, 2]
    # There is one result under a key.
    assert memo.get("key", "a", compute) == [1, 2, 3]
    assert given == [None, [1], [1, 2]]


def test_an_error_changes_nothing() -> None:
    memo = Memo()

    def fail(_: object) -> int:
        raise ValueError("oh")

    with pytest.raises(ValueError, match="oh"):
        memo.get("key", 0, fail)
    assert memo.get("key", 0, starting) == 1
    with pytest.raises(ValueError, match="oh"):
        memo.get("key", 1, fail)
    assert memo.get("key", 0, nothing) == 1


def test_a_question_that_fails_is_not_kept_either() -> None:
    class Key:
        pass

    def fail(_: object) -> int:
        raise ValueError("oh")

    memo = Memo()
    key = Key()
    known = weakref.ref(key)
    with pytest.raises(ValueError, match="oh") as caught:
        memo.get(key, 0, fail)
    del key, caught
    assert known() is None


def test_all_who_wait_for_what_fails_hear_of_it() -> None:
    memo = Memo()
    go_on = threading.Event()

    def fail(_: object) -> int:
        go_on.wait()
        raise ValueError("oh")

    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(memo.get, "key", 0, fail) for _ in range(4)]
        go_on.set()
        assert {str(one.exception()) for one in asked} == {"oh"}


def test_a_run_takes_what_is_its_own_with_it() -> None:
    store = Store()
    one, other = Memo(store), Memo(store)
    assert one.get("key", 0, lambda _: 1) == 1
    assert other.get("key", 0, lambda _: 2) == 2
    one.clear()
    assert store.size == size_of(2)
    assert other.get("key", 0, nothing) == 2
    assert one.get("key", 0, starting) == 1


def test_what_is_dropped_while_it_is_computed_is_not_counted() -> None:
    store = Store()
    memo = Memo(store)

    def compute(_: object) -> NDArray[np.uint8]:
        memo.clear()
        return array(100)

    assert len(memo.get("key", 0, compute)) == 100
    assert store.size == 0


def test_a_run_that_is_released_keeps_nothing(tmp_path: Path) -> None:
    write_small_run(tmp_path)
    run = open_run(tmp_path)
    memo = run.snapshot.memo
    memo.get("key", 0, lambda _: array(100))
    run.refresh()
    assert len(memo.get("key", 0, nothing)) == 100
    run.release()
    assert len(memo.get("key", 0, lambda _: array(200))) == 200


@dataclass
class Holder:
    one: object
    other: object


class Counted:
    nbytes = 77


def test_sizes() -> None:
    each = size_of(None)
    assert size_of(array(1000)) == each + 1000
    assert size_of(np.zeros((3, 5))) == each + 120
    assert size_of("abc") == size_of(b"abc") == each + 3
    assert size_of([array(10), "ab"]) == 3 * each + 12
    assert size_of({"ab": array(10)}) == 3 * each + 12
    assert size_of(Holder(array(10), (1, 2))) == 5 * each + 10
    assert size_of(Counted()) == each + 77


def test_what_is_of_several_runs_goes_with_any_of_them() -> None:
    store = Store()
    one, two, three = Memo(store), Memo(store), Memo(store)
    together = Memo.of([one, two])
    assert together.get("x", 0, lambda _: 12) == 12
    assert Memo.of([one, two]).get("x", 0, nothing) == 12
    # Another order is another question, and so is each run alone.
    for other in (Memo.of([two, one]), one, Memo.of([one, two, three])):
        other.get("x", 0, starting)
    three.clear()
    assert Memo.of([one, two]).get("x", 0, nothing) == 12
    two.clear()
    Memo.of([one, two]).get("x", 0, starting)
    assert one.get("x", 0, nothing) == 1
