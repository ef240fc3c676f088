"""What compression writes when the weights don't fit into one protobuf: the limit is lowered. Argument: a folder."""

import json
import sys
from pathlib import Path

import compress_networks

from aistacks_models.compression import onnx_io
from aistacks_models.stage_cache import StageCache
from aistacks_models.stages.compress import compress
from aistacks_models.stages.train import train
from aistacks_models.variants import Variants

onnx_io.LARGEST = 10_000


def told(kind, root):
    names = ("optimised", "int8-dynamic", "int8-static", "weights-4", "half-onnx", "fused", "fused-int8")
    kind.recipes = tuple(recipe for recipe in kind.recipes if recipe.name in names)
    model = kind()
    cache, source = StageCache(root, model.name), Path(compress_networks.__file__)
    stage = compress(model, train(model, cache, source), cache, source)
    variants = Variants.read(stage.folder)
    rows = model.data().held_out.inputs
    found = compress_networks.differences(model, variants.made, stage.folder, rows)
    for variant in variants.made:
        files = {file.name: file.stat().st_size for file in (stage.folder / variant.name).iterdir()}
        found[variant.name] |= {"files": files, "bytes": variant.bytes}
    return {"made": found, "dropped": {each.name: each.reason for each in variants.dropped}}


folder = Path(sys.argv[1])
kinds = (compress_networks.Pictures, compress_networks.Tokens)
told_of = {kind.name: told(kind, folder) for kind in kinds}
sys.stdout.write(json.dumps(told_of | {"overflows": compress_networks.overflows()}))
