"""The plan's comparison of base and head against the real engine's preview of the head over the deployed base.

    .venv/bin/python benchmarks/plan_against_engine.py [--seed N] [--edits N] [--base NAME] [--number N]
                                                       [--public LIST FOLDER]

Each base (the four environments and a plain program without components) is brought up once in a sandbox of its own;
then random edits of it are planned and previewed, and each resource's step is compared. ``--base`` and ``--number``
replay one edit. ``--public``: the bases are public programs instead, as ``public_programs.py`` takes them, one after
the other in one sandbox, and the edits are made in their source (``source_edits.py``).
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import Progress

import real_engine
from aistacks_core.errors import UserError
from aistacks_core.symbols import holds_symbol
from aistacks_review.compare.changes import ChangeKind, ResourceChange
from aistacks_review.compare.comparison import compare
from bases import Base, OwnBase, PublicBase
from public_programs import Program, programs_of

SHARES = {"sandbox": 30, "dev": 30, "staging": 30, "prod": 40, "plain": 70}
"""How 200 edits are spread over the bases."""
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes what isn't known before deployment."""
_MANY = 15
_KINDS = {"create", "update", "replace", "delete"}


@dataclass(frozen=True)
class Outcome:
    """One edit. ``steps``: how many resources both say change. ``differences``: URN to what each says of it."""

    base: str
    number: int
    said: str
    steps: Counter[str] = field(default_factory=Counter)
    differences: dict[str, tuple[str, str]] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    """URN to why they differ, where that can be told."""
    refused: str = ""
    """Why the plan has no answer; the engine has none either, or it would be a difference."""


class Deployed:
    """A base that is up."""

    def __init__(self, base: Base, state: Any) -> None:
        self.base = base
        self.state = state
        base.write()
        self._stage().up()
        self.before = base.plan()

    def _stage(self) -> real_engine.Stack:
        return real_engine.stage(self.state, self.base.folder, self.base.stack)

    def compared(self, number: int, seed: int) -> Outcome:
        """What plan and engine say of one edit."""
        said = self.base.write(number, seed)
        engine = self._stage()
        with ThreadPoolExecutor(1) as pool:
            previewing = pool.submit(engine.preview)
            try:
                after = self.base.plan()
            except UserError as error:
                try:
                    previewing.result()
                except RuntimeError:
                    return Outcome(self.base.name, number, said, refused=str(error))
                return Outcome(self.base.name, number, said, differences={"": (f"refused: {error}", "previewed")})
            try:
                document = previewing.result()
            except RuntimeError as error:
                return Outcome(self.base.name, number, said, differences={"": ("planned", f"refused: {error}")})
        changes = {change.urn: change for change in compare(self.before, after).changes}
        ours = {urn: f"{c.kind.value}{' or replace' if c.may_replace else ''}" for urn, c in changes.items()}
        theirs = steps_of(document)
        differing = {urn for urn in {*ours, *theirs} if ours.get(urn, "same") != theirs.get(urn, "same")}
        return Outcome(
            self.base.name,
            number,
            said,
            Counter(kind for urn, kind in theirs.items() if urn not in differing),
            {urn: (ours.get(urn, "same"), theirs.get(urn, "same")) for urn in sorted(differing)},
            {urn: explained(urn, changes, document) for urn in sorted(differing)},
        )


UNSURE = "the plan says that it can't tell an update from a replacement"
REGION = "it follows its provider into another region, as AWS's provider from version 6 does; the stand-in stays"
STAYS = "the engine counts what a replaced resource makes as unknown; by its fixed name it stays the same"
WRITTEN_OUT = "a reference became the same text written out; the plan doesn't know the text"


def explained(urn: str, changes: Mapping[str, ResourceChange], document: dict[str, Any]) -> str:
    """Why plan and engine differ on a resource; empty where that isn't known."""
    ours = changes.get(urn)
    step = next((s for s in document["steps"] if s["urn"] == urn), None)
    theirs = step["op"] if step else "same"
    if ours and ours.may_replace and theirs in ("update", "replace"):
        return UNSURE
    if ours and ours.kind is ChangeKind.REPLACE and theirs in ("same", "update"):
        forced = [p for p in ours.properties if p.replaces]
        if any(p.path == "region" for p in forced):
            return REGION
        if forced and all(holds_symbol(p.before) != holds_symbol(p.after) for p in forced):
            return WRITTEN_OUT
        provider = ours.registration.provider.rpartition("::")[0]
        if provider in changes and explained(provider, changes, document) == WRITTEN_OUT:
            return WRITTEN_OUT
    if step and theirs in ("update", "replace") and (ours is None or ours.kind is ChangeKind.UPDATE):
        inputs = step["newState"].get("inputs", {})
        reasons = step.get("replaceReasons" if theirs == "replace" else "diffReasons") or []
        if reasons and all(UNKNOWN in json.dumps(inputs.get(key)) for key in reasons if key in inputs):
            return STAYS
    return ""


def steps_of(document: dict[str, Any]) -> dict[str, str]:
    """URN to step of every resource in the cloud that a preview touches. Read here anew, not by the plan's reader."""
    found = {}
    for step in document["steps"]:
        old, new = step.get("oldState") or {}, step.get("newState") or {}
        if not (new or old).get("custom"):
            continue
        if step["op"] in _KINDS:
            found[step["urn"]] = step["op"]
        elif step["op"] == "same" and old and new and old["urn"] != new["urn"]:
            found[step["urn"]] = "move"
    return found


@contextmanager
def deployed(name: str) -> Iterator[Deployed]:
    """One of our bases, up in a sandbox of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        ground, place = Path(scratch) / "sandbox", Path(scratch) / "program"
        ground.mkdir()
        place.mkdir()
        with real_engine.sandbox(ground) as state:
            yield Deployed(OwnBase(name, place), state)


@contextmanager
def borrowed(program: Program, checkouts: Path, state: Any) -> Iterator[Deployed]:
    """A public program, up in a sandbox that others had before it; gone from there at the end."""
    with tempfile.TemporaryDirectory() as scratch:
        base = PublicBase(program, checkouts, Path(scratch))
        try:
            yield Deployed(base, state)
        finally:
            base.write()
            real_engine.stage(state, base.folder, base.stack).pulumi("destroy", "--yes", "--skip-preview")


def shares(edits: int) -> dict[str, int]:
    """How many of ``edits`` each base has."""
    whole = sum(SHARES.values())
    spread = {name: share * edits // whole for name, share in SHARES.items()}
    spread["plain"] += edits - sum(spread.values())
    return spread


def category(outcome: Outcome, urn: str) -> str:
    """A difference's name."""
    ours, theirs = outcome.differences[urn]
    told = outcome.reasons.get(urn) or "NOT EXPLAINED"
    return f"plan {ours.partition(':')[0]}, engine {theirs.partition(':')[0]}: {told}"


def main() -> None:
    """Compare, with progress, and print the figures and every difference."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--edits", type=int, default=200)
    words.add_argument("--base", help=f"{', '.join(SHARES)}, or a public program's name")
    words.add_argument("--public", type=Path, nargs=2, metavar=("LIST", "FOLDER"))
    words.add_argument("--number", type=int)
    words.add_argument("--out", type=Path, help="every outcome as JSON, as it comes")
    given = words.parse_args()
    outcomes: list[Outcome] = []
    began = time.monotonic()
    with Progress(transient=True) as progress, ExitStack() as whole:
        opened: dict[str, Callable[[], AbstractContextManager[Deployed]]]
        if given.public:
            state = whole.enter_context(real_engine.sandbox(Path(whole.enter_context(tempfile.TemporaryDirectory()))))
            opened = {str(p): partial(borrowed, p, given.public[1], state) for p in programs_of(given.public[0])}
            spread = dict.fromkeys(opened, -(-given.edits // len(opened)))
        else:
            opened = {name: partial(deployed, name) for name in SHARES}
            spread = shares(given.edits)
        only = None if given.number is None else range(given.number, given.number + 1)
        wanted = {given.base: given.edits} if given.base else spread
        task = progress.add_task("edits", total=1 if given.number is not None else sum(wanted.values()))
        for name, count in wanted.items():
            with opened[name]() as base:
                for outcome in _outcomes(base, only, count, given.seed):
                    outcomes.append(outcome)
                    _keep(given.out, outcome)
                    progress.update(task, advance=not outcome.refused, description=f"{name}: {outcome.said[:60]}")
    _report(outcomes, given.seed, time.monotonic() - began)


def _outcomes(base: Deployed, numbers: range | None, count: int, seed: int) -> Iterator[Outcome]:
    """``count`` edits that somebody takes, or those with ``numbers``."""
    refused = done = 0
    for number in numbers or itertools.count():
        try:
            outcome = base.compared(number, seed)
        except LookupError:
            return
        yield outcome
        # What both refuse says nothing of the comparison, and is no edit.
        refused, done = (refused + 1, done) if outcome.refused else (0, done + 1)
        if done == count:
            return
        if refused > _MANY:
            raise SystemExit(f"{refused} edits in a row are refused, the last: {outcome.refused}")


def _keep(path: Path | None, outcome: Outcome) -> None:
    if path:
        with path.open("a") as out:
            out.write(json.dumps(outcome.__dict__) + "\n")


def _report(outcomes: list[Outcome], seed: int, seconds: float) -> None:
    refused = [o for o in outcomes if o.refused]
    compared = [o for o in outcomes if not o.refused]
    steps = sum((o.steps for o in compared), Counter[str]())
    differing = [o for o in compared if o.differences]
    print(f"seed {seed}: {len(compared)} edits compared in {seconds / 60:.0f} min; {len(refused)} more refused by both")
    print(f"  the same set of steps: {len(compared) - len(differing)} of {len(compared)}")
    whole = [o for o in differing if all(o.reasons.get(urn) for urn in o.differences)]
    print(f"  differences explained by name: {len(whole)}; not explained: {len(differing) - len(whole)}")
    print(f"  resources on which both say the same: {dict(steps)}")
    names = Counter(category(o, urn) for o in differing for urn in o.differences)
    print(f"  resources on which they differ: {sum(names.values())}")
    for name, count in names.most_common():
        print(f"    {count:4} {name}")
    for outcome in differing:
        print(f"  --base {outcome.base} --number {outcome.number}: {outcome.said}")
        for urn, (ours, theirs) in outcome.differences.items():
            known = "" if outcome.reasons.get(urn) else " NOT EXPLAINED"
            print(f"      {urn.partition('::')[2].partition('::')[2] or '-'}: plan {ours}, engine {theirs}{known}")


if __name__ == "__main__":
    main()
