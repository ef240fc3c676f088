# TorchServe with the model digits. Build it from the package's own folder, which proves itself first:
#   docker build --file docker/torchserve.Dockerfile --build-arg MODEL_DIGEST=<digest of SHA256SUMS> --tag digits .
# Run it: docker run --read-only --tmpfs /tmp --cap-drop ALL -p 8080:8080 -p 7070:7070 -p 8082:8082 digits
FROM docker.io/library/python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b AS proven
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ARG MODEL_DIGEST
WORKDIR /package
COPY . .
RUN test -f VERIFIED \
 && echo "${MODEL_DIGEST}  SHA256SUMS" | sha256sum --check --strict --quiet \
 && sha256sum --check --strict --quiet SHA256SUMS

FROM docker.io/library/python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b
RUN apt-get update \
 && apt-get install --yes --no-install-recommends openjdk-17-jre-headless=17.* \
 && rm -rf /var/lib/apt/lists/*
COPY --from=proven /package/docker/requirements.txt /opt/requirements.txt
RUN python -m pip install --no-cache-dir --no-deps --require-hashes --only-binary=:all: --requirement /opt/requirements.txt
ARG MODEL_DIGEST
LABEL org.opencontainers.image.title="digits" \
      org.opencontainers.image.description="image classification, served by TorchServe" \
      org.opencontainers.image.version="${MODEL_DIGEST}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b" \
      io.aistacks.model.name="digits" \
      io.aistacks.model.digest="${MODEL_DIGEST}"
COPY --from=proven /package/torchserve /models/torchserve
# All that it writes is temporary: the root may be read-only.
ENV TEMP=/tmp TMPDIR=/tmp LOG_LOCATION=/tmp/logs METRICS_LOCATION=/tmp/logs PYTHONDONTWRITEBYTECODE=1
VOLUME ["/tmp"]
WORKDIR /tmp
USER 1000:1000
EXPOSE 8080 7070 8082
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/ping', timeout=2)"]
ENTRYPOINT ["torchserve", "--start", "--foreground", "--ncs"]
CMD ["--ts-config=/models/torchserve/config.properties"]
