"""`deeptracker mcp`, asked by the SDK's own client: its tools answer what the commands do."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from .calling import ask, call

_SERVER = "from tensorboard_plugin_deeptracker.cli.main import main; main()"


async def _asked(logdir: Path, calls: list[tuple[str, dict[str, Any]]]) -> tuple[Any, list[Any]]:
    """The tools there are, and what some answer."""
    server = StdioServerParameters(
        command=sys.executable, args=["-c", _SERVER, "mcp", str(logdir)], cwd=str(logdir)
    )
    async with Client(server) as client:
        tools = (await client.list_tools()).tools
        return tools, [await client.call_tool(*each) for each in calls]


def test_an_agent_asks(example: Path) -> None:
    logdir = example / "runs"
    run = logdir / "example"
    own = {"run": "example"}
    two = {"a": "example", "b": "example", "step_a": 140, "step_b": 150}
    asked: list[tuple[str, dict[str, Any], tuple[object, ...]]] = [
        ("story", own, (run,)),
        ("signs", {**own, "top": 1, "severity": 0.1}, (run, "--top", 1, "--severity", 0.1)),
        ("class", {**own, "name": "deer", "top": 4}, (run, "deer", "--top", 4)),
        ("image", {**own, "id": "19"}, (run, 19)),
        ("anomaly", own, (run,)),
        ("anomaly", {**own, "step": 150, "top": 3}, (run, 150, "--top", 3)),
        ("compare", {**two, "top": 5}, (run, run, "--steps", 140, 150, "--top", 5)),
    ]
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("class", {**own, "name": "cow"}, "unknown class 'cow'"),
        ("story", {"run": "../runs/example"}, "is no name of a run"),
        ("story", {"run": str(run)}, "is no name of a run"),
        ("story", {"run": "nothing"}, "nothing: there is no such directory"),
        ("compare", {**two, "step_b": None}, "give both, or neither"),
        ("signs", {**own, "top": 0}, "must be a whole number from 1 to 1000"),
    ]
    calls: list[tuple[str, dict[str, Any]]] = [("runs", {})]
    calls += [(name, given) for name, given, _ in asked]
    calls += [(name, given) for name, given, _ in wrong]
    # In a thread: where tests of pages have run before, a loop of theirs is running in this one.
    with ThreadPoolExecutor(1) as pool:
        tools, (runs, *answers) = pool.submit(asyncio.run, _asked(logdir, calls)).result()
    assert [each.name for each in tools] == list(
        dict.fromkeys(["runs", *(name for name, _, _ in asked)])
    )
    assert all(each.annotations.read_only_hint and each.description for each in tools)
    assert runs.structured_content["runs"] == ask("runs", logdir)["runs"]
    for (name, _, arguments), answer in zip(asked, answers, strict=False):
        assert not answer.is_error, answer
        assert answer.structured_content == ask(name, *arguments), name
    for (name, _, reason), answer in zip(wrong, answers[len(asked) :], strict=True):
        assert answer.is_error, name
        assert reason in answer.content[0].text


def test_two_runs_in_short(example: Path) -> None:
    run = example / "runs" / "example"
    arguments = "compare", run, run, "--steps", 140, 150
    short, whole = ask(*arguments, "--top", 2), ask(*arguments)
    for name in ("error", "lost", "won", "p", "churn", "negative_flip_rate_ci"):
        assert short[name] == whole[name]
    assert [each["class"] for each in short["classes"]] == ["cat", "truck"]
    assert short["left_out"] == {"classes": 1, "won_images": 14}
    names = [each["class"] for each in whole["classes"]]
    for a, b in zip(short["won_images"], whole["won_images"], strict=False):
        assert (a["id"], a["label"]) == (b["id"], names[b["label"]])
        assert a["predicted"] == [names[each] for each in b["predicted"]]


def test_without_the_sdk_it_says_what_to_install(
    example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [
        each for each in sys.modules if each.startswith("tensorboard_plugin_deeptracker.mcp")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    said = call("mcp", example / "runs")
    assert (said.exit_code, "tensorboard-plugin-deeptracker[mcp]" in said.stderr) == (2, True)
    said = call("mcp", example / "nowhere")
    assert (said.exit_code, "no such directory" in said.stderr) == (3, True)
