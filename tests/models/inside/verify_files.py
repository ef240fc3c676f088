"""`scan` over files that could run code; prints what it found of each."""

import io
import json
import os
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from safetensors.numpy import save_file

from aistacks_models.verification.pickles import scan


class Runs:
    def __reduce__(self):
        return (os.system, ("true",))


class Imports:
    def __reduce__(self):
        return (__import__("fractions").Fraction, (1, 2))


def graph(domain="", location=""):
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    node = helper.make_node("Relu" if not domain else "Special", ["x"], ["y"], domain=domain)
    w = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    if location:
        w.ClearField("float_data")
        w.data_location = TensorProto.EXTERNAL
        w.external_data.add(key="location", value=location)
    return helper.make_model(helper.make_graph([node], "g", [x], [out], [w]))


def zipped(**entries):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("__", "/") + ".pkl" * (not name.endswith(("pt", "weight"))), data)
    return stream.getvalue()


def main(root):
    root.mkdir(exist_ok=True)
    bad, odd = pickle.dumps(Runs()), pickle.dumps(Imports())
    files = {
        "bad.pkl": bad,
        "hidden.bin": bad,
        "odd.pkl": odd,
        "plain.pkl": pickle.dumps({"a": [1, 2.0]}),
        "bad.pt2": zipped(data__weights=bad),
        "nested.pt2": zipped(data__inner_pt=zipped(data=bad)),
        "raw.pt2": zipped(data__weight=b"c\x93\x00raw\nweights\n" * 9),
        "lib.so": b"\x7fELF and so on",
        "setup.py": b"print('hello')",
        "facts.json": b'{"a": 1}',
        "good.onnx": graph().SerializeToString(),
        "custom.onnx": graph(domain="my.ops").SerializeToString(),
        "outside.onnx": graph(location="../elsewhere.bin").SerializeToString(),
        "posing.onnx": bad,
    }
    for name, data in files.items():
        (root / name).write_bytes(data)
    save_file({"w": np.ones(2, np.float32)}, root / "good.safetensors")
    onnx.save(graph(location="beside.data"), root / "beside.onnx")
    (root / "beside.data").write_bytes(b"c\x93\x00raw")
    found = {}
    for path in sorted(root.iterdir()):
        files = [path, root / "beside.data"] if path.name == "beside.onnx" else [path]
        found[path.name] = [[finding.level, finding.what] for finding in scan(files, root).findings]
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]) / "files")))
