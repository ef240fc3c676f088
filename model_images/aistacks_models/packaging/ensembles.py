"""Several models behind one name: chains with pre- and post-processing, and voters, as one Triton repository.

An ensemble is validated before anything is written: every tensor's name, type and shape, from the ensemble's inputs
through each step to its outputs.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from aistacks_core.errors import UserError

from ..serving import Serving
from ..tensors import Tensor
from . import ensemble_checks, triton_config, triton_config_builder
from .triton import PYTHON_CONFIG

HERE = Path(__file__).parent
NAME = r"^[a-z0-9][a-z0-9_-]*$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Packaged(_Part):
    """A packaged model as a member. ``name``: its name in the repository. Default: the package's."""

    package: Path
    name: str = Field(default="", pattern=rf"{NAME}|^$")


class Python(_Part):
    """A file with a ``TritonPythonModel`` as a member, run by the Python backend on either server.

    ``parameters`` are for the file to read from its configuration.
    """

    name: str = Field(pattern=NAME)
    file: Path
    inputs: tuple[Tensor, ...] = Field(min_length=1)
    outputs: tuple[Tensor, ...] = Field(min_length=1)
    parameters: dict[str, str] = {}
    max_batch_size: int = Field(default=64, ge=1)
    serving: Serving = Serving()


class Step(_Part):
    """One run of a member. ``inputs``: its input → the ensemble's name for the tensor; ``outputs``: likewise."""

    model: str
    inputs: dict[str, str] = Field(min_length=1)
    outputs: dict[str, str] = Field(min_length=1)


class Ensemble(_Part):
    """Members, and their steps, which are connected by the names of tensors.

    ``called``: members that no step runs, because another member calls them itself (`each`).
    """

    name: str = Field(pattern=NAME)
    inputs: tuple[Tensor, ...] = Field(min_length=1)
    outputs: tuple[Tensor, ...] = Field(min_length=1)
    members: tuple[Packaged | Python, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)
    called: tuple[str, ...] = ()


class Member:
    """A member with its tensors, as steps see it."""

    def __init__(self, member: Packaged | Python) -> None:
        self.member = member
        if isinstance(member, Python):
            self.name, self.inputs, self.outputs = member.name, member.inputs, member.outputs
            self.max_batch_size = member.max_batch_size
            if not member.file.is_file():
                raise UserError(str(member.file), "no such file", f"the model.py of member {member.name}")
            return
        file = member.package / "manifest.json"
        try:
            manifest = json.loads(file.read_text())
            self.name = member.name or manifest["name"]
            self.home = member.package / "triton" / manifest["name"]
            self.inputs, self.outputs = (
                tuple(Tensor.model_validate(tensor) for tensor in manifest[word]) for word in ("inputs", "outputs")
            )
            self.max_batch_size = manifest["max_batch_size"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(str(file), str(error), "the manifest of a package") from error


def write(ensemble: Ensemble, folder: Path) -> None:
    """Write the repository of the ensemble and all its members into ``folder``, which must be empty or absent.

    Raises UserError for incompatible members; nothing is written then.
    """
    members = _members(ensemble)
    ensemble_checks.check(ensemble, members)
    if folder.exists() and any(folder.iterdir()):
        raise UserError(str(folder), "a folder that isn't empty", "an empty or absent folder")
    config = _config(ensemble, members).text()
    texts = {known.name: _texts(known) for known in members.values()}
    for known in members.values():
        _write_member(known, texts[known.name], folder / known.name)
    home = folder / ensemble.name
    # An object store has no empty folders, and Triton requires a version folder.
    _write(home / "1" / "README", f"{ensemble.name} is an ensemble: its members have the files.\n")
    _write(home / "config.pbtxt", config)
    _write(home / "configs" / f"{PYTHON_CONFIG}.pbtxt", config)


def voters(name: str, packages: Iterable[Packaged], probabilities: str, label: str = "label") -> Ensemble:
    """Soft voting: the mean of the members' ``probabilities``, and its argmax as ``label``.

    Members take the same inputs. Raises UserError where they don't.
    """
    members = tuple(packages)
    known = [Member(member) for member in members]
    first = known[0]
    votes = [_output(one, probabilities) for one in known]
    for one in known[1:]:
        ensemble_checks.same_inputs(name, first.name, first.inputs, one.name, one.inputs)
    ballot = Python(
        name=f"{name}-vote",
        file=HERE / "triton_vote.py",
        inputs=tuple(
            Tensor(name=f"vote_{place}", datatype=vote.datatype, shape=vote.shape) for place, vote in enumerate(votes)
        ),
        outputs=(
            Tensor(name="label", datatype="INT64", shape=(1,)),
            Tensor(name="probabilities", datatype=votes[0].datatype, shape=votes[0].shape),
        ),
        max_batch_size=min(one.max_batch_size for one in known),
    )
    asked = {tensor.name: tensor.name for tensor in first.inputs}
    steps = [
        Step(model=one.name, inputs=asked, outputs={probabilities: f"vote_{place}"}) for place, one in enumerate(known)
    ]
    counted = {tensor.name: tensor.name for tensor in ballot.inputs}
    return Ensemble(
        name=name,
        inputs=first.inputs,
        outputs=(
            Tensor(name=label, datatype="INT64", shape=(1,)),
            Tensor(name=probabilities, datatype=votes[0].datatype, shape=votes[0].shape),
        ),
        members=(*members, ballot),
        steps=(
            *steps,
            Step(model=ballot.name, inputs=counted, outputs={"label": label, "probabilities": probabilities}),
        ),
    )


def each(name: str, model: Packaged, items: int = -1) -> Python:
    """A member that calls ``model`` for every item of a row: (rows, items, …) in, (rows, items, …) out.

    For example a detector's crops to a classifier. ``items``: per row. Default: any number. The model must be among
    the ensemble's ``members`` and ``called``.
    """
    known = Member(model)
    return Python(
        name=name,
        file=HERE / "triton_each.py",
        inputs=tuple(_many(tensor, items) for tensor in known.inputs),
        outputs=tuple(_many(tensor, items) for tensor in known.outputs),
        parameters={"model": known.name, "max_batch_size": str(known.max_batch_size)},
        max_batch_size=known.max_batch_size,
    )


def _many(tensor: Tensor, items: int) -> Tensor:
    return tensor.model_copy(update={"shape": (items, *tensor.shape)})


def _output(known: Member, name: str) -> Tensor:
    for tensor in known.outputs:
        if tensor.name == name:
            return tensor
    raise UserError(f"member {known.name}", f"outputs {[t.name for t in known.outputs]}", f"an output {name}")


def _members(ensemble: Ensemble) -> dict[str, Member]:
    members: dict[str, Member] = {}
    for known in (Member(member) for member in ensemble.members):
        if known.name in members or known.name == ensemble.name:
            raise UserError(
                f"ensemble {ensemble.name}",
                f"{known.name} twice",
                "names that differ",
                "Give a packaged member a name.",
            )
        members[known.name] = known
    return members


def _config(ensemble: Ensemble, members: Mapping[str, Member]) -> triton_config.ModelConfig:
    fields: dict[str, Any] = {
        "name": ensemble.name,
        "platform": "ensemble",
        "max_batch_size": min(known.max_batch_size for known in members.values()),
        "input": [triton_config_builder.tensor(one) for one in ensemble.inputs],
        "output": [triton_config_builder.tensor(one) for one in ensemble.outputs],
        "ensemble_scheduling": {
            "step": [
                {"model_name": step.model, "model_version": -1, "input_map": step.inputs, "output_map": step.outputs}
                for step in ensemble.steps
            ]
        },
    }
    return triton_config.ModelConfig.model_validate(fields)


def _texts(known: Member) -> dict[str, str]:
    """Path below the member's folder → content."""
    member = known.member
    if isinstance(member, Python):
        made = triton_config_builder.of_model(
            known.name, known.inputs, known.outputs, known.max_batch_size, "python", member.serving, warm_up=False
        )
        parameters = {key: triton_config.Parameter(string_value=value) for key, value in member.parameters.items()}
        text = made.model_copy(update={"parameters": {**made.parameters, **parameters}}).text()
        return {"config.pbtxt": text, f"configs/{PYTHON_CONFIG}.pbtxt": text}
    files = ("config.pbtxt", f"configs/{PYTHON_CONFIG}.pbtxt")
    return {file: triton_config_builder.renamed((known.home / file).read_text(), known.name) for file in files}


def _write_member(known: Member, texts: Mapping[str, str], home: Path) -> None:
    if isinstance(known.member, Python):
        (home / "1").mkdir(parents=True)
        shutil.copyfile(known.member.file, home / "1" / "model.py")
    else:
        shutil.copytree(known.home, home)
    for file, text in texts.items():
        _write(home / file, text)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
