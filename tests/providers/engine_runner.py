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
    if request["operation"] == "export":
        return {"state": stack.export_stack().deployment}
    for key, value in request["config"].items():
        stack.set_config(key, auto.ConfigValue(value))
    lines: list[str] = []
    events: list[dict[str, Any]] = []

    def on_event(event: auto.EngineEvent) -> None:
        found = event.resource_pre_event or event.res_outputs_event
        if event.resource_pre_event and found:
            step = found.metadata
            detailed = step.detailed_diff or {}
            events.append(
                {
                    "op": str(getattr(step.op, "value", step.op)),
                    "type": step.type,
                    "name": step.urn.split("::")[-1],
                    "diffs": sorted(detailed),
                    "outputs": (step.new.outputs if step.new else None) or {},
                    "inputs": (step.new.inputs if step.new else None) or {},
                }
            )

    try:
        result: Any = getattr(stack, request["operation"])(
            on_output=lines.append, on_event=on_event, color="never", **request["options"]
        )
    except auto.CommandError as error:
        return {"error": f"{lines}\n{error}", "output": "\n".join(lines), "events": events, "changes": {}}
    changes = result.change_summary if request["operation"] == "preview" else result.summary.resource_changes or {}
    outputs = {key: item.value for key, item in (getattr(result, "outputs", None) or {}).items()}
    return {
        "changes": {str(getattr(key, "value", key)): count for key, count in changes.items()},
        "output": "\n".join(lines),
        "events": events,
        "outputs": outputs,
    }


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
