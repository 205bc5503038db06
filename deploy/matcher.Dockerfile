# The matcher: the web process (`serve`), the worker (entrypoint `python -m matcher.worker`), `migrate` and `keys`.
# Build from the root of the repository:  docker build -f deploy/matcher.Dockerfile -t doudi/matcher .
# PYTHON_IMAGE and PIP_INDEX_URL name mirrors where a county's network has its own.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ARG PIP_INDEX_URL
# Any word here adds the packages that tell traces (TRACES_URL).
ARG TRACES
COPY deploy/matcher.lock /tmp/matcher.lock
COPY deploy/otel.lock /tmp/otel.lock
# A venv without pip: what is copied on holds the packages and no tool to add more. Wheels only: nothing is compiled.
RUN python -m venv --without-pip /opt/packages \
 && python -m pip --python /opt/packages/bin/python install --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: -r /tmp/matcher.lock ${TRACES:+-r /tmp/otel.lock}

FROM ${PYTHON_IMAGE}
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip setuptools wheel || true \
 && groupadd --gid 10001 doudi \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin doudi \
 && install -d -o doudi -g doudi -m 700 /data /keys /checkpoints /logs
COPY --from=packages /opt/packages /opt/packages
WORKDIR /app
COPY services/kit /app/kit
COPY services/china /app/china
COPY services/matcher /app/matcher
# What the image holds: packages, versions, licences (CycloneDX); without those that tell traces.
COPY deploy/sbom/matcher.cdx.json /app/sbom.cdx.json
LABEL org.opencontainers.image.title="doudi/matcher" \
      org.opencontainers.image.licenses="Apache-2.0" \
      cn.doudi.sbom="/app/sbom.cdx.json"
ENV PATH=/opt/packages/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/app \
    DOUDI_KERNELS=/app/kernels \
    NUMBA_CPU_NAME=generic
# The inner loops of the linkage are compiled here, for any processor: the file system is read-only later.
RUN python -m compileall -q /app && python -m matcher.linkage.precompile
# What a large delivery needed is given back at once instead of after a while: a sixth less memory at the peak.
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    _RJEM_MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0 \
    DOUDI_MATCHER_LISTEN=0.0.0.0:8700 \
    DOUDI_MATCHER_DATA_DIR=/data \
    DOUDI_MATCHER_KEYS_FILE=/keys/matcher.json \
    DOUDI_MATCHER_CHECKPOINTS_DIR=/checkpoints \
    DOUDI_MATCHER_LOG_DIR=/logs \
    DOUDI_MATCHER_PRODUCTION=true
USER 10001:10001
EXPOSE 8700
VOLUME ["/data", "/keys", "/checkpoints", "/logs"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8700/matcher/v1/health/ready', timeout=4)"]
ENTRYPOINT ["python", "-m", "matcher.main"]
CMD ["serve"]
