"""Questions of the feature story; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Story(Answer):
    """What happened in the run: the most telling sentences, in the order of time.

    Attributes:
        sentences: At most eight, in the order of time.
    """

    sentences: list[dict[str, Any]]


class StoryQuestions(Asking):
    """Questions of the feature `story`."""

    def story(self, *, image_set: str = "") -> Story:
        """What happened in the run: the most telling sentences, in the order of time.

        Args:
            image_set: Name of the image set that it is about; none: the usual one, or the
                first with validations.

        Example:
            >>> run.story()
            Story(sentences=list of 1)
        """
        return Story(**self._fields("story", {"image_set": image_set}))
