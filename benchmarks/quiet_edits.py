"""Edits that change nothing in effect, and what is said of them: every risk or new finding is a false alarm.

    .venv/bin/python benchmarks/quiet_edits.py [--environments dev prod]

Each edit is made to a plain program as people write them (quiet_program.py), recorded before and after, compared and
judged as `aistacks plan` does it. So is what the comparison lists as changed, where nothing goes by another name.
The environments' files of our own stacks are written in other forms, too.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from aistacks_core.project import read_project
from aistacks_core.snapshot import Plan
from aistacks_review.compare.changes import ChangeKind
from aistacks_review.compare.comparison import compare
from aistacks_review.record.client import MEMORY
from aistacks_review.record.planning import Limits, plan_environments
from aistacks_review.record.recorder import record
from aistacks_review.review import Review
from aistacks_review.reviewing import judged

ROOT = Path(__file__).parents[1]
PROGRAM = Path(__file__).with_name("quiet_program.py")
EDITS = Path(__file__).with_name("quiet_edits.yaml")


@dataclass(frozen=True)
class Said:
    """What is said of one edit."""

    name: str
    risks: tuple[str, ...]
    findings: tuple[str, ...]
    """New failures of policies."""
    changed: tuple[str, ...]
    """Resources that the comparison lists as more than moved."""
    moves: bool
    """Whether the edit is one that has to be listed: something goes by another name in AWS or in the program."""

    @property
    def alarms(self) -> tuple[str, ...]:
        """The false ones."""
        return (*self.risks, *self.findings, *(() if self.moves else self.changed))


def edits() -> Iterator[tuple[str, str, bool]]:
    """Name, the program after the edit, and whether it moves something. ``ValueError`` for a text that isn't there."""
    program = PROGRAM.read_text(encoding="utf-8")
    for edit in yaml.safe_load(EDITS.read_text(encoding="utf-8")):
        changed = program
        for old, new in edit["texts"]:
            if old not in changed:
                raise ValueError(f"{edit['name']}: the program has no {old!r}")
            changed = changed.replace(old, new)
        yield edit["name"], changed, bool(edit.get("moves"))


def planned(program: str) -> Plan:
    """What the program registers, outputs as symbols."""
    code = compile(program, "<program>", "exec")
    return record(lambda: exec(code, {"__name__": "program"}), project="quiet", symbols=True)


def said(name: str, before: Plan, after: Plan, *, moves: bool = False) -> Said:
    """What a plan would say of going from one to the other."""
    compared = compare(before, after)
    review = judged(Review("quiet", "test", after, before, changes=compared.changes), [], None)
    quiet = (ChangeKind.MOVE,)
    return Said(
        name,
        tuple(r.title for r in review.risks),
        tuple(f"{f.rule}: {f.message}" for f in review.policies if f.new and f.verdict == "fail"),
        tuple(f"{c.kind} {c.name} {[p.path for p in c.properties]}" for c in compared.changes if c.kind not in quiet),
        moves,
    )


def of_program() -> Iterator[Said]:
    """Each edit of the plain program."""
    before = planned(PROGRAM.read_text(encoding="utf-8"))
    for name, program, moves in edits():
        yield said(name, before, planned(program), moves=moves)


def of_settings(environment: str) -> Iterator[Said]:
    """An environment's file of our own stacks, written otherwise."""
    file = ROOT / "stacks" / f"Pulumi.{environment}.yaml"
    text = file.read_text(encoding="utf-8")
    table = yaml.safe_load(text)
    forms = {
        "comments": "# Who reads this?\n" + text.replace("\n", "  # why\n", 1),
        "keys in order": yaml.safe_dump(table, sort_keys=True),
        "as JSON": json.dumps(table),
        "in one line": yaml.safe_dump(table, default_flow_style=True, width=10**6),
        "all texts in quotes": yaml.safe_dump(table, default_style=None).replace(": eu-west-1", ': "eu-west-1"'),
    }
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        ignored = shutil.ignore_patterns("Pulumi.*", "__pycache__")
        shutil.copytree(ROOT / "stacks", copy / "stacks", ignore=ignored)
        shutil.copy(ROOT / "Pulumi.yaml", copy)
        before = _environment(copy, environment, text)
        for form, changed in forms.items():
            yield said(f"{environment}: {form}", before, _environment(copy, environment, changed))


def _environment(folder: Path, environment: str, text: str) -> Plan:
    (folder / "stacks" / f"Pulumi.{environment}.yaml").write_text(text, encoding="utf-8")
    found, _, _ = plan_environments(read_project(folder), [environment], "", Limits(300, MEMORY))
    head = next(iter(found)).head
    if head.plan is None:
        raise SystemExit(f"{environment}: {head.error}")
    return head.plan


def main() -> int:
    """Prints each false alarm, and how many of how many edits have one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--environments", nargs="*", default=["dev", "prod"], help="of our own stacks; none: the program only"
    )
    chosen = parser.parse_args().environments
    answers = [*of_program(), *(answer for name in chosen for answer in of_settings(name))]
    for answer in answers:
        for alarm in answer.alarms:
            print(f"{answer.name}: {alarm}")
    alarmed = sum(bool(a.alarms) for a in answers)
    print(f"{len(answers)} edits that change nothing in effect: {alarmed} with a false alarm")
    return 1 if alarmed else 0


if __name__ == "__main__":
    sys.exit(main())
