# Backups of both services at one moment, their proof by restoring, and the way back (services/doudi/backup): the words
# `backup`, `restore`, `check` and `keys` of the command line, with --server. It serves nothing and is run by a clock.
# Build from the root of the repository:  docker build -f deploy/backup.Dockerfile -t doudi/backup .
# PYTHON_IMAGE and PIP_INDEX_URL name mirrors where a county's network has its own. POSTGRES_IMAGE: of the server's major
# version, neither older (pg_dump refuses the server) nor newer (what pg_restore sets, an older server may not know), and
# of the same Debian as PYTHON_IMAGE.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG POSTGRES_IMAGE=postgres:17-bookworm

FROM ${PYTHON_IMAGE} AS packages
ARG PIP_INDEX_URL
COPY deploy/registry.lock /tmp/registry.lock
COPY deploy/matcher.lock /tmp/matcher.lock
COPY deploy/backup.lock /tmp/backup.lock
# A venv without pip: what is copied on holds the packages and no tool to add more. Wheels only: nothing is compiled.
RUN python -m venv --without-pip /opt/packages \
 && python -m pip --python /opt/packages/bin/python install --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: -r /tmp/registry.lock -r /tmp/matcher.lock -r /tmp/backup.lock

FROM ${POSTGRES_IMAGE} AS client
COPY deploy/postgres/client-alone /tmp/client-alone
RUN sh /tmp/client-alone /opt/postgresql

FROM ${PYTHON_IMAGE}
RUN python -m pip uninstall --yes --quiet --root-user-action=ignore pip setuptools wheel || true \
 && groupadd --gid 10001 doudi \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin doudi \
 && install -d -o doudi -g doudi -m 700 /data /keys /checkpoints /backups
COPY --from=packages /opt/packages /opt/packages
COPY --from=client /opt/postgresql /opt/postgresql
WORKDIR /app
COPY services/kit /app/kit
COPY services/china /app/china
COPY services/registry /app/registry
COPY services/matcher /app/matcher
COPY services/doudi /app/doudi
# What the image holds: packages, versions, licences (CycloneDX).
COPY deploy/sbom/backup.cdx.json /app/sbom.cdx.json
LABEL org.opencontainers.image.title="doudi/backup" \
      org.opencontainers.image.licenses="Apache-2.0" \
      cn.doudi.sbom="/app/sbom.cdx.json"
ENV PATH=/opt/packages/bin:/opt/postgresql/bin:/usr/local/bin:/usr/bin:/bin
# The last two words: a library the client lacks here ends the build, and no backup.
RUN python -m compileall -q /app && pg_dump --version && pg_restore --version
# Both services' volumes, each in a folder of its service's name.
ENV PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DOUDI_REGISTRY_DATA_DIR=/data/registry \
    DOUDI_REGISTRY_KEYS_FILE=/keys/registry/registry.json \
    DOUDI_REGISTRY_CHECKPOINTS_DIR=/checkpoints/registry \
    DOUDI_REGISTRY_PRODUCTION=true \
    DOUDI_MATCHER_DATA_DIR=/data/matcher \
    DOUDI_MATCHER_KEYS_FILE=/keys/matcher/matcher.json \
    DOUDI_MATCHER_CHECKPOINTS_DIR=/checkpoints/matcher \
    DOUDI_MATCHER_PRODUCTION=true
USER 10001:10001
VOLUME ["/data", "/keys", "/checkpoints", "/backups"]
STOPSIGNAL SIGTERM
HEALTHCHECK NONE
ENTRYPOINT ["python", "-m", "doudi.command_line"]
CMD ["backup", "--help"]
