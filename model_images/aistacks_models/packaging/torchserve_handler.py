"""A TorchServe handler that answers the Open Inference Protocol (version 2) from the `model.onnx` beside it.

Archives carry this file as it is; `model-config.yaml` says what the model takes and gives. TorchServe's own `kservev2`
envelope looks at the first request of a batch only and names outputs after inputs (0.12.0, read 2026-11-27), so it
isn't used. JSON and Triton's binary tensors are understood, and every request of a batch gets its own answer or error.
The server wants exactly one class in this file.
"""

import json
import math
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from ts.utils.util import PredictionException

NUMPY = {
    "BOOL": np.dtype("bool"),
    "UINT8": np.dtype("uint8"),
    "INT8": np.dtype("int8"),
    "INT16": np.dtype("int16"),
    "INT32": np.dtype("int32"),
    "INT64": np.dtype("int64"),
    "FP16": np.dtype("float16"),
    "FP32": np.dtype("float32"),
    "FP64": np.dtype("float64"),
}
LENGTH = "inference-header-content-length"
"""Header that says where the JSON ends and binary tensors begin."""
BAD_REQUEST = 400


class OnnxHandler:
    """One session per worker; one run for all requests of a batch whose rows have the same shape."""

    def initialize(self, context: Any) -> None:
        """Open the ONNX file and run it once on zeros."""
        settings = context.model_yaml_config["handler"]
        self.name = context.manifest["model"]["modelName"]
        self.version = context.manifest["model"]["modelVersion"]
        self.inputs = {tensor["name"]: tensor for tensor in settings["inputs"]}
        self.outputs = {tensor["name"]: tensor for tensor in settings["outputs"]}
        self.rows = settings["max_batch_size"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = settings["threads"]
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        file = Path(context.system_properties["model_dir"]) / "model.onnx"
        self.session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        for rows in {1, self.rows}:
            self._run([{name: _zeros(tensor, rows) for name, tensor in self.inputs.items()}])

    def handle(self, data: list[dict[str, Any]], context: Any) -> list[str | bytes]:
        """Answers in the order of the requests."""
        answers: list[Any] = [None] * len(data)
        asked: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        for place, row in enumerate(data):
            try:
                asked[place] = self._question(row, _headers(context, place))
            except PredictionException as refused:
                answers[place] = refused
            except Exception as error:  # noqa: BLE001 - whatever one request holds, the others of its run are answered
                answers[place] = _refused(f"the request can't be read: {error}")
        for places in self._batches({place: arrays for place, (_, arrays) in asked.items()}):
            for place, outputs in zip(places, self._answers([asked[place][1] for place in places]), strict=True):
                answers[place] = outputs
        self._all_refused(answers, context)
        return [
            self._refusal(answer, context, place)
            if isinstance(answer, PredictionException)
            else self._answer(answer, asked[place][0], context, place)
            for place, answer in enumerate(answers)
        ]

    def _question(self, row: dict[str, Any], headers: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The request's JSON, and its arrays by input. Raises PredictionException."""
        body = row.get("body") if row.get("body") is not None else row.get("data")
        binary = b""
        if (encoding := headers.get("content-encoding", "identity")) != "identity":
            raise _refused(f"content encoding {encoding} is not supported")
        if isinstance(body, (bytes, bytearray)):
            end = int(headers[LENGTH]) if headers.get(LENGTH, "").isdigit() else len(body)
            body, binary = bytes(body[:end]), bytes(body[end:])
            try:
                # By itself it would read UTF-16 and UTF-32, too, which JSON between systems never is.
                body = json.loads(body.decode())
            except (ValueError, RecursionError) as error:
                raise _refused(f"failed to parse the request JSON: {error}") from None
        if not isinstance(body, dict) or not isinstance(body.get("inputs"), list):
            raise _refused("a request is a JSON object with a list of inputs")
        arrays = {}
        for tensor in body["inputs"]:
            if not isinstance(tensor, dict) or tensor.get("name") not in self.inputs or tensor["name"] in arrays:
                name = tensor.get("name") if isinstance(tensor, dict) else tensor
                raise _refused(f"unexpected inference input '{name}' for model '{self.name}'")
            arrays[tensor["name"]], binary = self._array(tensor, binary)
        if missing := [name for name in self.inputs if name not in arrays]:
            raise _refused(f"model '{self.name}' lacks the inputs {missing}")
        if len({len(array) for array in arrays.values()}) != 1:
            raise _refused("all inputs have the same number of rows")
        if binary:
            raise _refused(f"{len(binary)} bytes too many after the last binary input")
        self._wanted(body)
        return body, arrays

    def _array(self, tensor: dict[str, Any], binary: bytes) -> tuple[Any, bytes]:
        """One input as an array, and the binary data that is left."""
        known = self.inputs[tensor["name"]]
        where = f"input '{tensor['name']}' for model '{self.name}'"
        if tensor.get("datatype") != known["datatype"]:
            raise _refused(f"{where} has data-type {tensor.get('datatype')}, expected {known['datatype']}")
        shape, dtype = tensor.get("shape"), NUMPY[known["datatype"]]
        if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
            raise _refused(f"{where} has no shape of whole numbers")
        wanted = [-1, *known["shape"]]
        if len(shape) != len(wanted) or any(w not in (-1, s) for s, w in zip(shape, wanted, strict=True)):
            raise _refused(f"unexpected shape for {where}: got {shape}, expected {wanted}")
        if not 1 <= shape[0] <= self.rows:
            raise _refused(f"{where} has {shape[0]} rows, expected 1 to {self.rows}")
        parameters = tensor.get("parameters")
        size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
        if size is not None:
            if size != math.prod(shape) * dtype.itemsize or size > len(binary):
                raise _refused(f"{where} has {size} bytes, expected {math.prod(shape) * dtype.itemsize}")
            return _within(np.frombuffer(binary[:size], dtype).reshape(shape), known, where), binary[size:]
        return _within(_numbers(tensor.get("data"), dtype, shape, where), known, where), binary

    def _wanted(self, body: dict[str, Any]) -> list[tuple[str, bool]]:
        """The outputs that are asked for, and whether each in binary. Raises PredictionException."""
        parameters = body.get("parameters")
        every = bool(parameters.get("binary_data_output")) if isinstance(parameters, dict) else False
        wanted = body.get("outputs")
        if wanted is None or wanted == []:
            wanted = [{"name": name} for name in self.outputs]
        if not isinstance(wanted, list) or not all(
            isinstance(o, dict) and o.get("name") in self.outputs for o in wanted
        ):
            raise _refused(f"unexpected inference output for model '{self.name}', which gives {list(self.outputs)}")
        return [(o["name"], bool((o.get("parameters") or {}).get("binary_data", every))) for o in wanted]

    def _batches(self, asked: dict[int, dict[str, Any]]) -> list[list[int]]:
        """Places of requests that may share a run: same shapes, at most ``rows`` rows."""
        open_ones: dict[Any, tuple[list[int], int]] = {}
        done: list[list[int]] = []
        for place, arrays in asked.items():
            shapes = tuple(array.shape[1:] for array in arrays.values())
            rows = len(next(iter(arrays.values())))
            places, held = open_ones.get(shapes, ([], 0))
            if held + rows > self.rows:
                done.append(places)
                places, held = [], 0
            open_ones[shapes] = ([*places, place], held + rows)
        return done + [places for places, _ in open_ones.values()]

    def _answers(self, questions: list[dict[str, Any]]) -> list[Any]:
        """Outputs of each question; a refusal where the network itself can't take its values."""
        try:
            return self._run(questions)
        except Exception as error:  # noqa: BLE001 - what onnxruntime raises has no base of its own
            if len(questions) == 1:
                return [_refused(str(error))]
            return [answer for question in questions for answer in self._answers([question])]

    def _run(self, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        feed = {name: np.concatenate([question[name] for question in questions]) for name in self.inputs}
        outputs = self.session.run(list(self.outputs), feed)
        answers, start = [], 0
        for question in questions:
            end = start + len(next(iter(question.values())))
            answers.append({name: array[start:end] for name, array in zip(self.outputs, outputs, strict=True)})
            start = end
        return answers

    def _answer(self, outputs: dict[str, Any], body: dict[str, Any], context: Any, place: int) -> str | bytes:
        tensors: list[dict[str, Any]] = []
        binary = b""
        for name, as_binary in self._wanted(body):
            array = outputs[name].astype(NUMPY[self.outputs[name]["datatype"]], copy=False)
            tensor = {"name": name, "datatype": self.outputs[name]["datatype"], "shape": list(array.shape)}
            if as_binary:
                data = array.tobytes()
                tensors.append(tensor | {"parameters": {"binary_data_size": len(data)}})
                binary += data
            else:
                tensors.append(tensor | {"data": array.ravel().tolist()})
        # gRPC's answer has no place for an absent id.
        named = (
            {"id": body.get("id") or context.get_request_id(place)} if body.get("id") or _grpc(context, place) else {}
        )
        text = json.dumps({**named, "model_name": self.name, "model_version": self.version, "outputs": tensors})
        if not binary:
            context.set_response_content_type(place, "application/json")
            return text
        context.set_response_content_type(place, "application/octet-stream")
        context.set_response_header(place, LENGTH, str(len(text.encode())))
        return text.encode() + binary

    def _all_refused(self, answers: list[Any], context: Any) -> None:
        """Raise where every request is one over gRPC and refused: only then can each have an error of its own kind."""
        refused = [answer for answer in answers if isinstance(answer, PredictionException)]
        if len(refused) == len(answers) and all(_grpc(context, place) for place in range(len(answers))):
            raise _refused(" | ".join(dict.fromkeys(answer.message for answer in refused)))

    def _refusal(self, refused: PredictionException, context: Any, place: int) -> str:
        if not _grpc(context, place):
            context.set_response_status(BAD_REQUEST, "Bad Request", place)
            context.set_response_content_type(place, "application/json")
            return json.dumps({"error": refused.message})
        # TorchServe builds gRPC answers out of this JSON and has no status for one request of several: an answer
        # without an output that was asked for is the only error that it can pass on without harming the others.
        error = {"name": "error", "datatype": "BYTES", "shape": [1], "data": [refused.message]}
        about = {"id": context.get_request_id(place), "model_name": self.name, "model_version": self.version}
        return json.dumps({**about, "outputs": [error]})


def _refused(message: str) -> PredictionException:
    return PredictionException(message, BAD_REQUEST)


def _numbers(data: Any, dtype: Any, shape: list[int], where: str) -> Any:
    """JSON's values, flat or nested, as an array of the tensor's own type. Raises PredictionException."""
    if not isinstance(data, list):
        raise _refused(f"{where} has no data (raw_input_contents of gRPC don't reach a TorchServe model)")
    if dtype.kind != "b" and bool in set(map(type, _flat(data))):
        raise _refused(f"{where} has values that are no {dtype.name}")
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise _refused(f"{where}: {error}") from None
    if array.size != math.prod(shape):
        raise _refused(f"unexpected number of values for {where}: got {array.size}, expected {math.prod(shape)}")
    kinds = {"b": "b", "i": "i", "u": "iu", "f": "fiu"}[dtype.kind]
    if array.size and array.dtype.kind not in kinds:
        raise _refused(f"{where} has values that are no {dtype.name}")
    cast = array.astype(dtype)
    if dtype.kind in "iu" and (cast != array).any():
        raise _refused(f"{where} has values out of the range of {dtype.name}")
    return cast.reshape(shape)


def _flat(data: list[Any]) -> Iterable[Any]:
    """Values of lists in lists, as deep as they are the same all over; what is ragged numpy refuses."""
    values: Iterable[Any] = data
    first = data
    while first and isinstance(first := first[0], list):
        values = chain.from_iterable(value for value in values if isinstance(value, list))
    return values


def _within(array: Any, known: dict[str, Any], where: str) -> Any:
    """The array; raises PredictionException where values are not in the range that the model names, NaN among them."""
    low, high = known.get("low"), known.get("high")
    if not ((low is None or (array >= low).all()) and (high is None or (array <= high).all())):
        raise _refused(f"{where} has values outside {low} to {high}")
    return array


def _zeros(tensor: dict[str, Any], rows: int) -> Any:
    return np.zeros([rows, *(max(size, 1) for size in tensor["shape"])], NUMPY[tensor["datatype"]])


def _headers(context: Any, place: int) -> dict[str, str]:
    every = context.get_all_request_header(place)
    return {name.lower(): value for name, value in every.items() if isinstance(value, str)}


def _grpc(context: Any, place: int) -> bool:
    """Whether a request came over gRPC: the front end marks every HTTP request as one to predict or to explain."""
    return "explain" not in _headers(context, place)
