"""Records the stack program with an environment's own file."""

import json
import runpy
from pathlib import Path

import yaml

from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record

STACKS = Path(__file__).parents[2] / "stacks"
ENVIRONMENTS = [p.name.split(".")[1] for p in sorted(STACKS.glob("Pulumi.*.yaml"))]


def settings(name):
    """The whole file of one environment."""
    return yaml.safe_load((STACKS / f"Pulumi.{name}.yaml").read_text())


def record_environment(name, table=None, region=None, *, symbols=False):
    """What one environment registers, from ``table`` where it is given; with ``symbols`` as if it were deployed."""
    config = settings(name)["config"]
    values = {
        "aws:region": region or config["aws:region"],
        "aistacks:environment": json.dumps(table or config["aistacks:environment"]),
    }
    program = STACKS / "__main__.py"
    return record(
        lambda: runpy.run_path(str(program), run_name="__main__"),
        stack=name,
        config=values,
        root=STACKS,
        symbols=symbols,
        **({"answers": OfflineAnswers(values["aws:region"])} if symbols else {}),
    )
