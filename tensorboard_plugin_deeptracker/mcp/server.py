"""The server of the Model Context Protocol, by its official SDK."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

from .. import __version__
from ..compute.errors import QuestionError
from ..reader.errors import LogError
from .tools import Answer, Tools

_INSTRUCTIONS = """\
Logs of image classification trainings: which classes were learned when, which images are hard \
or labelled wrongly, what went wrong. Ask runs first, then story and signs of a run; anomaly, \
class and image go into detail; compare puts two runs side by side. Answers are short: lists end \
after top entries, left_out counts what is missing of each. Iterations are training iterations. \
What is missing or not finite is null. Nothing is ever written.\
"""


def make(logdir: str) -> MCPServer[Any]:
    """A server for the runs below a directory or an address."""
    server: MCPServer[Any] = MCPServer(
        "deeptracker", instructions=_INSTRUCTIONS, version=__version__, log_level="ERROR"
    )
    reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    for tool in Tools(logdir).all():
        server.add_tool(_telling(tool), tool.__name__.rstrip("_"), annotations=reads)
    return server


def serve(logdir: str) -> None:
    """Serves through standard input and output, until the input ends."""
    make(logdir).run("stdio")


def _telling(tool: Callable[..., Answer]) -> Callable[..., Answer]:
    """A tool whose errors are told to who asks: they say what would be right."""

    @wraps(tool)
    def answer(*args: Any, **given: Any) -> Answer:
        try:
            return tool(*args, **given)
        except (QuestionError, LogError) as error:
            raise ToolError(str(error)) from error

    return answer
