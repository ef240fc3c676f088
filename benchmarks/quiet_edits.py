"""Edits that change nothing in effect, and what is said of them: every risk or new finding is a false alarm.

    .venv/bin/python benchmarks/quiet_edits.py

Each edit is made to a plain program as people write them (quiet_program.py), recorded before and after, compared and
judged as `aistacks plan` does it. So is what the comparison lists as changed, where nothing goes by another name.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from aistacks_core.snapshot import Plan
from aistacks_review.compare.changes import ChangeKind
from aistacks_review.compare.comparison import compare
from aistacks_review.policy import check
from aistacks_review.record.recorder import record
from aistacks_review.risk import assess

PROGRAM = Path(__file__).with_name("quiet_program.py")
EDITS = Path(__file__).with_name("quiet_edits.yaml")
TODAY = date(2026, 11, 30)


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
    findings, _ = check(after, [], TODAY, before)
    quiet = (ChangeKind.MOVE,)
    return Said(
        name,
        tuple(r.title for r in assess(before, after, compared.changes)),
        tuple(f"{f.rule}: {f.message}" for f in findings if f.new and f.verdict == "fail"),
        tuple(f"{c.kind} {c.name} {[p.path for p in c.properties]}" for c in compared.changes if c.kind not in quiet),
        moves,
    )


def main() -> int:
    """Prints each false alarm, and how many of how many edits have one."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "").parse_args()
    before = planned(PROGRAM.read_text(encoding="utf-8"))
    answers = [said(name, before, planned(program), moves=moves) for name, program, moves in edits()]
    for answer in answers:
        for alarm in answer.alarms:
            print(f"{answer.name}: {alarm}")
    alarmed = sum(bool(a.alarms) for a in answers)
    print(f"{len(answers)} edits that change nothing in effect: {alarmed} with a false alarm")
    return 1 if alarmed else 0


if __name__ == "__main__":
    sys.exit(main())
