"""The model's way through the sandbox: published, verified, served by a real Triton, asked.

What this can't prove: that the full Triton image serves ``config.pbtxt``; pytriton's server has the Python
backend only and is started on ``configs/python.pbtxt``.
"""

import dataclasses
import json
import os
import platform
import re
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aistacks_core import checksums
from aistacks_core.errors import UserError
from aistacks_core.loopback import free_port
from aistacks_models.store import connect, upload
from aistacks_models.workflows.sandbox_model import SandboxModel
from aistacks_sandbox import processes
from aistacks_sandbox.cloud import EmulatedAws
from aistacks_sandbox.emulator.server import READY_PATH
from aistacks_sandbox.engine.inventory import inventory_of
from aistacks_sandbox.engine.operations import Result
from aistacks_sandbox.model_servers import model, triton
from aistacks_sandbox.state import State
from aistacks_sandbox.up import serve

BUCKET = "digits-store"
PIPELINE = SandboxModel()


def glibc():
    return tuple(int(part) for part in (platform.libc_ver()[1] or "0").split("."))


needs_triton = pytest.mark.skipif(
    platform.machine() != "x86_64" or glibc() < (2, 35),
    reason="nvidia-pytriton's tritonserver needs x86-64 and glibc 2.35",
)


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    made = State(tmp_path_factory.mktemp("project") / ".aistacks" / "sandbox")
    yield made
    triton.stop(made)
    for process in processes.running(made):
        processes.stop(made, process.name, timeout=2)


@pytest.fixture(scope="module")
def endpoint(state):
    """A real emulator process with a model store in it, as strict as the component makes one."""
    port = free_port()
    argv = [sys.executable, "-m", "aistacks_sandbox.emulator.server", "--port", str(port)]
    emulator = processes.start(state, "aws", argv, port=port)
    processes.wait_ready(emulator, f"http://127.0.0.1:{port}{READY_PATH}")
    url = f"http://127.0.0.1:{port}"
    make_store(url, BUCKET)
    return url


def s3_client(endpoint):
    return connect("any", endpoint=endpoint).client


def make_store(endpoint, bucket):
    s3 = s3_client(endpoint)
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [deny]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


@pytest.fixture
def store(endpoint, request):
    """A bucket of the test's own."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    make_store(endpoint, name)
    return name


@pytest.fixture(scope="module")
def built():
    return PIPELINE.package()


@pytest.fixture(scope="module")
def served(state, built, endpoint):
    PIPELINE.publish(built, BUCKET, endpoint)
    return triton.serve(state, built, BUCKET, endpoint)


def versions(endpoint, bucket):
    found = s3_client(endpoint).list_object_versions(Bucket=bucket)["Versions"]
    return sorted(item["Key"] for item in found)


def test_what_comes_along_is_whole_and_passed_its_gates(built):
    assert checksums.complete(built.folder) == built.digest
    assert (built.folder / "VERIFIED").is_file()
    assert PIPELINE.package() == built


def test_publish_puts_everything_and_the_second_time_nothing(built, endpoint, store):
    assert PIPELINE.publish(built, store, endpoint)
    assert not PIPELINE.publish(built, store, endpoint)
    names = [*checksums.files_of(built.folder), checksums.SUMS]
    assert versions(endpoint, store) == sorted(f"digits/{built.digest}/{name}" for name in names)
    PIPELINE.verify(built, store, endpoint)


def test_download_is_proved_by_sha256sum_alone(built, endpoint, store, tmp_path):
    PIPELINE.publish(built, store, endpoint)
    s3 = s3_client(endpoint)
    for key in versions(endpoint, store):
        file = tmp_path / key.removeprefix(built.prefix)
        file.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(store, key, str(file))
    proof = f"echo '{built.digest}  SHA256SUMS' | sha256sum --check && sha256sum --check SHA256SUMS"
    subprocess.run(proof, shell=True, cwd=tmp_path, check=True)


def test_publish_that_was_cut_off_goes_on_where_it_stopped(built, endpoint, store, monkeypatch):
    real, left = upload._whole, iter(range(3))

    def cut(*words):
        if next(left, None) is None:
            raise KeyboardInterrupt
        real(*words)

    with monkeypatch.context() as patch:
        patch.setattr(upload, "_whole", cut)
        with pytest.raises(KeyboardInterrupt):
            PIPELINE.publish(built, store, endpoint)
    with pytest.raises(UserError, match="no SHA256SUMS"):
        PIPELINE.verify(built, store, endpoint)
    assert len(versions(endpoint, store)) == 3
    assert PIPELINE.publish(built, store, endpoint)
    found = versions(endpoint, store)
    assert len(found) == len(set(found)) == len(checksums.files_of(built.folder)) + 1
    PIPELINE.verify(built, store, endpoint)


def alter(s3, bucket, key):
    data = bytearray(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    data[len(data) // 2] ^= 1
    s3.put_object(Bucket=bucket, Key=key, Body=bytes(data))
    return bytes(data)


class Altered(SandboxModel):
    """A pipeline after which somebody changes one byte of ``file`` in the store."""

    def __init__(self, file):
        self.file = file

    def publish(self, package, bucket, endpoint):
        done = super().publish(package, bucket, endpoint)
        alter(s3_client(endpoint), bucket, package.prefix + self.file)
        return done


@pytest.mark.parametrize("file", ["triton/digits/1/model.onnx", "triton/digits/1/model.py", "SHA256SUMS"])
def test_one_altered_byte_is_refused_before_it_is_served_and_published_anew(state, built, endpoint, store, file):
    other = State(state.root / "other")
    result = Result({}, {"model_bucket": store}, [], inventory_of(None), [])
    with pytest.raises(UserError) as refused:
        serve(other, EmulatedAws(endpoint, ""), Altered(file), built, result)
    line = str(refused.value)
    assert line.startswith(f"s3://{store}/{built.prefix}{file}: got sha256 ")
    assert "It was altered" in line
    assert "\n" not in line
    assert processes.running(other) == []
    assert PIPELINE.publish(built, store, endpoint)
    PIPELINE.verify(built, store, endpoint)


def test_altered_file_with_matching_new_sums_is_refused_by_the_digest(built, endpoint, store):
    PIPELINE.publish(built, store, endpoint)
    s3 = s3_client(endpoint)
    data = alter(s3, store, built.prefix + "triton/digits/1/model.py")
    sums = checksums.parse((built.folder / checksums.SUMS).read_bytes())
    sums["triton/digits/1/model.py"] = checksums.sha256(data)
    text = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
    s3.put_object(Bucket=store, Key=built.prefix + checksums.SUMS, Body=text.encode())
    with pytest.raises(UserError, match="SHA256SUMS: got sha256"):
        PIPELINE.verify(built, store, endpoint)


def test_a_file_too_many_or_too_few_is_refused(built, endpoint, store):
    PIPELINE.publish(built, store, endpoint)
    s3 = s3_client(endpoint)
    s3.put_object(Bucket=store, Key=f"{built.prefix}triton/digits/2/model.py", Body=b"import os")
    with pytest.raises(UserError, match=r"triton/digits/2/model\.py is not in SHA256SUMS"):
        PIPELINE.verify(built, store, endpoint)
    s3.delete_object(Bucket=store, Key=f"{built.prefix}triton/digits/2/model.py")
    s3.delete_object(Bucket=store, Key=f"{built.prefix}manifest.json")
    with pytest.raises(UserError, match=r"manifest\.json is missing"):
        PIPELINE.verify(built, store, endpoint)


def test_no_bucket_and_no_store_are_one_line(built, endpoint, nobody):
    with pytest.raises(UserError, match="s3://nowhere at http"):
        PIPELINE.publish(built, "nowhere", endpoint)
    with pytest.raises(UserError, match="s3://nowhere at http"):
        PIPELINE.verify(built, "nowhere", nobody)


@needs_triton
def test_triton_names_held_out_digits_as_the_verified_variant_does(built, served):
    answer = model.ask(served, model.samples(built))
    assert answer.n == 360
    assert answer.accuracy >= 0.95
    assert answer.as_verified


@needs_triton
def test_triton_loaded_the_very_files_of_the_store(state, built, served, endpoint):
    process = processes.find(state, triton.PROCESS)
    assert f"--model-repository=s3://{endpoint}/{BUCKET}/{built.prefix}triton" in process.argv
    (loaded,) = (state.models / "triton" / "loaded").iterdir()
    for file in ("1/model.onnx", "1/model.py", "configs/python.pbtxt"):
        assert (loaded / file).read_bytes() == (built.folder / "triton" / "digits" / file).read_bytes()


def few(rows, count):
    """The first ``count`` of the rows."""
    inputs = {name: values[:count] for name, values in rows.inputs.items()}
    outputs = {name: values[:count] for name, values in rows.outputs.items()}
    return dataclasses.replace(rows, inputs=inputs, outputs=outputs, targets=rows.targets[:count])


def test_answers_that_differ_from_the_verified_ones_are_told(built):
    rows = few(model.samples(built), 4)
    answer = model.Answer(1.0, 1.0, 0.0, 4, 0.1, 0.1)
    assert answer.as_verified
    assert not dataclasses.replace(answer, difference=0.01).as_verified
    assert not dataclasses.replace(answer, accuracy=0.75).as_verified
    assert rows.accuracy == 1.0


@needs_triton
def test_requests_at_the_same_time_share_runs_and_get_their_own_answers(built, served):
    one_by_one = few(model.samples(built), 16)
    before = counters(served)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: model.ask(served, one_by_one), range(16)))
    assert len({answer.accuracy for answer in answers}) == 1
    after = counters(served)
    requests = after["nv_inference_request_success"] - before["nv_inference_request_success"]
    assert requests == 16 * 17
    assert after["nv_inference_exec_count"] - before["nv_inference_exec_count"] < requests


def counters(served):
    with urllib.request.urlopen(served.metrics) as answer:
        lines = answer.read().decode().splitlines()
    found = (re.fullmatch(r'(nv_inference_\w+)\{model="digits",version="1"\} (\d+)', line) for line in lines)
    return {match[1]: int(match[2]) for match in found if match}


@needs_triton
def test_metrics_count_successes(built, served):
    before = counters(served)["nv_inference_request_success"]
    model.ask(served, model.samples(built))
    assert counters(served)["nv_inference_request_success"] == before + 6 + 40


@needs_triton
def test_served_model_tells_its_tensors(served):
    with urllib.request.urlopen(f"{served.http}/v2/models/digits") as answer:
        metadata = json.load(answer)
    assert metadata["inputs"] == [{"name": "pixels", "datatype": "FP32", "shape": [-1, 64]}]
    assert [output["name"] for output in metadata["outputs"]] == ["label", "probabilities"]


@needs_triton
def test_wrong_question_is_one_line(built, served):
    short = dataclasses.replace(few(model.samples(built), 1), inputs={"pixels": [[0] * 63]})
    with pytest.raises(UserError, match=r"Triton's digits: got .*shape"):
        model.ask(served, short)


@needs_triton
def test_serving_the_same_again_leaves_the_server_alone(state, built, served, endpoint):
    before = processes.find(state, triton.PROCESS)
    assert triton.serve(state, built, BUCKET, endpoint) == served == triton.served(state)
    assert processes.find(state, triton.PROCESS) == before


@needs_triton
def test_server_listens_on_loopback_only(state, served):
    process = processes.find(state, triton.PROCESS)
    listening = [
        connection.laddr.ip
        for connection in processes.psutil.Process(process.pid).net_connections("inet")
        if connection.status == "LISTEN"
    ]
    assert len(listening) >= 3
    assert set(listening) <= {"127.0.0.1", "::ffff:127.0.0.1"}


@needs_triton
def test_server_sees_no_credentials_of_the_users(state, served):
    process = processes.find(state, triton.PROCESS)
    seen = dict(item.split("=", 1) for item in Path(f"/proc/{process.pid}/environ").read_text().split("\0") if item)
    assert seen["AWS_ACCESS_KEY_ID"] == "test"
    assert seen["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert not [name for name in seen if "proxy" in name.lower() or "PULUMI" in name]


@pytest.fixture
def second_state(tmp_path):
    made = State(tmp_path / "sandbox")
    yield made
    triton.stop(made)


@needs_triton
def test_port_taken_in_between_is_answered_by_another_one_and_stop_leaves_nothing(
    second_state, built, served, endpoint, monkeypatch
):
    state = second_state
    taken = int(served.http.rpartition(":")[2])
    real = triton._free_ports
    answers = iter([real() | {"http": taken}])
    monkeypatch.setattr(triton, "_free_ports", lambda: next(answers, None) or real())
    other = triton.serve(state, built, BUCKET, endpoint)
    assert other.http != served.http
    assert triton.stop(state)
    assert processes.running(state) == []
    assert triton.served(state) is None
    assert not (state.models / "triton").exists()
    assert not list(Path("/dev/shm").glob(f"{triton._name(state)}*"))
    assert not triton.stop(state)
