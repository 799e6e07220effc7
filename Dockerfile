# Renshaw with JupyterLab and its Go kernel; nothing is fetched when it runs.
#
#   docker build -t renshaw .
#   docker run --rm -p 8888:8888 -v "$PWD":/home/jovyan/work renshaw
#
# Conventions of the Jupyter Docker Stacks: user jovyan, NB_UID, NB_GID and CHOWN_HOME (with --user root),
# port 8888, JUPYTER_TOKEN, folder work. Program, kernel, modules and build cache are in /opt/renshaw, so that a
# volume over the home directory hides nothing.
ARG GO_IMAGE=docker.io/library/golang:1.26-bookworm
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${GO_IMAGE} AS build
RUN apt-get update && apt-get install -y --no-install-recommends libhdf5-dev pkg-config python3-venv && rm -rf /var/lib/apt/lists/*
ENV GOFLAGS="-buildvcs=false -modcacherw" GOTOOLCHAIN=local
WORKDIR /opt/renshaw
COPY tools tools
RUN cd tools && GOMODCACHE=/tmp/mod GOCACHE=/tmp/build GOBIN=/opt/renshaw/bin go install -trimpath -ldflags="-s -w" tool && rm -f /opt/renshaw/bin/staticcheck \
    && rm -rf /tmp/mod /tmp/build
# The lab without what only the tests use.
COPY requirements.txt ./
RUN grep -viE '^(playwright|greenlet|pyee|h5py|numpy)==' requirements.txt > /tmp/lab.txt && python3 -m venv .venv \
    && .venv/bin/python -m pip install -q --no-cache-dir -r /tmp/lab.txt && .venv/bin/python -m pip uninstall -q -y pip setuptools
COPY go.mod go.sum ./
ENV GOCACHE=/opt/renshaw/.cache/go-build GOMODCACHE=/opt/renshaw/.cache/go-mod
RUN go mod download && find "$GOMODCACHE/cache/download" -name '*.zip' -delete
COPY . .
# What cells link is compiled here, so that the first cell is quick; source maps and Go's own tests are not needed.
RUN go build -o bin/renshaw ./cmd/renshaw && go build ./... && find .venv -name '*.map' -delete \
    && rm -rf /usr/local/go/test /usr/local/go/api /usr/local/go/doc /usr/local/go/src/cmd/*/testdata \
    && chmod -R a+rwX .cache/go-build

FROM ${BASE_IMAGE}
ARG NB_USER=jovyan
ARG NB_UID=1000
ARG NB_GID=100
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates gcc libc6-dev libhdf5-dev pkg-config python3 tini \
    && rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/man
COPY --from=build /usr/local/go /usr/local/go
COPY --from=build /opt/renshaw/.venv /opt/renshaw/.venv
COPY --from=build /opt/renshaw/.cache/go-mod /opt/renshaw/.cache/go-mod
COPY --from=build /opt/renshaw/bin /opt/renshaw/bin
COPY --from=build /opt/renshaw/.cache/go-build /opt/renshaw/.cache/go-build
COPY . /opt/renshaw
RUN useradd --no-log-init --create-home --shell /bin/bash --no-user-group --uid "$NB_UID" --gid "$NB_GID" "$NB_USER" \
    && chmod a+rwX /opt/renshaw/.cache/go-build /opt/renshaw/.cache \
    && mkdir "/home/$NB_USER/work" && chown "$NB_UID:$NB_GID" "/home/$NB_USER/work" && chmod 2775 "/home/$NB_USER" "/home/$NB_USER/work"
ENV NB_USER=${NB_USER} NB_UID=${NB_UID} NB_GID=${NB_GID} HOME=/home/${NB_USER} SHELL=/bin/bash LANG=C.UTF-8 \
    PATH=/opt/renshaw/bin:/opt/renshaw/.venv/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    RENSHAW_ROOT=/opt/renshaw JUPYTER_PATH=/opt/renshaw/jupyter JUPYTER_CONFIG_PATH=/opt/renshaw/jupyter/config JUPYTER_PORT=8888 \
    GOCACHE=/opt/renshaw/.cache/go-build GOMODCACHE=/opt/renshaw/.cache/go-mod GOFLAGS="-buildvcs=false -modcacherw" GOTOOLCHAIN=local GOPROXY=off
EXPOSE 8888
HEALTHCHECK --interval=15s --timeout=3s --start-period=15s --retries=3 CMD ["python3", "/opt/renshaw/docker/healthcheck.py"]
USER ${NB_UID}
WORKDIR /home/${NB_USER}
ENTRYPOINT ["tini", "-g", "--", "/opt/renshaw/docker/start.sh"]
CMD ["start-lab"]
