"""Runs engine operations for tests: one fork each, from a process that has loaded the SDKs already.

Reads one JSON object a line: operation, program (source text), folder, stack, config, options, answer
(file). Every operation gets a process of its own, because modules that declare resources are cached.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pulumi
import pulumi.automation as auto
import pulumi_kubernetes  # noqa: F401


def _operate(request: dict[str, Any]) -> dict[str, Any]:
    def program() -> None:
        exec(compile(request["program"], "<program>", "exec"), {"pulumi": pulumi})

    folder = Path(request["folder"])
    stack = auto.create_or_select_stack(
        request["stack"],
        project_name="project",
        program=program,
        opts=auto.LocalWorkspaceOptions(
            work_dir=str(folder),
            project_settings=auto.ProjectSettings(
                "project", runtime="python", backend=auto.ProjectBackend(folder.as_uri())
            ),
        ),
    )
    # The engine's events tell both; asking for them would start the engine three times more.
    stack.outputs = dict  # type: ignore[method-assign]
    stack.info = lambda *_, **__: object()  # type: ignore[method-assign]
    for key, value in request["config"].items():
        stack.set_config(key, auto.ConfigValue(value))
    lines: list[str] = []
    events: list[dict[str, Any]] = []
    answer: dict[str, Any] = {"changes": {}, "outputs": {}, "events": events}

    def on_event(event: auto.EngineEvent) -> None:
        if event.summary_event:
            changes = event.summary_event.resource_changes.items()
            answer["changes"] = {str(getattr(key, "value", key)): count for key, count in changes}
        if event.res_outputs_event and event.res_outputs_event.metadata.type == "pulumi:pulumi:Stack":
            new = event.res_outputs_event.metadata.new
            answer["outputs"] = (new.outputs if new else None) or {}
        if event.resource_pre_event:
            step = event.resource_pre_event.metadata
            events.append(
                {
                    "op": str(getattr(step.op, "value", step.op)),
                    "type": step.type,
                    "name": step.urn.split("::")[-1],
                    "diffs": sorted(step.detailed_diff or {}),
                    "inputs": (step.new.inputs if step.new else None) or {},
                }
            )

    try:
        operation: Any = getattr(stack, request["operation"])
        operation(on_output=lines.append, on_event=on_event, color="never", **request["options"])
    except auto.CommandError as error:
        answer["error"] = f"{lines}\n{error}"
    return {**answer, "output": "\n".join(lines)}


def main() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ.update(request["environment"])
            try:
                answer = _operate(request)
            except BaseException as error:  # noqa: BLE001
                answer = {"error": repr(error), "output": "", "events": [], "changes": {}}
            Path(request["answer"]).write_text(json.dumps(answer, default=str))
            os._exit(0)
        os.waitpid(child, 0)
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
