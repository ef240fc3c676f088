"""NVIDIA Triton: serves ``triton/`` of the published model as its model repository."""

from .server import MODELS, Server, facts


def server(image: str) -> Server:
    """Triton with model control disabled."""
    known = facts()["triton"]
    ports = known["ports"]
    return Server(
        app="triton",
        image=image,
        command=[
            "tritonserver",
            f"--model-repository={MODELS}/triton",
            # Serves only the verified model: no loading through the API.
            "--model-control-mode=none",
            "--strict-readiness=true",
            "--exit-on-error=true",
            "--exit-timeout-secs=30",
            f"--http-port={ports['http']}",
            f"--grpc-port={ports['grpc']}",
            f"--metrics-port={ports['metrics']}",
            # Without it Triton exports no quantiles, only sums.
            "--metrics-config=summary_latencies=true",
        ],
        http_port=ports["http"],
        grpc_port=ports["grpc"],
        metrics_port=ports["metrics"],
        live=known["live"],
        ready=known["ready"],
        queue_metric=known["queue_metric"],
    )
