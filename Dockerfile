# The image of the BFF, for Fargate and every other place that runs containers (docs/deploy.md).
#
# Base images are pinned by version. Where the build has to be the same byte for byte, pass them by
# digest: --build-arg PYTHON_IMAGE=python@sha256:…
ARG PYTHON_IMAGE=python:3.13.7-slim-bookworm
ARG NODE_IMAGE=node:22.20.0-bookworm-slim

# What the browser gets is the same on every processor, so it is built on the builder's own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS spa
WORKDIR /build/spa
COPY spa/package.json spa/package-lock.json spa/.npmrc ./
RUN npm ci
COPY spa/index.html spa/tsconfig.json ./
COPY spa/src ./src
COPY spa/tools ./tools
RUN npm run build

# --only-binary: nothing is compiled, so nothing has to be there to compile it.
# --without-pip: what runs cannot install anything.
FROM ${PYTHON_IMAGE} AS python
WORKDIR /build
COPY requirements/bff.txt ./
RUN python -m venv --without-pip /app/venv \
    && python -m pip --python /app/venv/bin/python install --no-cache-dir \
        --require-hashes --only-binary :all: -r bff.txt
COPY src/trust /app/src/trust
COPY src/proxy /app/src/proxy
COPY src/bff /app/src/bff
COPY src/authorizer /app/src/authorizer
# Compiled here, since the running container may write nowhere; by hash, so that the time of the
# build changes nothing.
RUN python -m compileall -q --invalidation-mode unchecked-hash /app/src

# No RUN from here on: the final image is its base and these three folders, owned by root.
FROM ${PYTHON_IMAGE}
COPY --from=python /app/venv /app/venv
COPY --from=python /app/src /app/src
COPY --from=spa /build/spa/dist /app/spa
ENV PATH=/app/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/app/src \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    BFF_SPA=/app/spa
WORKDIR /app
# A number, so that an orchestrator can see that it is not root without reading /etc/passwd.
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-I", "-S", "-c", "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m", "bff.command"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
