"""`aistacks models build`, `publish` and `promote`: how a place for each is made, and what must be there after."""

from __future__ import annotations

import hashlib
import random
import re
import shutil
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aistacks_core import checksums
from aistacks_models import manifest, store
from aistacks_models.tensors import Tensor

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("aistacks"))
LARGE = 36 << 20
"""Bytes of the packages' model: more than one request's, so it goes up in parts."""
_MODEL = ROOT / "tests" / "models" / "inside" / "tiny_model.py"


@dataclass
class Place:
    """Where one operation works. ``folder``: its current one. ``buckets``: of the emulated store."""

    root: Path
    folder: Path
    buckets: dict[str, store.Bucket]
    argv: list[str]

    def variables(self) -> dict[str, str]:
        """Of the command."""
        return {"AISTACKS_CACHE_DIR": str(self.root / "cache"), "NO_PROXY": "*"}


class Operation(ABC):
    """One verb of `aistacks models`. ``least``: seconds before which nothing of it has begun."""

    least = 0.6

    def __init__(self, endpoint: str) -> None:
        self.anywhere = store.connect("anywhere", endpoint=endpoint)

    @abstractmethod
    def place(self, root: Path) -> Place:
        """A fresh place in the empty folder ``root``."""

    @abstractmethod
    def result(self, place: Place) -> dict[str, Any]:
        """What is there: the same after an interrupted operation as after one that ran through."""

    def bucket(self, root: Path, word: str) -> store.Bucket:
        """A new versioned bucket."""
        name = f"{word}-{hashlib.sha256(str(root).encode()).hexdigest()[:12]}"
        made = store.Bucket(name, self.anywhere.client, "", self.anywhere.endpoint)
        made.client.create_bucket(Bucket=name)
        made.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return made


class Publish(Operation):
    """A package with one large file."""

    def place(self, root: Path) -> Place:
        """The package lies beside the command's folder."""
        bucket, folder = self.bucket(root, "models"), root / "here"
        folder.mkdir(parents=True)
        package(root / "package")
        argv = [COMMAND, "models", "publish", "../package", "--bucket", bucket.name, "--endpoint", bucket.endpoint]
        return Place(root, folder, {"models": bucket}, argv)

    def result(self, place: Place) -> dict[str, Any]:
        """Objects, versions and uploads of the bucket; files of the place."""
        return {"files": _files(place.root), **_held(place.buckets["models"])}


class Promote(Operation):
    """From dev's store to staging's, whose file then names the model."""

    def place(self, root: Path) -> Place:
        """A project with two environments; the model is in the first one's store."""
        folder, buckets = root / "project", {name: self.bucket(root, name) for name in ("dev", "staging")}
        (folder / "stacks").mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text("name: aistacks\nruntime: python\nmain: stacks\nstackConfigDir: stacks\n")
        (folder / "stacks" / "__main__.py").write_text("")
        package(root / "package")
        made = store.Package.load(root / "package")
        store.publish(buckets["dev"], "large", made)
        for name, bucket in buckets.items():
            digest = made.digest if name == "dev" else "0" * 64
            (folder / "stacks" / f"Pulumi.{name}.yaml").write_text(
                "config:\n  aws:region: eu-west-1\n  aistacks:environment:\n    services:\n      large:\n"
                f"        model: large\n        digest: sha256:{digest}\n"
                f"  aistacks:store:\n    bucket: {bucket.name}\n    endpoint: {bucket.endpoint}\n"
            )
        return Place(root, folder, buckets, [COMMAND, "models", "promote", "large", "--from", "dev", "--to", "staging"])

    def result(self, place: Place) -> dict[str, Any]:
        """As of a publication, in the target."""
        return {"files": _files(place.root, place.buckets), **_held(place.buckets["staging"])}


class Build(Operation):
    """A model that trains in a moment, up to its package. ``until``: or up to its trial in real servers."""

    least = 1.0

    def __init__(self, endpoint: str, until: str = "package") -> None:
        super().__init__(endpoint)
        self.until = until

    def place(self, root: Path) -> Place:
        """A model's file, and a cache of its own that has the environments and programs of this machine's."""
        from aistacks_core import cache

        folder = root / "here"
        folder.mkdir(parents=True)
        shutil.copy(_MODEL, folder / "greater.py")
        (root / "cache").mkdir()
        for name in ("envs", "programs", "bytecode"):
            (cache.folder() / name).mkdir(exist_ok=True)
            (root / "cache" / name).symlink_to(cache.folder() / name)
        return Place(root, folder, {}, [COMMAND, "models", "build", "greater.py", "--until", self.until])

    def result(self, place: Place) -> dict[str, Any]:
        """Which stages and files there are, each whole, and the bytes of what is deterministic."""
        models = place.root / "cache" / "models"
        stages = [path for path in sorted(models.glob("greater/*-*")) if (path / checksums.SUMS).exists()]
        broken = [path.name for path in stages if not checksums.complete(path)]
        weights = [checksums.of_file(path) for path in sorted(models.glob("greater/*/*.safetensors"))]
        graphs = [checksums.of_file(path) for path in sorted(models.glob("greater/variant-*/model.onnx"))]
        return {"files": _files(place.root), "broken": broken, "weights": weights, "graphs": graphs}


def package(folder: Path) -> None:
    """A package that the store takes; nothing was trained, and its figures are made up."""
    files = {
        "triton/large/config.pbtxt": b'backend: "onnxruntime"\n',
        "triton/large/1/model.onnx": random.Random(1).randbytes(LARGE),
        "samples.json": b"{}\n",
        "report/report.md": b"# made up\n",
    }
    proof = hashlib.sha256(b"made up").hexdigest()
    files[manifest.VERIFIED] = f"{proof}\n".encode()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    latency = manifest.Latency(p50_ms=1, p99_ms=1)
    whole = manifest.Interval(value=1, low=1, high=1)
    manifest.Manifest.of(
        folder,
        name="large",
        task="a benchmark of interruptions",
        licence="CC0-1.0",
        verification=proof,
        variant=manifest.Variant(name="fp32", runtime="onnxruntime", parameters=10),
        inputs=(Tensor(name="x", datatype="FP32", shape=(4,)),),
        outputs=(Tensor(name="y", datatype="FP32", shape=(4,)),),
        max_batch_size=8,
        quality=manifest.Quality(metric="accuracy", rows=1, confidence=0.95, variant=whole, reference=whole),
        latency=manifest.Measured(variant=latency, reference=latency),
        size=manifest.Sizes(variant=LARGE, reference=LARGE),
        gates=(manifest.GateVerdict(name="quality_loss", verdict="pass", got=0.0, bound=0.0),),
        lineage=manifest.Lineage(
            code="0" * 64,
            model_file="0" * 64,
            data={"source": "made up", "licence": "CC0-1.0", "sha256": "0" * 64, "rows": {"train": 1}},
            seed=1,
        ),
        machine={},
    ).write(folder)
    checksums.write(folder)


def _held(bucket: store.Bucket) -> dict[str, Any]:
    """What the bucket holds: every version of every object by content, and unfinished uploads."""
    client = bucket.client
    versions = client.list_object_versions(Bucket=bucket.name).get("Versions", [])
    uploads = client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", [])
    return {
        "versions": sorted(item["Key"] for item in versions),
        "bytes": {item["Key"]: bucket.sha256(item["Key"]) for item in versions},
        "uploads": sorted(item["Key"] for item in uploads),
    }


def _files(root: Path, buckets: dict[str, store.Bucket] | None = None) -> dict[str, str]:
    """Every file below ``root`` but the shared parts of the cache; those that are small with their content."""
    found = {}
    names = {bucket.name: word for word, bucket in (buckets or {}).items()}
    for path in sorted(root.rglob("*")):
        where = path.relative_to(root)
        if where.parts[:2] in {("cache", "envs"), ("cache", "programs"), ("cache", "bytecode"), ("cache", "locks")}:
            continue
        # Digests of what was measured differ from run to run; an event file's name has the time.
        key = re.sub(r"-[0-9a-f]{16}", "-*", where.as_posix())
        key = re.sub(r"trials/[0-9a-f]{16}", "trials/*", key)
        key = re.sub(r"tfevents\.\S+", "tfevents", key)
        text = ""
        if path.is_file() and path.suffix == ".yaml":
            text = path.read_text()
            for name, word in names.items():
                text = text.replace(name, word)
        found[key] = text
    return found
