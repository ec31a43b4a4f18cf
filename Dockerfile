# The service in a container: no root, nothing written outside /data, /tmp and /dev/shm.
# A tag moves with security fixes; `--build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:…` pins
# one image, and NODE_IMAGE the one that builds the dashboard.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG NODE_IMAGE=node:20-bookworm-slim

FROM ${NODE_IMAGE} AS dashboard
WORKDIR /srv/dashboard
COPY dashboard/package.json dashboard/package-lock.json ./
RUN npm ci --no-audit --no-fund --loglevel=error
COPY dashboard ./
RUN npm run build

FROM ${PYTHON_IMAGE} AS builder
WORKDIR /srv
COPY requirements.txt ./
RUN python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check \
        --no-compile --require-hashes --only-binary :all: -r requirements.txt
COPY wsgi.py gunicorn.conf.py ./
COPY app ./app
COPY --from=dashboard /srv/app/dashboard_build ./app/dashboard_build
COPY examples/risk_monitor.py ./examples/
# A read-only container cannot keep bytecode, so it is made here.
RUN /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash . /venv \
    && mkdir -m 0700 /data /backups && chown 10001:10001 /data /backups

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Trader Performance API" \
      org.opencontainers.image.description="Fills in, P&L of today, this week and ever out"
WORKDIR /srv
COPY --from=builder /venv /venv
COPY --from=builder /srv /srv
COPY --from=builder --chown=10001:10001 /data /data
# Where the compose file has the volume of backups.
COPY --from=builder --chown=10001:10001 /backups /backups
ENV PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# By http.client, since urllib would ask a proxy that the engine hands to its containers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, timeout=4); c.request('GET', '/health/ready'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
