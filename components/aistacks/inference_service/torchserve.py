"""TorchServe: serves ``torchserve/<model>.mar`` of the published model. No longer maintained upstream.

The archive's handler runs an ONNX file on the CPU, and upstream's images have no ONNX Runtime (pytorch/serve 62c4d6a,
docker/Dockerfile and requirements/, read 2026-11-30): the caller supplies the image, built by
`aistacks models image FOLDER --server torchserve`.
"""

from .server import CONFIG, MODELS, SCRATCH, Server, facts


def server(image: str, model: str) -> Server:
    """TorchServe with one model, on CPUs. ``image`` has ONNX Runtime."""
    known = facts()["torchserve"]
    ports = known["ports"]
    return Server(
        app="torchserve",
        image=image,
        command=[
            "torchserve",
            "--start",
            "--foreground",
            "--ncs",
            # TorchServe writes its tokens to a file in the pod; access to the port is controlled by the NetworkPolicy.
            "--disable-token-auth",
            f"--ts-config={CONFIG}/config.properties",
            f"--model-store={MODELS}/torchserve",
            f"--models={model}={model}.mar",
        ],
        http_port=ports["http"],
        grpc_port=ports["grpc"],
        metrics_port=ports["metrics"],
        live=known["live"],
        ready=known["ready"],
        queue_metric=known["queue_metric"],
        env={"TEMP": SCRATCH, "LOG_LOCATION": f"{SCRATCH}/logs", "METRICS_LOCATION": f"{SCRATCH}/logs"},
        config={"config.properties": _properties(ports)},
    )


def _properties(ports: dict[str, int]) -> str:
    """Same as the package's `config.properties`. The management APIs listen on loopback only, because they can load
    arbitrary code."""
    return "\n".join(
        [
            f"inference_address=http://0.0.0.0:{ports['http']}",
            "management_address=http://127.0.0.1:8081",
            f"metrics_address=http://0.0.0.0:{ports['metrics']}",
            "grpc_inference_address=0.0.0.0",
            f"grpc_inference_port={ports['grpc']}",
            "grpc_management_address=127.0.0.1",
            "grpc_management_port=7071",
            # HTTP always has /v2; this enables the gRPC protocol and the health paths.
            "ts_open_inference_protocol=true",
            "metrics_mode=prometheus",
            "allowed_urls=",
            "install_py_dep_per_model=false",
            "job_queue_size=1000",
            "max_request_size=67108864",
            "max_response_size=67108864",
            "",
        ]
    )
