"""Questions of the feature findings; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Findings(Answer):
    """All rules, with the places where they hold.

    Attributes:
        findings: All rules about layers.
        validation_findings: All rules about validations.
    """

    findings: list[dict[str, Any]]
    validation_findings: list[dict[str, Any]]


class FindingsQuestions(Asking):
    """Questions of the feature `findings`."""

    def findings(self) -> Findings:
        """All rules, with the places where they hold.

        Example:
            >>> run.findings()
            Findings(findings=list of 7, validation_findings=list of 1)
        """
        return Findings(**self._fields("findings", {}))
