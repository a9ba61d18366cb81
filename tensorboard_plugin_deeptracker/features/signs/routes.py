"""What goes wrong in a run, how sure that is, since when, and what to look at."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ...http.answers import Answer
from ...http.params import Params
from ...http.route import Route
from ...http.schema import INTEGER, STEP, STRING, Schema, array, nullable, obj
from ...index.run import Snapshot
from .compute import KINDS, Sign
from .compute import signs as find


def signs(snapshot: Snapshot, params: Params) -> Answer:
    """What goes wrong, most severe first."""
    del params
    return Answer(
        {
            "signs": [_sign(each) for each in find(snapshot)],
            "kinds": [
                {
                    "kind": kind.name,
                    "group": kind.group,
                    "title": kind.title,
                    "rule": kind.rule,
                    "needs": kind.needs,
                    "source": kind.source,
                    "advice": asdict(kind.advice) if kind.advice else None,
                    "findings": list(kind.findings),
                }
                for kind in KINDS
            ],
        }
    )


def _sign(sign: Sign) -> dict[str, Any]:
    return {
        **_alone(sign),
        "evidence": [_alone(each) for each in sign.evidence],
        "advice": asdict(sign.kind.advice) if sign.kind.advice else None,
    }


def _alone(sign: Sign) -> dict[str, Any]:
    return {
        "kind": sign.kind.name,
        "title": sign.kind.title,
        "image_set": sign.image_set,
        "class": sign.class_name,
        "layer": sign.layer,
        "filters": list(sign.filters),
        "first_step": sign.first_step,
        "last_step": sign.last_step,
        "severity": sign.severity,
        "says": sign.says,
    }


_ALONE: dict[str, Schema] = {
    "kind": STRING,
    "title": {"type": "string", "description": "names the kind to people"},
    "image_set": nullable({"type": "string", "description": "null: it is about none"}),
    "class": nullable({"type": "string", "description": "a class's name; null: none, or all"}),
    "layer": nullable({"type": "string", "description": "a layer's name; null: none, or all"}),
    "filters": array(INTEGER, "positions in the layer of those that it is about, if it says so"),
    "first_step": STEP,
    "last_step": STEP,
    "severity": {"type": "number", "description": "0 to 1; an alarm from 0.5 on"},
    "says": {"type": "string", "description": "a sentence with the numbers"},
}
_ADVICE = nullable(obj({"says": STRING, "source": STRING, "url": STRING}))
_SIGNS: dict[str, Schema] = {
    "signs": array(
        obj(
            {
                **_ALONE,
                "evidence": array(obj(_ALONE), "signs that have the same cause, in no order"),
                "advice": _ADVICE,
            }
        ),
        "most severe first",
    ),
    "kinds": array(
        obj(
            {
                "kind": STRING,
                "group": {
                    "type": "string",
                    "description": "representations, images, layers or scalars",
                },
                "title": STRING,
                "rule": {"type": "string", "description": "the rule in words"},
                "needs": {"type": "string", "description": "what has to be logged for it"},
                "source": STRING,
                "advice": _ADVICE,
                "findings": array(STRING, "rules of `findings` that it takes over"),
            }
        ),
        "all that is looked for",
    ),
}

ROUTES = (Route("/signs", signs, (), obj(_SIGNS), {}, _SIGNS),)
