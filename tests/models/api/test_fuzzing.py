"""Malformed requests: repeatable, wrong each of them, and refused by both real servers."""

import json
import os
import random
import subprocess
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from aistacks_models.api import openapi
from aistacks_models.workflows import models_env
from fuzzing import SERVERS, Target, bodies, messages

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
COUNT = 300
RELATIONS = {
    "data: too few values",
    "data: too many values",
    "shape: another rank",
    "shape: another fixed size",
    "shape: a huge size",
    "inputs with different numbers of rows",
    "no rows",
}
"""Kinds whose parts are right each for itself; a schema can't see what doesn't fit together."""


def target(model, server="triton"):
    words = ("name", "inputs", "outputs", "max_batch_size")
    return Target(**{word: model[word] for word in words}, samples=model["samples"], server=SERVERS[server])


def test_the_same_seed_gives_the_same_messages(digits):
    first, again, other = (list(messages.messages(target(digits), 500, seed)) for seed in (1, 1, 2))
    assert first == again
    assert {message.raw for message in first} != {message.raw for message in other}


def test_no_two_are_the_same_and_no_kind_prevails(digits):
    made = list(messages.messages(target(digits), 4000, 1))
    kinds = Counter(message.kind for message in made)
    assert len({message.raw for message in made}) == len(made) == 4000
    assert len(kinds) > 150
    assert max(kinds.values()) < 4000 / 20


@pytest.mark.parametrize("kind", bodies.KINDS, ids=lambda kind: kind.__name__)
def test_each_body_breaks_the_document(model, kind):
    document = openapi(model["name"], "1", model["inputs"], model["outputs"], model["max_batch_size"], model["samples"])
    schema = {"$ref": "#/components/schemas/InferenceRequest", "components": document["components"]}
    validator = jsonschema.Draft202012Validator(schema)
    rng = random.Random(1)
    for _ in range(6):
        made = kind(target(model), rng)
        if made and made[0] not in RELATIONS:
            assert not validator.is_valid(made[1]), made


def test_an_older_triton_is_spared_what_ends_it(digits):
    sizes = [
        max(body["inputs"][0]["shape"])
        for server in ("triton", "triton-2.51")
        for body in made_bodies(target(digits, server), bodies.a_size_that_is_huge)
    ]
    assert max(sizes[:100]) == 2**63
    assert max(sizes[100:]) < 2**22
    assert made_bodies(target(digits, "triton-2.51"), bodies.sizes_that_overflow) == []


def made_bodies(about, kind):
    rng = random.Random(1)
    return [made[1] for _ in range(100) if (made := kind(about, rng))]


def sent(models_python, path, package, server, endpoint, process):
    words = ["--server", server, "--http", endpoint.http.removeprefix("http://"), "--grpc", endpoint.grpc]
    done = subprocess.run(
        [models_python, "-m", "fuzzing", package, *words, f"--count={COUNT}", f"--pid={process.pid}"],
        env=models_env.without_python() | {"PYTHONPATH": f"{path}{os.pathsep}{BENCHMARKS}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("server", ["triton-2.51", "torchserve"])
def test_a_real_server_refuses_them_all_and_answers_as_before(request, models_python, inside_path, tiny, server):
    endpoint, process = request.getfixturevalue(f"{server.partition('-')[0]}_server")
    report = sent(models_python, inside_path, tiny, server, endpoint, process)
    for protocol in ("http", "grpc"):
        assert report[protocol]["wrong"] == {}, report[protocol]["examples"]
        assert report[protocol]["refused"] + report[protocol]["closed"] == COUNT
    assert report["http"]["closed"] < COUNT / 5
    assert report["same_processes"]
    assert report["same_answers"]
