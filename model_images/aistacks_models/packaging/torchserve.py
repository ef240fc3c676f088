"""An ONNX file as a TorchServe archive, and the server's configuration.

Keys and defaults: docs/configuration.md and docs/model-archiver of pytorch/serve 62c4d6a (0.12.0), read 2026-11-27.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from ..serving import Serving
from ..tensors import Tensor
from .triton import copy_onnx

HANDLER = "torchserve_handler.py"
CONFIG = "model-config.yaml"
VERSION = "1"
_EPOCH = (1980, 1, 1, 0, 0, 0)
PORTS: Mapping[str, int] = {"http": 8080, "management": 8081, "metrics": 8082, "grpc": 7070, "grpc_management": 7071}
_REQUEST_BYTES = 64 * 2**20
_QUEUE = 1000


def write(
    folder: Path,
    name: str,
    onnx: Path,
    inputs: tuple[Tensor, ...],
    outputs: tuple[Tensor, ...],
    max_batch_size: int,
    serving: Serving | None = None,
) -> None:
    """Write ``<folder>/<name>.mar`` and ``<folder>/config.properties``, the same bytes for the same model."""
    serving = serving or Serving()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        copy_onnx(onnx, home / "model.onnx")
        shutil.copyfile(Path(__file__).with_name(HANDLER), home / HANDLER)
        (home / CONFIG).write_text(model_config(inputs, outputs, max_batch_size, serving))
        (home / "MAR-INF").mkdir()
        (home / "MAR-INF" / "MANIFEST.json").write_text(_manifest(name))
        _archive(home, folder / f"{name}.mar")
    (folder / "config.properties").write_text(properties(name, serving))


def model_config(inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...], max_batch_size: int, serving: Serving) -> str:
    """`model-config.yaml`: what the front end reads, and below ``handler`` what `torchserve_handler.py` reads.

    The front end counts requests per batch, the handler rows, which it splits into several runs where needed. The
    front end's delay is in whole milliseconds.
    """
    config = {
        "minWorkers": serving.instances,
        "maxWorkers": serving.instances,
        "batchSize": max_batch_size if serving.batching else 1,
        "maxBatchDelay": max(1, round(serving.max_queue_delay_us / 1000)),
        "jobQueueSize": serving.max_queue_size or _QUEUE,
        "handler": {
            "inputs": [_tensor(tensor) for tensor in inputs],
            "outputs": [_tensor(tensor) for tensor in outputs],
            "max_batch_size": max_batch_size,
            "threads": serving.threads,
        },
    }
    return yaml.safe_dump(config, sort_keys=False)


def properties(name: str, serving: Serving, host: str = "0.0.0.0", ports: Mapping[str, int] = PORTS) -> str:  # noqa: S104
    """`config.properties`. The management interfaces stay on loopback: they allow arbitrary code to be loaded."""
    lines = {
        "inference_address": f"http://{host}:{ports['http']}",
        "management_address": f"http://127.0.0.1:{ports['management']}",
        "metrics_address": f"http://{host}:{ports['metrics']}",
        "grpc_inference_address": host,
        "grpc_inference_port": ports["grpc"],
        "grpc_management_address": "127.0.0.1",
        "grpc_management_port": ports["grpc_management"],
        "ts_open_inference_protocol": "true",
        "disable_token_authorization": "true",
        "model_store": "/models/torchserve",
        "load_models": f"{name}={name}.mar",
        "allowed_urls": "",
        "install_py_dep_per_model": "false",
        "metrics_mode": "prometheus",
        "job_queue_size": serving.max_queue_size or _QUEUE,
        "max_request_size": _REQUEST_BYTES,
        "max_response_size": _REQUEST_BYTES,
    }
    return "".join(f"{key}={value}\n" for key, value in lines.items())


def _tensor(tensor: Tensor) -> dict[str, object]:
    limits = {"low": tensor.low, "high": tensor.high}
    return {
        "name": tensor.name,
        "datatype": tensor.datatype,
        "shape": list(tensor.shape),
        **{word: limit for word, limit in limits.items() if limit is not None},
    }


def _manifest(name: str) -> str:
    """As the archiver writes it, with a fixed time."""
    from model_archiver.model_archiver_config import ModelArchiverConfig
    from model_archiver.model_packaging_utils import ModelExportUtils

    config = ModelArchiverConfig(model_name=name, handler=HANDLER, version=VERSION, config_file=CONFIG)
    written = json.loads(ModelExportUtils.generate_manifest_json(config))
    return json.dumps(written | {"createdOn": "01/01/1980 00:00:00"}, indent=2) + "\n"


def _archive(home: Path, file: Path) -> None:
    """Uncompressed: weights hardly compress, and servers start sooner."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(home.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(home).as_posix(), _EPOCH)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
