"""Compress both tiny models by every technique, and tell what came of it.

Arguments: a folder, and ``digests`` for nothing but what the bytes are.
"""

import json
import sys
from pathlib import Path

import compress_networks
import numpy as np
import onnx

from aistacks_core import checksums
from aistacks_models.runners import open_runner
from aistacks_models.stage_cache import StageCache
from aistacks_models.stages.compress import compress
from aistacks_models.stages.train import train
from aistacks_models.variants import Variants


def told(kind, root):
    model, log = kind(), []
    cache = StageCache(root, model.name, log.append)
    source = Path(compress_networks.__file__)
    trained = train(model, cache, source)
    stage = compress(model, trained, cache, source)
    variants = Variants.read(stage.folder)
    files = {v.name: checksums.sha256((stage.folder / v.file).read_bytes()) for v in variants.made}
    if sys.argv[2:] == ["digests"]:
        return {"digest": stage.digest, "files": files}
    rows = model.data().held_out.inputs
    found = compress_networks.differences(model, variants.made, stage.folder, rows)
    for variant in variants.made:
        file = stage.folder / variant.file
        whole = file.read_bytes()
        found[variant.name] |= variant.model_dump(mode="json", exclude={"recipe"}) | {
            "leaks": [word for word in (str(root), sys.prefix, str(source.parent)) if word.encode() in whole],
            "inside": graph(file) if file.suffix == ".onnx" else {},
        }
    refused = {
        variant.name: refusals(open_runner(variant, stage.folder, model), {k: v[:3] for k, v in rows.items()})
        for variant in variants.made
        if variant.name in ("original", "onnx", "program")
    }
    again = len(log)
    same = compress(model, trained, cache, source)
    kind.recipes = (*kind.recipes[:2], kind.recipes[2].model_copy(update={"name": "renamed"}))
    log_again = log[again:]
    compress(kind(), trained, cache, source)
    return {
        "digest": stage.digest,
        "files": files,
        "made": found,
        "dropped": {each.name: each.reason for each in variants.dropped},
        "again": [same.digest == stage.digest, [line for line in log_again if not line.endswith("cached")]],
        "log": log[:again],
        "refused": refused,
        "changed": [line for line in log[again + len(log_again) :] if not line.endswith("cached")],
    }


def refusals(runner, rows):
    """What is said to each wrong request, and whether right rows are answered bit for bit as before afterwards."""
    before, said = runner.run(rows), {}
    name = next(iter(rows))
    wrong = {
        "name": {"other" if key == name else key: value for key, value in rows.items()},
        "missing": {},
        "type": rows | {name: rows[name].astype("float64")},
        "rank": rows | {name: rows[name][0]},
        "number": rows | {name: np.float32(1)},
        "none": {key: value[:0] for key, value in rows.items()},
    }
    for kind, inputs in wrong.items():
        try:
            runner.run(inputs)
            said[kind] = ""
        except ValueError as error:
            said[kind] = str(error)
    after = runner.run(rows)
    read_only = {key: value.copy() for key, value in rows.items()}
    for value in read_only.values():
        value.flags.writeable = False
    same = [all((answer[key] == before[key]).all() for key in before) for answer in (after, runner.run(read_only))]
    return {"said": said, "same": same}


def graph(file):
    proto = onnx.load(file)
    sizes = lambda value: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]  # noqa: E731
    return {
        "tensors": {value.name: sizes(value) for value in (*proto.graph.input, *proto.graph.output)},
        "operators": sorted({node.op_type for node in proto.graph.node}),
        "opset": next(opset.version for opset in proto.opset_import if not opset.domain),
        "comments": sum(bool(node.doc_string) + len(node.metadata_props) for node in proto.graph.node),
    }


if __name__ == "__main__":
    out = Path(sys.argv[1])
    answer = {kind.name: told(kind, out) for kind in (compress_networks.Pictures, compress_networks.Tokens)}
    sys.stdout.write(json.dumps(answer | {"overflows": compress_networks.overflows()}))
