"""Programs that are deployed once and edited many times: ours and public ones."""

from __future__ import annotations

import copy
import random
import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import yaml

import program_edits
import settings_edits
from aistacks_core.errors import UserError
from aistacks_core.project import read_project
from aistacks_core.snapshot import Plan
from aistacks_review.record.client import MEMORY
from aistacks_review.record.planning import Limits, plan_environments
from public_programs import Program
from source_edits import Source

ROOT = Path(__file__).parents[1]
KEY = "aistacks:environment"


class Base(ABC):
    """A program that is deployed in a sandbox, and whose edits are previewed there."""

    def __init__(self, name: str, folder: Path, stack: str) -> None:
        self.name = name
        self.folder = folder
        self.stack = stack

    @abstractmethod
    def write(self, number: int | None = None, seed: int = 0) -> str:
        """Write the program with an edit (``None``: without), and tell which."""

    def plan(self) -> Plan:
        """The plan of what is written. Raises ``UserError``."""
        planned, _, _ = plan_environments(read_project(self.folder), [self.stack], "", Limits(120, MEMORY))
        head = next(iter(planned)).head
        if head.plan is None:
            raise UserError(self.name, head.error, "a plan")
        return head.plan


class PublicBase(Base):
    """A public program, edited in its source."""

    def __init__(self, program: Program, checkouts: Path, folder: Path) -> None:
        super().__init__(str(program), program.copied(checkouts, folder / "program"), program.stack)
        files = {path: path.read_text() for path in sorted(self.folder.rglob("*.py"))}
        self._files = {path: text for path, text in files.items() if Source(text)}
        self._changed: Path | None = None

    def write(self, number: int | None = None, seed: int = 0) -> str:
        """Write the program with an edit (``None``: without), and tell which."""
        if self._changed:
            self._changed.write_text(self._files[self._changed])
        if number is None or not self._files:
            return ""
        dice = random.Random(f"{seed}/{self.name}/{number}")
        self._changed = dice.choice(list(self._files))
        said, text = Source(self._files[self._changed]).edited(dice)
        self._changed.write_text(text)
        return said


class OwnBase(Base):
    """One of this project's environments, or the plain program."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name, folder, "dev" if name == "plain" else name)
        self._items = program_edits.base()
        self._settings: dict[str, Any] = {}
        if name != "plain":
            shutil.copytree(
                ROOT / "stacks", folder / "stacks", ignore=shutil.ignore_patterns("Pulumi.*", "__pycache__")
            )
            shutil.copy(ROOT / "Pulumi.yaml", folder)
            self._settings = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{name}.yaml").read_text())

    def write(self, number: int | None = None, seed: int = 0) -> str:
        """Write the program with an edit (``None``: without), and tell which."""
        dice = random.Random(f"{seed}/{self.name}/{number}")
        if self.name == "plain":
            said, items = ("", self._items) if number is None else program_edits.edited(self._items, dice)
            program_edits.write(self.folder, items, self.stack)
            return said
        settings, said = copy.deepcopy(self._settings), ""
        if number is not None:
            said, settings["config"][KEY] = settings_edits.edited(settings["config"][KEY], dice)
        (self.folder / "stacks" / f"Pulumi.{self.stack}.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
        return said
