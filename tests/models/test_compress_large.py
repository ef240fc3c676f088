"""Weights that don't fit into one protobuf lie beside the graph; the limit is lowered, so a tiny model is large."""

import pytest


@pytest.fixture(scope="module")
def large(inside, tmp_path_factory):
    return inside("compress_large.py", tmp_path_factory.mktemp("large"))


def test_every_technique_on_files_takes_weights_beside_the_graph(large):
    assert large["pictures"]["dropped"] == {}
    assert large["tokens"]["dropped"] == {}
    for name, made in (*large["pictures"]["made"].items(), *large["tokens"]["made"].items()):
        # Where products of 8 bits overflow, the calibrated ones lose more: 0.063 was seen on a Haswell.
        assert made["difference"] < (0.1 if name == "int8-static" and large["overflows"] else 0.05)
        assert made["agreement"] >= 0.95


def test_the_weights_lie_beside_the_graph_and_count(large):
    for name in ("optimised", "int8-dynamic", "int8-static", "weights-4", "half-onnx"):
        made = large["pictures"]["made"][name]
        assert set(made["files"]) == {"model.onnx", "model.onnx.data"}
        assert made["bytes"] == sum(made["files"].values())


def test_fewer_bits_make_them_smaller(large):
    size = {name: made["bytes"] for name, made in large["pictures"]["made"].items()}
    assert size["int8-static"] < 0.5 * size["optimised"]
    assert large["tokens"]["made"]["fused-int8"]["bytes"] < 0.6 * large["tokens"]["made"]["fused"]["bytes"]
