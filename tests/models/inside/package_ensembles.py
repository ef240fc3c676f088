"""Writes ensembles of tiny models into a folder, and says what became of those that don't fit together."""

import json
import sys
from pathlib import Path

import package_tiny

from aistacks_core.errors import UserError
from aistacks_models import Tensor
from aistacks_models.packaging.ensembles import Ensemble, Packaged, Python, Step, each, voters, write

HERE = Path(__file__).parent
PIXELS, WORD = package_tiny.INPUTS
LABEL, SCORES = package_tiny.OUTPUTS
RAW = Tensor(name="raw", datatype="UINT8", shape=(4,))
NAME = Tensor(name="name", datatype="BYTES", shape=(1,))


def chain(package, **changes):
    """Bytes → pixels (pre-processing) → the model → the label's name (post-processing)."""
    scale = Python(name="scale", file=HERE / "triton_scale.py", inputs=(RAW,), outputs=(PIXELS,))
    names = Python(
        name="names",
        file=HERE / "triton_names.py",
        inputs=(LABEL,),
        outputs=(NAME,),
        parameters={"names": json.dumps(package_tiny.CLASSES)},
    )
    steps = (
        Step(model="scale", inputs={"raw": "raw"}, outputs={"pixels": "scaled"}),
        Step(model="tiny", inputs={"pixels": "scaled", "word": "word"}, outputs={"label": "number"}),
        Step(model="names", inputs={"label": "number"}, outputs={"name": "name"}),
    )
    fields = {
        "name": "chain",
        "inputs": (RAW, WORD),
        "outputs": (NAME,),
        "members": (scale, Packaged(package=package), names),
        "steps": steps,
    }
    return Ensemble(**fields | changes)


def crops(package):
    """Two items a row, made by a member, each asked about: as a detector's crops reach a classifier."""
    classifier = Packaged(package=package, name="classifier")
    items = each("each", classifier, items=2)
    cut = Python(
        name="cut",
        file=HERE / "triton_cut.py",
        inputs=(Tensor(name="picture", datatype="FP32", shape=(8,)),),
        outputs=items.inputs,
    )
    return Ensemble(
        name="crops",
        inputs=cut.inputs,
        outputs=(Tensor(name="labels", datatype="INT64", shape=(2, 1)),),
        members=(cut, classifier, items),
        steps=(
            Step(model="cut", inputs={"picture": "picture"}, outputs={"pixels": "parts", "word": "words"}),
            Step(model="each", inputs={"pixels": "parts", "word": "words"}, outputs={"label": "labels"}),
        ),
        called=("classifier",),
    )


def refusals(package, folder):
    good = chain(package)
    scale, tiny, names = good.members
    first, second, third = good.steps
    wrong = {
        "type": chain(package, inputs=(Tensor(name="raw", datatype="INT8", shape=(4,)), WORD)),
        "shape": chain(package, inputs=(Tensor(name="raw", datatype="UINT8", shape=(5,)), WORD)),
        "output": chain(package, outputs=(NAME, Tensor(name="sure", datatype="FP32", shape=(1,)))),
        "input missing": chain(
            package, steps=(first, second.model_copy(update={"inputs": {"pixels": "scaled"}}), third)
        ),
        "tensor missing": chain(package, steps=(first, third)),
        "member missing": chain(package, members=(scale, tiny)),
        "twice": chain(package, steps=(first, first, second, third)),
        "circle": chain(
            package,
            inputs=(WORD,),
            members=(scale.model_copy(update={"inputs": (LABEL,)}), tiny, names),
            steps=(
                Step(model="scale", inputs={"label": "number"}, outputs={"pixels": "scaled"}),
                second,
                third,
            ),
        ),
        "unused": chain(
            package, steps=(first, second.model_copy(update={"outputs": {**second.outputs, "scores": "s"}}), third)
        ),
        "name twice": chain(package, members=(scale, tiny, tiny, names)),
        "idle": chain(package, members=(*good.members, names.model_copy(update={"name": "other"}))),
        "no package": chain(package, members=(scale, Packaged(package=folder / "nowhere"), names)),
    }
    said = {}
    for word, ensemble in wrong.items():
        try:
            write(ensemble, folder / "refused")
            said[word] = ""
        except UserError as error:
            said[word] = str(error)
    other = folder / "other"
    (other / "triton").mkdir(parents=True)
    manifest = json.loads((package / "manifest.json").read_text())
    manifest |= {"name": "other", "inputs": [{"name": "pixels", "datatype": "FP32", "shape": [8]}]}
    (other / "manifest.json").write_text(json.dumps(manifest))
    try:
        voters("voters", [Packaged(package=package), Packaged(package=other)], "scores")
    except UserError as error:
        said["voters"] = str(error)
    said["written"] = (folder / "refused").exists()
    return said


def main(folder):
    for seed in (0, 1):
        package_tiny.write(folder / f"package-{seed}", seed)
    first, second = folder / "package-0", folder / "package-1"
    repository = folder / "repository"
    two = voters("voters", [Packaged(package=first, name="tiny-a"), Packaged(package=second, name="tiny-b")], "scores")
    for ensemble in (two, chain(first), crops(first)):
        part = folder / ensemble.name
        write(ensemble, part)
        for model in part.iterdir():
            model.rename(repository / model.name) if repository.exists() else None
    return {"refused": refusals(first, folder)}


if __name__ == "__main__":
    root = Path(sys.argv[1])
    (root / "repository").mkdir(parents=True)
    sys.stdout.write(json.dumps(main(root)) + "\n")
