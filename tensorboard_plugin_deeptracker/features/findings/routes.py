"""What is worth a look in a run's layers, by rules."""

from __future__ import annotations

from typing import Any

from ...http import schema
from ...http.answers import Answer
from ...http.params import Params
from ...http.route import Route
from ...http.schema import NUMBER, STRING, array, nullable, obj
from ...index.run import Snapshot
from ..layers.compute import model_of
from ..layers.records import DUMPS
from .compute import RULES, Finding
from .compute import findings as find


def findings(snapshot: Snapshot, params: Params) -> Answer:
    """All rules, with the places where they hold."""
    del params
    found = find(snapshot, model_of(snapshot))
    steps = snapshot.steps(DUMPS).tolist()

    def place(layer: int, finding: Finding) -> dict[str, Any]:
        return {
            "layer": layer,
            "filter": finding.filter,
            "step": steps[finding.first],
            "until": steps[finding.last],
            "value": finding.value,
            "unknown": finding.unknown,
        }

    return Answer(
        {
            "findings": [
                {
                    "rule": rule.name,
                    "title": rule.title,
                    "says": rule.description,
                    "places": [place(layer, one) for layer, one in found if one.rule is rule],
                }
                for rule in RULES
            ]
        }
    )


_PLACE = obj(
    {
        "layer": {"type": "integer", "description": "position in the run's layers"},
        "filter": nullable({"type": "integer", "description": "null: the whole layer"}),
        "step": schema.STEP,
        "until": schema.STEP,
        "value": NUMBER,
        "unknown": {
            "type": "boolean",
            "description": "the value may be missing, not only not finite: old logs do not say",
        },
    }
)
_RULE = obj({"rule": STRING, "title": STRING, "says": STRING, "places": array(_PLACE)})
_FINDINGS = {"findings": array(_RULE, "all rules")}

ROUTES = (Route("/findings", findings, (), obj(_FINDINGS), {}, _FINDINGS),)
