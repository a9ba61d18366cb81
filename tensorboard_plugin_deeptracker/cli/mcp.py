"""`deeptracker mcp`: the short answers, for agents."""

from __future__ import annotations

import click

from .output import USAGE, Failure, examples


@click.command(
    epilog=examples(
        "deeptracker mcp runs",
        "claude mcp add deeptracker -- deeptracker mcp /data/runs",
    )
)
@click.argument("logdir")
def mcp(logdir: str) -> None:
    """Serves the runs below LOGDIR to agents as tools (MCP).

    An agent's program starts it and talks to it through standard input and output. It reads the
    runs below LOGDIR, nothing else, and writes nothing. Its tools are the commands runs, story,
    signs, class, image, anomaly and compare, and answer what these answer with --json.
    """
    from ..reader.runs import find_runs

    find_runs(logdir)
    try:
        from ..mcp.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise Failure(
            'deeptracker mcp needs the SDK: pip install "tensorboard-plugin-deeptracker[mcp]"',
            USAGE,
        ) from error
    serve(logdir)
