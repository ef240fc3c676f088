"""Records the environments and examples as this version brings them up: ``python tests/upgrades/record.py 0.2.0``.

Run it at a release, and commit what comes of it below ``tests/upgrades/states/``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from aistacks_core.project import read_project, region_of
from aistacks_sandbox import cloud
from aistacks_sandbox.engine.workspace import prepare
from aistacks_sandbox.programs import engine as engine_program
from aistacks_sandbox.up import engine_up
from aistacks_sandbox.upgrades.scratch import scratch_sandbox
from recorded_states import RecordedState, export

ROOT = Path(__file__).parents[2]


def record(release: str, name: str, project: Path, stack: str) -> None:
    """Bring ``stack`` of ``project`` up in a sandbox of its own, and keep its state."""
    with scratch_sandbox() as state:
        ground = cloud.start(state)
        region = region_of(read_project(project), stack, cloud.DEFAULT_REGION)
        workspace = prepare(state, project, stack, overrides={"aws:region": region}, settings_required=False)
        engine_up(state, workspace, ground, region)
        RecordedState(release, name).write(export(state, workspace, ground.endpoint))


def main(release: str) -> None:
    engine_program.ensure()
    shutil.rmtree(ROOT / "tests" / "upgrades" / "states" / release, ignore_errors=True)
    for path in sorted((ROOT / "stacks").glob("Pulumi.*.yaml")):
        stack = path.name.split(".")[1]
        record(release, f"environment-{stack}", ROOT, stack)
    for path in sorted((ROOT / "examples").glob("*/Pulumi.yaml")):
        record(release, f"example-{path.parent.name}", path.parent, "sandbox")


if __name__ == "__main__":
    main(sys.argv[1])
