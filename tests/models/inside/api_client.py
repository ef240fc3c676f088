"""The generated client where numpy and tritonclient are: over HTTP and gRPC, against a real Triton."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np


def main(folder, http, grpc):
    spec = importlib.util.spec_from_file_location("client", folder / "api" / "client.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["client"] = module
    spec.loader.exec_module(module)
    samples = json.loads((folder / "samples.json").read_text())
    pixels = np.array(samples["inputs"]["pixels"][:8], np.float32)
    word = np.array(samples["inputs"]["word"][:8])
    answers, refusals = [], []
    for url in (http, f"grpc://{grpc}"):
        with module.TinyClient(url) as client:
            client.wait_until_ready(5)
            answer = client.infer(pixels=pixels, word=word)
            answers.append([answer.label, answer.scores])
            client.model = module.Model("nobody", "1", client.model.inputs, client.model.outputs, 8)
            refusals.append(client.ready())
            try:
                client.infer(pixels=pixels, word=word)
            except module.Refused as refused:
                refusals.append(str(refused.status))
    (over_http, over_grpc) = answers
    meant = [samples["outputs"]["label"][:8], samples["outputs"]["scores"][:8]]
    sys.stdout.write(
        json.dumps(
            {
                "same": over_http == over_grpc,
                "labels": over_http[0] == meant[0],
                "difference": float(np.abs(np.array(over_http[1]) - np.array(meant[1])).max()),
                "refusals": refusals,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
