"""The OpenAPI document: valid, true to the model, and what a real Triton answers."""

import copy
import http.client
import json
import math
import urllib.parse

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from aistacks_core.errors import UserError
from aistacks_models.api import openapi
from aistacks_models.tensors import Tensor

WORDS = ("name", "inputs", "outputs", "max_batch_size", "samples", "task", "licence")


def document(about):
    return openapi(version="1", **{word: about[word] for word in WORDS if word in about})


def validator(found, schema):
    return jsonschema.Draft202012Validator({**schema, "components": found["components"]})


def request_schema(found):
    return validator(found, {"$ref": "#/components/schemas/InferenceRequest"})


def example(found, name):
    content = found["paths"][f"/v2/models/{name}/infer"]["post"]["requestBody"]["content"]
    return copy.deepcopy(content["application/json"]["example"])


def test_is_valid_openapi(model):
    OpenAPIV31SpecValidator(document(model)).validate()


def test_examples_are_what_the_document_says(model):
    found = document(model)
    for path in (f"/v2/models/{model['name']}/infer", f"/v2/models/{model['name']}/versions/1/infer"):
        post = found["paths"][path]["post"]
        for part in (post["requestBody"], post["responses"]["200"]):
            content = part["content"]["application/json"]
            assert list(validator(found, content["schema"]).iter_errors(content["example"])) == []


def test_names_every_path_of_the_protocol(digits):
    assert set(document(digits)["paths"]) == {
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/models/digits",
        "/v2/models/digits/ready",
        "/v2/models/digits/infer",
        "/v2/models/digits/versions/1",
        "/v2/models/digits/versions/1/ready",
        "/v2/models/digits/versions/1/infer",
    }


def test_says_range_and_batch(digits):
    schemas = document(digits)["components"]["schemas"]
    pixels = schemas["Input_pixels"]["properties"]
    batch, rest = pixels["shape"]["prefixItems"]
    assert (batch["minimum"], batch["maximum"], rest) == (1, 64, {"const": 64})
    flat, nested = pixels["data"]["anyOf"]
    assert flat["items"] == {"type": "number", "minimum": 0.0, "maximum": 16.0}
    assert (flat["minItems"], flat["maxItems"]) == (64, 64 * 64)
    assert (nested["items"]["minItems"], nested["maxItems"]) == (64, 64)


def test_holds_no_answer_to_its_range(digits):
    answered = document(digits)["components"]["schemas"]["Output_probabilities"]["properties"]["data"]
    assert answered["items"] == {"type": "number"}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("inputs",), []),
        (("inputs", 0, "name"), "pixel"),
        (("inputs", 0, "datatype"), "FP64"),
        (("inputs", 0, "shape"), [1, 65]),
        (("inputs", 0, "shape"), [65, 64]),
        (("inputs", 0, "shape"), [0, 64]),
        (("inputs", 0, "shape"), [1, 64, 1]),
        (("inputs", 0, "data"), []),
        (("inputs", 0, "data", 3), 16.5),
        (("inputs", 0, "data", 3), "1"),
        (("inputs", 0, "data", 3), None),
        (("outputs",), [{"name": "nobody"}]),
        (("id",), 5),
    ],
)
def test_refuses_what_servers_refuse(digits, place, value):
    found = document(digits)
    body = example(found, "digits")
    at = body
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    assert not request_schema(found).is_valid(body)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_takes_any_good_request(model, data):
    found = document(model)
    rows = data.draw(st.integers(1, model["max_batch_size"]))
    inputs = []
    for tensor in model["inputs"]:
        shape = [rows, *(data.draw(st.integers(1, 5)) if size < 0 else size for size in tensor.shape)]
        values = [data.draw(value_of(tensor))] * math.prod(shape)
        inputs.append({"name": tensor.name, "datatype": tensor.datatype, "shape": wire(tensor, shape), "data": values})
    body = {"inputs": data.draw(st.permutations(inputs)), "outputs": [{"name": model["outputs"][0].name}], "id": "1"}
    assert list(request_schema(found).iter_errors(body)) == []


def wire(tensor, shape):
    return shape if tensor.shape else [*shape, 1]


def value_of(tensor):
    low, high = tensor.low, tensor.high
    return {
        "BOOL": st.booleans(),
        "BYTES": st.text(),
        "FP32": st.floats(low, high, width=32, allow_nan=False, allow_infinity=False),
        "FP64": st.floats(low, high, allow_nan=False, allow_infinity=False),
    }.get(tensor.datatype, st.integers(int(low or 0), int(high or 100)))


def test_a_type_that_json_cannot_carry_is_refused(digits):
    half = (Tensor(name="pixels", datatype="FP16", shape=(64,)),)
    with pytest.raises(
        UserError, match=r"tensor pixels: got FP16; expected a datatype that JSON can carry\. Serve FP32"
    ):
        document(digits | {"inputs": half})


def ask(endpoint, verb, path, body=None):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(endpoint.http).netloc, timeout=20)
    try:
        connection.request(verb, path, body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def described(found, path, verb, status):
    """The schema of an answer's body, or None where there is none."""
    answer = found["paths"][path][verb]["responses"][str(status)]
    if "$ref" in answer:
        answer = found["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    content = answer.get("content")
    return content and validator(found, content["application/json"]["schema"])


def test_a_real_triton_answers_every_path_as_documented(tiny, triton_server):
    endpoint, _ = triton_server
    found = json.loads((tiny / "api" / "openapi.json").read_text())
    asked = 0
    for path, verbs in found["paths"].items():
        for verb in verbs:
            body = json.dumps(example(found, "tiny")) if verb == "post" else None
            status, text = ask(endpoint, verb.upper(), path, body)
            schema = described(found, path, verb, status)
            assert status == 200, path
            errors = list(schema.iter_errors(json.loads(text))) if schema else text
            assert not errors, path
            asked += 1
    assert asked == 9


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 500), (b'{"inputs": []}', 400), (b'{"inputs": 1}', 400)],
)
def test_a_real_triton_refuses_as_documented(tiny, triton_server, body, status):
    found = json.loads((tiny / "api" / "openapi.json").read_text())
    got, text = ask(triton_server[0], "POST", "/v2/models/tiny/infer", body)
    described(found, "/v2/models/tiny/infer", "post", got).validate(json.loads(text))
    assert got in (status, 400, 500)


def test_the_example_gets_the_example_answer(tiny, triton_server):
    found = json.loads((tiny / "api" / "openapi.json").read_text())
    post = found["paths"]["/v2/models/tiny/infer"]["post"]
    status, text = ask(triton_server[0], "POST", "/v2/models/tiny/infer", json.dumps(example(found, "tiny")))
    meant = post["responses"]["200"]["content"]["application/json"]["example"]
    got = json.loads(text)
    assert status == 200
    assert (got["model_name"], got["model_version"]) == (meant["model_name"], meant["model_version"])
    for mine, theirs in zip(meant["outputs"], got["outputs"], strict=True):
        assert {**theirs, "data": None} == {**mine, "data": None}
        assert theirs["data"] == pytest.approx(mine["data"], abs=1e-5)
