"""`deeptracker guide`: how a program, or an agent, finds its way."""

from __future__ import annotations

import click

from .output import echo_json, json_option

GUIDE = """\
deeptracker reads logs of image classification trainings. Everything is read only but `replay` and
`import`, which write a new run. Standard output is the answer, standard error what went wrong; exit
code 0 fine, 1 the answer is no, 2 wrong call, 3 cannot be read. With --json, missing is null.

1. Which runs are there, and what is in them?
   deeptracker runs LOGDIR --json
2. What can be asked of a run? Names, one line each, and their parameters.
   deeptracker export RUN --json
3. What happened, and what is wrong? Each sign has a severity; 0.5 and more is an alarm.
   deeptracker story RUN --json
   deeptracker signs RUN --severity 0.5 --json
   deeptracker export RUN findings --json
4. How good is it, class by class, over time?
   deeptracker class RUN NAME --json
   deeptracker export RUN error_rates --rows classes
   deeptracker export RUN confusion --json
5. When did many images of a class flip at once, and which filters moved most then?
   deeptracker anomaly RUN --json
   deeptracker anomaly RUN STEP --top 20 --json
6. Which images are hard, forgotten, or labelled wrongly? Ask for few: top_k bounds the answer.
   deeptracker export RUN image_scores sort=suspicion order=down top_k=20 --json
   deeptracker image RUN ID --json

story, signs, class, image and anomaly answer in one small page: lists end after --top N (10 if not
given), left_out counts what is missing of each, more says how to ask for it; export has all.

Steps, windows and numbers of filters that are not given are what the run's own data suggest
(deeptracker export RUN suggested --json). Iterations are training iterations; a validation is one
at which predictions were logged, a dump one at which weights were. Other image sets than
`validation` are asked for with image_set=NAME. What a word means: docs/glossary.md; what a field
means: docs/http_api.md, whose routes have the same names and answers.

No log, but checkpoints: deeptracker replay --help. A table of predictions from another framework:
deeptracker import --help. From Python: open_run(RUN), whose methods are the same questions.
As tools of the Model Context Protocol: deeptracker mcp LOGDIR.
"""


@click.command()
@json_option
def guide(as_json: bool) -> None:
    """Says how a program, or an agent, finds its way in a run."""
    if as_json:
        echo_json({"guide": GUIDE})
    else:
        click.echo(GUIDE, nl=False)
