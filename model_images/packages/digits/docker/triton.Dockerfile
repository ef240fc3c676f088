# Triton with the model digits. Build it from the package's own folder, which proves itself first:
#   docker build --file docker/triton.Dockerfile --build-arg MODEL_DIGEST=<digest of SHA256SUMS> --tag digits .
# Run it: docker run --read-only --tmpfs /tmp --cap-drop ALL -p 8000:8000 -p 8001:8001 -p 8002:8002 digits
FROM nvcr.io/nvidia/tritonserver:26.07-py3@sha256:551599c0812bb706121410a71abda07f9920d25e6c66edf1ec07a375e49f5f90 AS proven
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ARG MODEL_DIGEST
WORKDIR /package
COPY . .
RUN test -f VERIFIED \
 && echo "${MODEL_DIGEST}  SHA256SUMS" | sha256sum --check --strict --quiet \
 && sha256sum --check --strict --quiet SHA256SUMS

FROM nvcr.io/nvidia/tritonserver:26.07-py3@sha256:551599c0812bb706121410a71abda07f9920d25e6c66edf1ec07a375e49f5f90
ARG MODEL_DIGEST
LABEL org.opencontainers.image.title="digits" \
      org.opencontainers.image.description="image classification, served by Triton" \
      org.opencontainers.image.version="${MODEL_DIGEST}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="nvcr.io/nvidia/tritonserver:26.07-py3@sha256:551599c0812bb706121410a71abda07f9920d25e6c66edf1ec07a375e49f5f90" \
      io.aistacks.model.name="digits" \
      io.aistacks.model.digest="${MODEL_DIGEST}"
COPY --from=proven /package/triton /models/triton
# All that it writes is temporary: the root may be read-only.
ENV TMPDIR=/tmp
VOLUME ["/tmp"]
WORKDIR /tmp
USER 1000:1000
EXPOSE 8000 8001 8002
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s --retries=3 \
  CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8000/v2/health/ready"]
ENTRYPOINT ["/opt/tritonserver/bin/tritonserver"]
CMD ["--model-repository=/models/triton", "--model-control-mode=none", "--disable-auto-complete-config", "--strict-readiness=true", "--exit-on-error=true", "--exit-timeout-secs=30", "--metrics-config=summary_latencies=true"]
