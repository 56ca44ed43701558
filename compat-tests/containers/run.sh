#!/usr/bin/env bash
# Builds the container image and runs the tests of this folder; arguments go to vitest. Uses the
# Docker engine that is there, or starts one of its own and ends it: that takes root and dockerd
# (Debian: docker.io). Builds on the public images, or, where no registry answers, on a Debian made
# by debootstrap and the Node.js and npm of this machine. Rust and its module compile meanwhile.
set -euo pipefail
cd "$(dirname "$0")/../.."
image=odradek/odradek:8.1.0-1
work=$(mktemp -d)
compiling=
engine=

cleanup() {
  if [ -n "$compiling" ]; then kill "$compiling" 2> /dev/null || true; fi
  if [ -n "$engine" ]; then
    # The engine ends what it has started: containerd, and containers that a failed test has left.
    kill "$engine" && wait "$engine" || true
    # What it mounts for its own network stays behind.
    umount "$work/exec/netns/default" 2> /dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT

skip() {
  echo "containers: skipped: $*" >&2
  if [ -n "${CI:-}" ]; then exit 1; fi
  exit 0
}

start_engine() {
  command -v docker > /dev/null || skip 'no docker here; Debian has it in docker.io'
  if docker info > /dev/null 2>&1; then return; fi
  [ "$(id -u)" = 0 ] || skip 'no Docker engine runs, and only root can start one'
  command -v dockerd > /dev/null || skip 'no dockerd here; Debian has it in docker.io'
  export DOCKER_HOST=unix://$work/docker.sock
  dockerd --host "$DOCKER_HOST" --data-root "$work/docker" --exec-root "$work/exec" \
    --pidfile "$work/docker.pid" > "$work/dockerd.log" 2>&1 &
  engine=$!
  for _ in $(seq 300); do
    if docker info > /dev/null 2>&1; then return; fi
    kill -0 "$engine" 2> /dev/null || break
    sleep 0.1
  done
  tail -5 "$work/dockerd.log" >&2
  engine=
  skip 'dockerd does not start here'
}

# The two images that the Dockerfile builds on.
make_bases() {
  if timeout 30 docker pull -q debian:bookworm-slim > /dev/null 2>&1 &&
    timeout 60 docker pull -q node:24-bookworm-slim > /dev/null 2>&1; then
    return
  fi
  command -v debootstrap > /dev/null || skip 'no registry answers, and no debootstrap is here'
  local root=$work/root bin=$work/node
  debootstrap --variant=minbase bookworm "$root" > "$work/debootstrap.log" ||
    { tail -5 "$work/debootstrap.log" >&2; skip 'debootstrap failed'; }
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* \
    "$root"/usr/share/{doc,man,locale}/*
  tar -C "$root" -c . | docker import - odradek-test/debian > /dev/null
  mkdir "$bin"
  cp "$(npx --no-install node -p process.execPath)" "$bin/node"
  cp -r "$(dirname "$(readlink -f "$(command -v npm)")")/.." "$bin/npm"
  # Whom npm trusts on this machine, it trusts in the image that builds, too.
  cat "${NODE_EXTRA_CA_CERTS:-/dev/null}" > "$bin/authorities.pem"
  cat > "$bin/Dockerfile" << 'END'
FROM odradek-test/debian
COPY . /opt/
ENV NODE_EXTRA_CA_CERTS=/opt/authorities.pem
RUN ln -s /opt/node /usr/local/bin/node && ln -s /opt/npm/bin/npm-cli.js /usr/local/bin/npm
END
  docker build -q -t odradek-test/node "$bin" > /dev/null
  bases=(--build-arg NODE=odradek-test/node --build-arg BASE=odradek-test/debian)
  # For the example's application.
  export NODE_IMAGE=odradek-test/node
}

build_image() {
  docker build --network host "${bases[@]}" -t "$image" . > "$work/build.log" 2>&1 ||
    { tail -30 "$work/build.log" >&2; exit 1; }
  docker image inspect --format '{{.Size}}' "$image" |
    awk '{ printf "the image has %d MB\n", $1 / 1e6 }'
}

bases=()
if command -v cargo > /dev/null; then
  cargo build --quiet --locked --manifest-path compat-tests/containers/rust/Cargo.toml \
    --target-dir .cache/containers/rust > "$work/cargo.log" 2>&1 &
  compiling=$!
fi
start_engine
# The builder that needs no plug-in of the command line.
export DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0}
make_bases
build_image
if [ -n "$compiling" ]; then wait "$compiling" || { cat "$work/cargo.log" >&2; exit 1; }; fi
compiling=
export ODRADEK_TEST_IMAGE=$image
# The image that removes what a killed test leaves is in no local registry; and a machine that looks
# like a container is still the one with the ports.
export TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_HOST_OVERRIDE=localhost
npx --no-install vitest run --config compat-tests/vitest.config.ts compat-tests/containers "$@"
