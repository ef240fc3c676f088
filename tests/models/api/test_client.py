"""The generated client: clean as it comes, strict before it asks, and right about what it is told."""

import ast
import contextlib
import http.server
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
WORDS = [[1] * 8]


def test_is_clean_for_ruff_and_mypy(generated, tmp_path):
    files = [shutil.copy(file, tmp_path / f"client_{index}.py") for index, file in enumerate(generated.values())]
    for tool in (
        ["ruff", "check", f"--config={ROOT / 'pyproject.toml'}"],
        ["ruff", "format", "--check", f"--config={ROOT / 'pyproject.toml'}"],
        ["mypy", "--strict", f"--cache-dir={tmp_path / 'cache'}", "--config-file="],
    ):
        done = subprocess.run([BIN / tool[0], *tool[1:], *files], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_needs_the_standard_library_only(generated):
    for file in generated.values():
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_is_the_same_every_time(generated, digits, tmp_path):
    from aistacks_models import api

    api.write(tmp_path, **digits)
    assert (tmp_path / "client.py").read_bytes() == generated["digits"].read_bytes()
    assert (tmp_path / "openapi.json").read_bytes() == generated["digits"].with_name("openapi.json").read_bytes()


def test_names_come_from_the_model(generated, load_module):
    odd = load_module(generated["3d_net"])
    assert odd.Model3dNetClient.infer.__kwdefaults__ == {"timeout": None}
    assert list(odd.Model3dNetClient.infer.__annotations__)[:3] == ["class_", "self_", "timeout_"]
    assert odd.Model3dNetAnswer.__annotations__ == {"output__0": "list[list[list[float]]]"}
    assert load_module(generated["bert-tokens"]).CLASSES == ['a "quoted" class', "ünïcode"]


def answer(body, outputs=None):
    good = [
        {"name": "label", "datatype": "INT64", "shape": [1, 1], "data": [3]},
        {"name": "probabilities", "datatype": "FP32", "shape": [1, 10], "data": [0.1] * 10},
    ]
    return json.dumps({"model_name": "digits", "outputs": good if outputs is None else outputs})


@contextlib.contextmanager
def server(*answers, keep=True):
    """An HTTP server that gives ``answers`` one after another, the last of them for ever; yields URL and requests."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, text = answers[min(len(asked), len(answers)) - 1]
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())
            # Closed without a word, as servers close idle connections.
            self.close_connection = not keep

        def log_message(self, *words):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}", asked
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


@pytest.fixture(scope="module")
def digits_client(generated, load_module):
    return load_module(generated["digits"])


def test_sends_the_rows_and_gives_them_back_typed(digits_client):
    with server((200, answer(None))) as (url, asked), digits_client.DigitsClient(url) as client:
        got = client.infer(pixels=[[float(i % 17) for i in range(64)]])
    assert got == digits_client.DigitsAnswer(label=[[3]], probabilities=[[0.1] * 10])
    (sent,) = asked[0]["inputs"]
    assert (sent["name"], sent["datatype"], sent["shape"]) == ("pixels", "FP32", [1, 64])
    assert asked[0]["outputs"] == [{"name": "label"}, {"name": "probabilities"}]


@pytest.mark.parametrize(
    ("pixels", "told"),
    [
        ([], "pixels: got 0 values; expected at least one"),
        ([[0.0] * 64] * 65, "rows: got 65 of pixels; expected the same number of each, 1 to 64"),
        ([[0.0] * 63], "pixels[0]: got 63 values; expected 64"),
        ([[0.0] * 64, [0.0] * 65], "pixels[1]: got 65 values; expected 64"),
        ([[0.0] * 63 + [17.0]], "pixels[0][63]: got 17.0; expected a finite number from 0 to 16"),
        ([[0.0] * 63 + [float("nan")]], "pixels[0][63]: got nan; expected a finite number from 0 to 16"),
        ([[True] * 64], "pixels[0][0]: got True; expected a finite number from 0 to 16"),
        ([["1"] * 64], "pixels[0][0]: got '1'; expected a finite number from 0 to 16"),
        ("x" * 64, "pixels: got 'xxxx"),
        (5, "pixels: got 5; expected a list"),
        ([[[0.0] * 64]], "pixels[0]: got 1 values; expected 64"),
    ],
)
def test_wrong_rows_are_not_sent(digits_client, pixels, told):
    with (
        server((200, answer(None))) as (url, asked),
        digits_client.DigitsClient(url) as client,
        pytest.raises(digits_client.InvalidInput, match=re.escape(told)),
    ):
        client.infer(pixels=pixels)
    assert asked == []


def test_rows_must_be_as_many_for_each_input(generated, load_module):
    module = load_module(generated["bert-tokens"])
    client = module.BertTokensClient("http://127.0.0.1:9")
    with pytest.raises(module.InvalidInput, match="rows: got 1 of input_ids, 2 of attention_mask"):
        client.infer(input_ids=[[1, 2]], attention_mask=[[1, 1], [1, 1]])


PIXELS = [[0.0] * 64]


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ([], "no output label; got none"),
        ([{"name": "label", "datatype": "FP32", "shape": [1, 1], "data": [3]}], "output label of FP32"),
        ([{"name": "else", "datatype": "INT64", "shape": [1, 1], "data": [3]}], "output else of INT64"),
        ([{"name": "label", "datatype": "INT64", "shape": [2, 1], "data": [3, 4]}], "expected shape [1, 1]"),
        ([{"name": "label", "datatype": "INT64", "shape": [1, 1], "data": [3, 4]}], "got 2 values of shape [1, 1]"),
        ([{"name": "label"}], "KeyError"),
        ([5], "TypeError"),
    ],
)
def test_an_answer_of_another_model_is_told(digits_client, outputs, told):
    with (
        server((200, answer(None, outputs))) as (url, _),
        digits_client.DigitsClient(url) as client,
        pytest.raises(digits_client.UnexpectedAnswer, match=re.escape(told)),
    ):
        client.infer(pixels=PIXELS)


def test_a_refusal_carries_status_and_message_and_is_not_repeated(digits_client):
    with server((400, '{"error": "no such thing"}')) as (url, asked), digits_client.DigitsClient(url) as client:
        with pytest.raises(digits_client.Refused) as refused:
            client.infer(pixels=PIXELS)
        assert (refused.value.status, refused.value.message) == (400, "no such thing")
        assert len(asked) == 1


def test_a_server_that_is_not_ready_is_asked_again(digits_client):
    busy = (503, '{"error": "loading"}')
    with server(busy, busy, (200, answer(None))) as (url, asked), digits_client.DigitsClient(url) as client:
        assert client.infer(pixels=PIXELS).label == [[3]]
        assert len(asked) == 3
    with server(busy) as (url, asked), digits_client.DigitsClient(url, retries=1) as client:
        with pytest.raises(digits_client.NotReady, match="503: loading"):
            client.infer(pixels=PIXELS)
        assert len(asked) == 2


def test_a_connection_that_the_server_closed_is_opened_again(digits_client):
    with server((200, answer(None)), keep=False) as (url, asked):
        with digits_client.DigitsClient(url, retries=0) as client:
            for _ in range(3):
                assert client.infer(pixels=PIXELS).label == [[3]]
        assert len(asked) == 3


def test_threads_may_share_a_client(digits_client):
    with server((200, answer(None))) as (url, asked), digits_client.DigitsClient(url) as client:
        threads = [threading.Thread(target=client.infer, kwargs={"pixels": PIXELS}) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(asked) == 20


def test_no_server_is_unreachable(digits_client, nobody):
    client = digits_client.DigitsClient(nobody, retries=1)
    with pytest.raises(digits_client.Unreachable, match=re.escape(nobody)):
        client.infer(pixels=PIXELS)
    assert not client.ready()


def test_a_server_that_says_nothing_is_too_late(digits_client):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = digits_client.DigitsClient(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
        # What is left of the 0.2 s when the request is sent.
        with pytest.raises(digits_client.TooLate, match=r"no answer in 0\.[012]\d* s"):
            client.infer(pixels=PIXELS)
        with pytest.raises(digits_client.TooLate, match="digits was not ready within"):
            client.wait_until_ready(0.1)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://"])
def test_a_url_of_another_kind_is_refused(digits_client, url):
    with pytest.raises(digits_client.InvalidInput, match="expected http://"):
        digits_client.DigitsClient(url)


def test_grpc_without_tritonclient_says_what_it_needs(digits_client):
    with pytest.raises(digits_client.ClientError, match=r"needs the package tritonclient\[grpc\]"):
        digits_client.DigitsClient("grpc://127.0.0.1:8001")


def test_a_real_triton_answers_as_the_package_says(client_module, samples, triton_server):
    with client_module.TinyClient(triton_server[0].http) as client:
        assert client.ready()
        got = client.infer(pixels=samples["inputs"]["pixels"][:8], word=samples["inputs"]["word"][:8])
    assert got.label == samples["outputs"]["label"][:8]
    for mine, theirs in zip(got.scores, samples["outputs"]["scores"], strict=False):
        assert mine == pytest.approx(theirs, abs=1e-5)


def test_a_real_torchserve_answers_the_same_client(client_module, samples, torchserve_server):
    with client_module.TinyClient(torchserve_server[0].http) as client:
        got = client.infer(pixels=samples["inputs"]["pixels"][:8], word=samples["inputs"]["word"][:8])
    assert got.label == samples["outputs"]["label"][:8]


def test_numpy_and_grpc_give_the_same_answers(inside, tiny, triton_server):
    endpoint, _ = triton_server
    found = inside("api_client.py", tiny, endpoint.http, endpoint.grpc)
    assert found.pop("difference") < 1e-5
    assert found == {"same": True, "labels": True, "refusals": [False, "404", False, "NOT_FOUND"]}
