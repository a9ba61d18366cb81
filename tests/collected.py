"""Imported where tests are to be run later: has imported all of them, as pytest does it."""

from __future__ import annotations

import json
import os

import pytest

from tests.forks import COLLECTED

# What it finds is found again, and what is wrong is said then.
pytest.main(["--collect-only", "-qq", "--capture=no", *json.loads(os.environ.get(COLLECTED, "[]"))])
