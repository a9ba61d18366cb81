"""Questions of the feature signs; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Signs(Answer):
    """What goes wrong, most severe first.

    Attributes:
        signs: Most severe first.
        kinds: All that is looked for.
    """

    signs: list[dict[str, Any]]
    kinds: list[dict[str, Any]]


class SignsQuestions(Asking):
    """Questions of the feature `signs`."""

    def signs(self) -> Signs:
        """What goes wrong, most severe first.

        Example:
            >>> run.signs()
            Signs(signs=list of 1, kinds=list of 27)
        """
        return Signs(**self._fields("signs", {}))
