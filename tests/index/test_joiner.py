"""What is joined step by step, while sessions grow, is what is joined at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features import kinds
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tensorboard_plugin_deeptracker.index.joiner import Joiner
from tensorboard_plugin_deeptracker.index.joining import join
from tensorboard_plugin_deeptracker.index.logfile import LogFile
from tensorboard_plugin_deeptracker.index.record import DamagedRecordError
from tensorboard_plugin_deeptracker.index.source import ReplacedError
from tests.conftest import SEARCHES
from tests.logs import SessionLog, damage, png, random_dump, small_model, small_validation_set

MODELS = [small_model(3, 2), small_model(2, 3)]
IMAGES = [small_validation_set(2, 2), small_validation_set(1, 3)]


@dataclass(frozen=True)
class Step:
    """Something that happens to a log.

    Attributes:
        what: Which thing.
        session: To which session, the latest ones first.
        at: At which iteration, behind the last one where it is None.
        kind: Of which model or image set.
    """

    what: str
    session: int
    at: int | None
    kind: int


things = (
    ["validation"] * 6
    + ["dump"] * 4
    + [
        "images",
        "damaged",
        "verify",
        "begin",
        "begin",
        "resume",
        "test set",
        "copy",
        "stale",
        "remove",
    ]
)
happenings = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(things),
        session=st.sampled_from([0] * 6 + [1, 2]),
        at=st.none() | st.none() | st.integers(0, 9),
        kind=st.sampled_from([0, 0, 1]),
    ),
    min_size=10,
    max_size=25,
)


class GrowingRun:
    """A run that things happen to, and its files as a reader follows them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._logs: list[SessionLog] = []
        self._kinds: list[int] = []
        self._step = 0
        self._random = random.Random(0)
        self._known = kinds()
        self.files: dict[Path, LogFile] = {}

    def happen(self, step: Step) -> None:
        """Does it; nothing where there is nothing that it could be done to."""
        if step.what in ("begin", "resume"):
            self._begin(step)
        elif self._logs:
            number = max(0, len(self._logs) - 1 - step.session)
            self._in(self._logs[number], self._kinds[number], step)

    def follow(self) -> None:
        """Takes in what is there."""
        paths = set(self._directory.rglob("*.deeptracker"))
        for path in self.files.keys() - paths:
            del self.files[path]
        for path in sorted(paths):
            if path not in self.files:
                self.files[path] = LogFile(path, self._known)
            try:
                self.files[path].follow()
            except ReplacedError:  # Another copy of the same name.
                self.files[path] = LogFile(path, self._known)
                self.files[path].follow()

    def close(self) -> None:
        """Closes all files."""
        for log in self._logs:
            log.close()

    def _begin(self, step: Step) -> None:
        number = len(self._logs)
        # Some begin before others that are there already.
        started = 10.0 + number - 3 * step.session
        purge_step = step.at if step.what == "resume" else None
        log = SessionLog(self._directory, f"{number}", started, purge_step)
        log.model(MODELS[step.kind])
        log.validation_set(IMAGES[step.kind])
        self._logs.append(log)
        self._kinds.append(step.kind)
        if step.what == "begin" and step.at is not None:
            self._step = step.at

    def _in(self, log: SessionLog, kind: int, step: Step) -> None:
        self._step += 1
        at = self._step if step.at is None else step.at
        predicted = [1] * len(IMAGES[kind].labels)
        actions: dict[str, Callable[[], object]] = {
            "validation": lambda: log.validation(at, predicted, 2),
            "dump": lambda: log.dump(at, *random_dump(MODELS[kind], at)),
            "images": lambda: log.images([at % 4], [png(at)]),
            "damaged": lambda: self._damaged(log, at, predicted),
            "verify": self._verify,
            "test set": lambda: self._test_set(log, at, step.kind),
            "copy": lambda: log.path.with_name(f"{at}.copy.deeptracker").write_bytes(
                log.path.read_bytes()
            ),
            "stale": lambda: log.path.with_name(f"{at}.stale.deeptracker").write_bytes(
                log.path.read_bytes()[: log.offsets[-1]]
            ),
            "remove": log.path.unlink,
        }
        if log.path.exists() or step.what == "verify":
            actions[step.what]()

    def _damaged(self, log: SessionLog, at: int, predicted: list[int]) -> None:
        log.validation(at, predicted, 2)
        damage(log.path, len(log.offsets) - 1)

    def _test_set(self, log: SessionLog, at: int, kind: int) -> None:
        log.validation_set(IMAGES[kind], "test")
        log.validation(at, [1] * len(IMAGES[kind].labels), 2, "test")

    def _verify(self) -> None:
        """Reads a record, as an answer does."""
        records = [record for file in self.files.values() for record in file.records()]
        if records:
            record = self._random.choice(records)
            try:
                with record.file.open() as reader:
                    record.verify(reader)
            except (DamagedRecordError, OSError):
                pass


@settings(max_examples=300 if SEARCHES else 100)
@given(happenings)
def test_joined_step_by_step(steps: list[Step]) -> None:
    with TemporaryDirectory() as directory:
        run, joiner = GrowingRun(Path(directory)), Joiner()
        for step in [Step("begin", 0, None, 0), *steps]:
            run.happen(step)
            run.follow()
            assert joiner.join(run.files.values()) == join(run.files.values())
        run.close()


def test_of_a_training_that_goes_on_only_the_new_records_are_looked_at(tmp_path: Path) -> None:
    run, joiner = GrowingRun(tmp_path), Joiner()
    for what in ("begin", "validation", "dump", "begin", "validation", "dump", "images"):
        run.happen(Step(what, 0, None, 0))
    run.follow()
    before = joiner.join(run.files.values())
    for what in ("validation", "dump", "images", "validation"):
        run.happen(Step(what, 0, None, 0))
    run.follow()
    after = joiner.join(run.files.values())
    run.close()
    assert len(after.series[VALIDATIONS, "validation"]) == 4
    # All else is what it was.
    assert after.structures is before.structures
    assert after.hidden is before.hidden
