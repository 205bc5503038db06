# The registry: one process that answers (`serve`); `migrate`, `keys` and `client create` run from the same image.
# Build from the root of the repository:  docker build -f deploy/registry.Dockerfile -t doudi/registry .
# PYTHON_IMAGE and PIP_INDEX_URL name mirrors where a county's network has its own.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ARG PIP_INDEX_URL
# Any word here adds the packages that tell traces (TRACES_URL).
ARG TRACES
COPY deploy/registry.lock /tmp/registry.lock
COPY deploy/otel.lock /tmp/otel.lock
# A venv without pip: what is copied on holds the packages and no tool to add more. Wheels only: nothing is compiled.
RUN python -m venv --without-pip /opt/packages \
 && python -m pip --python /opt/packages/bin/python install --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: -r /tmp/registry.lock ${TRACES:+-r /tmp/otel.lock}

FROM ${PYTHON_IMAGE}
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip setuptools wheel || true \
 && groupadd --gid 10001 doudi \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin doudi \
 && install -d -o doudi -g doudi -m 700 /data /keys /checkpoints /logs
COPY --from=packages /opt/packages /opt/packages
WORKDIR /app
COPY services/kit /app/kit
COPY services/china /app/china
COPY services/registry /app/registry
# What the image holds: packages, versions, licences (CycloneDX); without those that tell traces.
COPY deploy/sbom/registry.cdx.json /app/sbom.cdx.json
LABEL org.opencontainers.image.title="doudi/registry" \
      org.opencontainers.image.licenses="Apache-2.0" \
      cn.doudi.sbom="/app/sbom.cdx.json"
RUN python -m compileall -q /app
ENV PATH=/opt/packages/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DOUDI_REGISTRY_LISTEN=0.0.0.0:8700 \
    DOUDI_REGISTRY_DATA_DIR=/data \
    DOUDI_REGISTRY_KEYS_FILE=/keys/registry.json \
    DOUDI_REGISTRY_CHECKPOINTS_DIR=/checkpoints \
    DOUDI_REGISTRY_LOG_DIR=/logs \
    DOUDI_REGISTRY_PRODUCTION=true
USER 10001:10001
EXPOSE 8700
VOLUME ["/data", "/keys", "/checkpoints", "/logs"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8700/registry/v1/health/ready', timeout=4)"]
ENTRYPOINT ["python", "-m", "registry.main"]
CMD ["serve"]
