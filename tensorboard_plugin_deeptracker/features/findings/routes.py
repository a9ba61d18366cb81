"""What is worth a look in a run's layers and validations, by rules."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ...http import schema
from ...http.answers import Answer
from ...http.params import Params
from ...http.route import Route
from ...http.schema import NUMBER, STRING, array, nullable, obj
from ...index.run import Snapshot
from ..images.records import IMAGE_SETS
from ..layers.compute import model_of
from ..layers.records import DUMPS
from ..validation.records import VALIDATIONS
from .compute import (
    RULES,
    VALIDATION_RULES,
    Finding,
    Rule,
    share_of_filters,
    share_of_images,
    stretches,
)
from .compute import findings as find


def findings(snapshot: Snapshot, params: Params) -> Answer:
    """All rules, with the places where they hold."""
    del params
    model = model_of(snapshot)
    found = find(snapshot, model)
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
                    **_describe(rule, share_of_filters(rule, found, model)),
                    "places": [place(layer, one) for layer, one in found if one.rule is rule],
                }
                for rule in RULES
            ],
            "validation_findings": [
                {
                    **_describe(rule, share_of_images(rule, snapshot)),
                    "places": _in_validations(snapshot, rule),
                }
                for rule in VALIDATION_RULES
            ],
        }
    )


def _describe(rule: Rule, share: float) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "title": rule.title,
        "says": rule.description,
        "severity": rule.severity,
        "share": share,
        "weight": rule.weight(share),
        "provisional": rule.provisional,
        "remedy": asdict(rule.remedy),
    }


def _in_validations(snapshot: Snapshot, rule: Rule) -> list[dict[str, Any]]:
    places = []
    for name in snapshot.keys(IMAGE_SETS):
        steps = snapshot.steps(VALIDATIONS, name).tolist()
        places += [
            {
                "image_set": name,
                "step": steps[each.first],
                "until": steps[each.last],
                "images": each.images,
            }
            for each in stretches(snapshot, name)
            if each.rule is rule
        ]
    return places


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
_IN_VALIDATIONS = obj(
    {
        "image_set": STRING,
        "step": schema.STEP,
        "until": schema.STEP,
        "images": {"type": "integer", "description": "the most at one of these validations"},
    }
)
_RULE = {
    "rule": STRING,
    "title": STRING,
    "says": STRING,
    "severity": {"type": "number", "description": "how bad it is, 0 to 1"},
    "share": {
        "type": "number",
        "description": "of all filters or images, those it is about, 0 to 1",
    },
    "weight": {
        "type": "number",
        "description": "severity * (1 + share) / 2: what findings are ordered by",
    },
    "provisional": {"type": "boolean", "description": "whether later dumps may take it back"},
    "remedy": obj({"says": STRING, "source": STRING, "url": STRING}),
}
_FINDINGS = {
    "findings": array(obj({**_RULE, "places": array(_PLACE)}), "all rules about layers"),
    "validation_findings": array(
        obj({**_RULE, "places": array(_IN_VALIDATIONS)}), "all rules about validations"
    ),
}

ROUTES = (Route("/findings", findings, (), obj(_FINDINGS), {}, _FINDINGS),)
