"""The child of one engine operation: serves the user's program to the engine and tells what happened.

Reads a request as JSON from standard input; writes one JSON object a line: ``progress`` texts, then the answer.
"""

from __future__ import annotations

import gc
import json
import os
import re
import runpy
import site
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pulumi
from pulumi.automation import LocalWorkspace, Stack
from pulumi.automation.errors import CommandError
from pulumi.automation.events import EngineEvent, OpType

from aistacks_core.errors import UserError
from aistacks_core.project import is_yaml

from . import checkpoint, missing_plugins, stated_stacks
from .inventory import retained
from .journal import Journal
from .spoken_secrets import SpokenSecrets

_MARKUP = re.compile(r"<\{%[^%]*%\}>")
# What goes wrong in an apply is told twice: by the SDK and by the engine that ran it.
_SOURCE = re.compile(r"^(an unhandled error occurred: )?(python inline source runtime error: ?)?")
_COLOUR = re.compile("\x1b\\[[0-9;]*m")
_EXCERPT = re.compile(r"\s*\d+: ")
_AFTERMATH = re.compile(
    r"connection is closing|monitor (?:has |was |is )?shut ?down|context canceled|StatusCode\.CANCELLED"
)
"""What a program raises because the engine stopped already, for another reason."""
_QUIET = (OpType.SAME, OpType.READ, OpType.REFRESH)


class Run:
    """Collects what one operation says of itself."""

    def __init__(self, say: Callable[[dict[str, Any]], None], journal: Journal | None = None) -> None:
        self.say = say
        self._journal = journal
        self.errors: list[str] = []
        self.said: list[str] = []
        """What the language host printed as errors; the YAML one tells a mistake in the program only so."""
        self.steps: list[dict[str, Any]] = []
        self.changes: dict[str, int] = {}
        self.mistake: str | None = None
        self.declared: list[tuple[str, str]] = []
        """Type and name of each resource that a Python program asked for."""
        self._done = 0

    def hear(self, event: EngineEvent) -> None:
        """Take one engine event."""
        if self._journal:
            self._note(self._journal, event)
        if event.resource_pre_event:
            step = event.resource_pre_event.metadata
            if step.op not in _QUIET:
                self.say({"progress": f"{self._done} done · {step.op.value} {_called(step.urn)}"})
                self.steps.append(
                    {"op": step.op.value, "urn": step.urn, "keys": step.keys or [], "diffs": step.diffs or []}
                )
        elif event.res_outputs_event:
            self._done += 1
        elif event.diagnostic_event and event.diagnostic_event.severity == "error":
            self._error(event.diagnostic_event.urn or "", event.diagnostic_event.message)
        elif event.diagnostic_event and event.diagnostic_event.severity == "info#err":
            self.said += _plain(event.diagnostic_event.message).splitlines()
        elif event.policy_event and event.policy_event.enforcement_level == "mandatory":
            policy = event.policy_event
            self._error(policy.resource_urn or "", f"{policy.policy_name}: {policy.message}")
        elif event.summary_event:
            self.changes = {str(getattr(k, "value", k)): v for k, v in event.summary_event.resource_changes.items()}

    def _note(self, journal: Journal, event: EngineEvent) -> None:
        if event.resource_pre_event:
            journal.begun(event.resource_pre_event.metadata.op.value, event.resource_pre_event.metadata.new)
        elif event.res_outputs_event:
            journal.ended(event.res_outputs_event.metadata.op.value, event.res_outputs_event.metadata.new)
        elif event.res_op_failed_event:
            journal.failed(event.res_op_failed_event.metadata.urn)
        elif event.diagnostic_event and event.diagnostic_event.severity == "error":
            journal.said(event.diagnostic_event.urn or "", event.diagnostic_event.message)

    def note(self, declared: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """Take one resource of the program, before the engine hears of it."""
        self.declared.append((declared.type_, declared.name))
        return stated_stacks.renamed(pulumi.get_project(), declared)

    def _error(self, urn: str, message: str) -> None:
        text = " ".join(_MARKUP.sub("", message).split())
        if not text or "unhandled exception" in text or text.startswith(("update failed", "preview failed")):
            return
        text = _without_traceback(text)
        line = f"{_called(urn)}: {text}" if urn and "pulumi:pulumi:Stack" not in urn else text
        if line not in self.errors:
            self.errors.append(line)


def _without_traceback(text: str) -> str:
    """What was raised, and the place of the program's own that raised it."""
    head, found, trace = text.partition(" Traceback (most recent call last):")
    if not found:
        return text
    head = _SOURCE.sub("", head).strip()
    frames = [f for f in re.findall(r'File "([^"]+)", line (\d+)', trace) if "site-packages" not in f[0]]
    own = [f for f in frames if "aistacks_sandbox/" not in f[0] and not f[0].startswith(sys.base_prefix)]
    return f"{own[-1][0]}:{own[-1][1]}: {head}" if own else head


def _called(urn: str) -> str:
    parts = urn.split("::")
    return f"{parts[2].split('$')[-1]} {parts[-1]}" if len(parts) > 3 else urn


def program_of(path: Path, run: Run) -> Callable[[], None]:
    """What the engine calls: runs ``path`` as Pulumi's own Python host does, in its folder."""

    def program() -> None:
        folder = path if path.is_dir() else path.parent
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        pulumi.runtime.register_stack_transformation(run.note)
        try:
            runpy.run_path(str(path), run_name="__main__")
        except UserError as error:
            run.mistake = str(error)
            raise
        except SystemExit as error:
            if error.code:
                run.mistake = f"{path}: the program ended itself with exit code {error.code}"
                raise
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            run.mistake = _one_line(error, folder)
            raise

    return program


def _one_line(error: BaseException, folder: Path) -> str:
    text = " ".join(str(error).split()) or "no message"
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {type(error).__name__}: {error.msg}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(str(folder))]
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(folder)
    return f"{where}: {type(error).__name__}: {text}"


def perform(request: dict[str, Any], run: Run) -> dict[str, Any]:
    """Carry the request out; the answer as JSON-ready values."""
    if request.get("site_packages"):
        _adopt(request["site_packages"])
    workspace = LocalWorkspace(
        work_dir=request["workspace"],
        pulumi_home=request["environment"]["PULUMI_HOME"],
        # The workspace has a copy of the project file; the program itself stays in its own place.
        program=None if is_yaml(Path(request["workspace"])) else program_of(Path(request["program"]), run),
        env_vars=request["environment"],
    )
    stack = Stack.create_or_select(request["stack"], workspace)
    # After each operation these start the engine three times more, for what the exported state says anyway.
    stack.outputs = dict  # type: ignore[method-assign]
    stack.info = lambda *_, **__: object()  # type: ignore
    operation = request["operation"]
    if operation == "export":
        return _answer(stack)
    options = dict(request["options"])
    if options.pop("unprotect", False):
        # Everything here is a stand-in: what guards the real thing must not keep the copy.
        workspace._run_pulumi_cmd_sync(["state", "unprotect", "--all", "--yes", "--stack", request["stack"]])
    if operation == "preview":
        stack.preview(on_event=run.hear, suppress_progress=True, **options)
        return {**_answer(stack), "outputs": {}}
    if operation == "destroy":
        kept = retained(stack.export_stack().deployment)
        stack.destroy(on_event=run.hear, suppress_progress=True, **options)
        return {"outputs": {}, "deployment": None, "retained": kept}
    getattr(stack, operation)(on_event=run.hear, suppress_progress=True, **options)
    return _answer(stack)


def _adopt(site_packages: str) -> None:
    """Prefer the packages of the program's environment to ours, but for those that are loaded: Pulumi's own SDK."""
    before = list(sys.path)
    site.addsitedir(site_packages)
    sys.path[:] = [*(path for path in sys.path if path not in before), *before]


def _answer(stack: Stack) -> dict[str, Any]:
    deployment = stack.export_stack().deployment
    return {"outputs": checkpoint.outputs(deployment), "deployment": deployment}


def main() -> int:
    """Read the request, answer, and end with 1 when it failed."""
    # A program makes much and throws little away: collecting took a quarter of its time.
    gc.set_threshold(200_000)
    # What the program prints belongs to the log, not into the conversation.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    secrets = SpokenSecrets()
    secrets.listen()

    def say(message: dict[str, Any]) -> None:
        if message.get("errors"):
            message = {**message, "errors": [secrets.redacted(error) for error in message["errors"]]}
        # The command may have been killed; what is in flight is brought to its end all the same.
        with suppress(BrokenPipeError):
            answers.write(json.dumps(message, default=str) + "\n")
            answers.flush()

    request = json.load(sys.stdin)
    run = Run(say, Journal(Path(request["journal"])) if request.get("journal") else None)
    try:
        answer = perform(request, run)
    except CommandError as error:
        # What a missing plugin breaks in the program depends on who is faster; that it is missing is the reason.
        said = [*run.errors, run.mistake or "", str(error)]
        missing = missing_plugins.told(said, run.declared, request["program"])
        after = run.mistake and run.errors and _AFTERMATH.search(run.mistake)
        messages = (
            missing
            or missing_plugins.stacks_told(said, request["program"])
            or ([run.mistake] if run.mistake and not after else run.errors)
        )
        say({"errors": messages or _yaml_mistake(run.said) or [_last_words(str(error))]})
        return 1
    except UserError as error:
        say({"errors": [str(error)]})
        return 1
    say({**answer, "changes": run.changes, "steps": run.steps, "errors": []})
    return 0


def _yaml_mistake(said: list[str]) -> list[str]:
    """The mistake in a YAML program as one line, "<where>: <what>"; none where its host told of none."""
    text = " ".join(line.strip() for line in said if line.strip() and not _EXCERPT.match(line))
    found = re.search(r"\bError: (.*?) on (\S+) line (\d+)[:,]?(?: |$)(.*)", text)
    if found is None:
        return []
    what, file, line, more = found.groups()
    return [f"{file}:{line}: {what}{f'. {more}' if more else ''}"]


def _plain(message: str) -> str:
    return _COLOUR.sub("", _MARKUP.sub("", message))


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [line for line in lines if "error:" in line]
    return re.sub(r"^(stderr: )?error: ", "", (found or lines or ["the engine failed and gave no reason"])[-1])


if __name__ == "__main__":
    sys.exit(main())
