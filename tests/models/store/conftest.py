"""A real emulator process with buckets in it, and small packages that are whole and verified."""

import hashlib
import random
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from aistacks_core import checksums
from aistacks_core.loopback import free_port
from aistacks_models import manifest, store
from aistacks_models.tensors import Tensor
from aistacks_sandbox import processes
from aistacks_sandbox.emulator.server import READY_PATH
from aistacks_sandbox.state import State

VERIFICATION = hashlib.sha256(b"verification").hexdigest()


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    state = State(tmp_path_factory.mktemp("store") / ".aistacks" / "sandbox")
    port = free_port()
    argv = [sys.executable, "-m", "aistacks_sandbox.emulator.server", "--port", str(port)]
    emulator = processes.start(state, "aws", argv, port=port)
    processes.wait_ready(emulator, f"http://127.0.0.1:{port}{READY_PATH}")
    yield f"http://127.0.0.1:{port}"
    processes.stop(state, "aws", timeout=2)


@pytest.fixture(scope="session")
def anywhere(endpoint):
    """A client takes a while to make; all buckets share one."""
    return store.connect("anywhere", endpoint=endpoint)


@pytest.fixture
def make_bucket(anywhere, request):
    """Makes versioned buckets named after the test and a word."""

    def make(word="store", prefix=""):
        test = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]
        name = re.sub(r"[^a-z0-9]+", "-", f"{word}-{test}-{request.node.name}".lower())[:60].strip("-")
        bucket = replace(anywhere, name=name, prefix=prefix)
        bucket.client.create_bucket(Bucket=name)
        bucket.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return bucket

    return make


@pytest.fixture
def bucket(make_bucket):
    return make_bucket()


def lineage(**more):
    data = {"source": "generated", "licence": "CC0-1.0", "sha256": "d" * 64, "rows": {"train": 10}}
    return manifest.Lineage(code="c" * 64, model_file="f" * 64, data=data, seed=7, **more)


def facts(**more):
    """Arguments of `Manifest.of` for a small classifier whose gates passed."""
    latency = manifest.Latency(p50_ms=0.2, p99_ms=0.4)
    measured = {
        "variant": manifest.Interval(value=0.97, low=0.95, high=0.98),
        "reference": manifest.Interval(value=0.975, low=0.955, high=0.985),
    }
    return {
        "name": "digits",
        "task": "image classification",
        "licence": "Apache-2.0",
        "verification": VERIFICATION,
        "variant": manifest.Variant(name="int8", runtime="onnxruntime", parameters=10),
        "inputs": (Tensor(name="pixels", datatype="FP32", shape=(64,)),),
        "outputs": (Tensor(name="label", datatype="INT64", shape=(1,)),),
        "max_batch_size": 64,
        "quality": manifest.Quality(metric="accuracy", rows=360, confidence=0.95, **measured),
        "latency": manifest.Measured(variant=latency, reference=latency),
        "size": manifest.Sizes(variant=100, reference=400),
        "gates": (manifest.GateVerdict(name="quality_loss", verdict="pass", got=0.005, bound=0.01),),
        "lineage": lineage(),
        "machine": {"cores": 2},
        **more,
    }


@pytest.fixture
def make_package(tmp_path):
    """Makes a package of its own content for each ``seed``; gives its folder."""

    def make(seed=0, size=4000, *, marked=True, **more):
        folder = tmp_path / "packages" / f"{more.get('name', 'digits')}-{seed}-{size}"
        bytes_of = random.Random(seed).randbytes
        files = {
            "triton/digits/config.pbtxt": b'backend: "onnxruntime"\n',
            "triton/digits/1/model.onnx": bytes_of(size),
            "triton/digits/1/model.py": b"import numpy\n",
            "report/report.md": f"# {seed}\n".encode(),
            "samples.json": b"{}\n",
        }
        if marked:
            files["VERIFIED"] = f"{VERIFICATION}\n".encode()
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        manifest.Manifest.of(folder, **facts(**more)).write(folder)
        checksums.write(folder)
        return folder

    return make


@pytest.fixture
def package(make_package):
    return store.Package.load(make_package())


@pytest.fixture
def alter():
    """Flips one bit in the middle of an object or a file."""

    def flip(where, key=None):
        if key is None:
            data = bytearray(where.read_bytes())
        else:
            data = bytearray(where.client.get_object(Bucket=where.name, Key=key)["Body"].read())
        data[len(data) // 2] ^= 1
        if key is None:
            where.write_bytes(data)
        else:
            where.client.put_object(Bucket=where.name, Key=key, Body=bytes(data))

    return flip


@pytest.fixture
def keys():
    """The keys of all objects in a bucket."""
    return lambda bucket: [key for key, _ in bucket.walk("")]


@pytest.fixture
def manifest_facts():
    return facts


@dataclass
class Repository:
    """A project in git with the environments dev and staging, each with a store of its own."""

    folder: Path
    buckets: dict[str, store.Bucket]

    def path(self, environment):
        return self.folder / "stacks" / f"Pulumi.{environment}.yaml"

    def text(self, environment):
        return self.path(environment).read_text()

    def write(self, environment, services, note=""):
        """Services: name → (model, digest)."""
        rows = "".join(
            f"      {name}: # served\n        model: {model}\n        digest: sha256:{digest} # EDIT\n"
            for name, (model, digest) in services.items()
        )
        bucket = self.buckets[environment]
        self.path(environment).write_text(
            f"# {environment}: don't touch\nconfig:\n  aws:region: eu-west-1\n"
            f"  aistacks:environment:\n    # what is served\n    services:\n{rows}"
            f"  aistacks:store:\n    bucket: {bucket.name}\n    endpoint: {bucket.endpoint}\n{note}"
        )

    def name(self, environment, digest):
        """Let the environment's file name another digest for digits, and nothing else."""
        text = re.sub(r"sha256:[0-9a-f]{64}", f"sha256:{digest}", self.text(environment))
        self.path(environment).write_text(text)

    def commit(self):
        for words in (["add", "-A"], ["commit", "-q", "-m", "x", "--allow-empty"]):
            self.git(*words)
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *words):
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        done = subprocess.run(["git", "-C", self.folder, *who, *words], capture_output=True, text=True, check=True)
        return done.stdout


@pytest.fixture
def repository(tmp_path, make_bucket):
    made = Repository(tmp_path / "project", {name: make_bucket(name) for name in ("dev", "staging")})
    (made.folder / "stacks").mkdir(parents=True)
    (made.folder / "Pulumi.yaml").write_text("name: aistacks\nruntime: python\nmain: stacks\nstackConfigDir: stacks\n")
    (made.folder / "stacks" / "__main__.py").write_text("")
    made.git("init", "-q", "-b", "main")
    return made


@pytest.fixture
def dev(repository, make_package):
    """Two published models in dev; dev's file names the first, staging's something old. Gives both packages."""
    packages = [store.Package.load(make_package(seed)) for seed in (1, 2)]
    for package in packages:
        store.publish(repository.buckets["dev"], "digits", package)
    repository.write("dev", {"digits": ("digits", packages[0].digest)})
    repository.write("staging", {"digits": ("digits", "0" * 64), "other": ("letters", "1" * 64)})
    repository.commit()
    return packages
