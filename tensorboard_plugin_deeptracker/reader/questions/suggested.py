"""Questions of the feature suggested; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Suggested(Answer):
    """The defaults that the run's data give, and what they leave.

    Attributes:
        k: Number of clusters; null: nothing separates.
        anomalies: How many the window and the score leave.
        iterations: At how many validations they are.
        chance: How many chance alone is expected to make.
    """

    window: int
    min_score: float
    top_k: int
    k: int | None
    anomalies: int
    iterations: int
    chance: float


class SuggestedQuestions(Asking):
    """Questions of the feature `suggested`."""

    def suggested(self, *, image_set: str = "validation") -> Suggested:
        """The defaults that the run's data give, and what they leave.

        Args:
            image_set: Name of an image set.

        Example:
            >>> run.suggested()
            Suggested(window=1, min_score=0.55, top_k=5, anomalies=0, iterations=0,
            chance=5.0)
        """
        return Suggested(**self._fields("suggested", {"image_set": image_set}))
