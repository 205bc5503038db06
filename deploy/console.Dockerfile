# The console: pages over the two services' interfaces (`serve`; `keys` once). It has no database and keeps no data.
# Build from the root of the repository:  docker build -f deploy/console.Dockerfile -t doudi/console .
# PYTHON_IMAGE and PIP_INDEX_URL name mirrors where a county's network has its own.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS packages
ARG PIP_INDEX_URL
# Any word here adds the packages that tell traces (TRACES_URL).
ARG TRACES
COPY deploy/console.lock /tmp/console.lock
COPY deploy/otel.lock /tmp/otel.lock
# A venv without pip: what is copied on holds the packages and no tool to add more. Wheels only: nothing is compiled.
RUN python -m venv --without-pip /opt/packages \
 && python -m pip --python /opt/packages/bin/python install --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: -r /tmp/console.lock ${TRACES:+-r /tmp/otel.lock}

FROM ${PYTHON_IMAGE}
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip setuptools wheel || true \
 && groupadd --gid 10001 doudi \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin doudi \
 && install -d -o doudi -g doudi -m 700 /keys /logs
COPY --from=packages /opt/packages /opt/packages
WORKDIR /app
COPY services/kit /app/kit
COPY services/china /app/china
COPY services/console /app/console
# What the image holds: packages, versions, licences (CycloneDX); without those that tell traces.
COPY deploy/sbom/console.cdx.json /app/sbom.cdx.json
LABEL org.opencontainers.image.title="doudi/console" \
      org.opencontainers.image.licenses="Apache-2.0" \
      cn.doudi.sbom="/app/sbom.cdx.json"
RUN python -m compileall -q /app
ENV PATH=/opt/packages/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DOUDI_CONSOLE_LISTEN=0.0.0.0:8700 \
    DOUDI_CONSOLE_KEYS_FILE=/keys/console.json \
    DOUDI_CONSOLE_LOG_DIR=/logs
USER 10001:10001
EXPOSE 8700
VOLUME ["/keys", "/logs"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8700/health/live', timeout=4)"]
ENTRYPOINT ["python", "-m", "console.main"]
CMD ["serve"]
