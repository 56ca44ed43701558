# Odradek on Debian slim. `docker build -t odradek/odradek .` builds it from the public images; NODE
# and BASE name others: any with Node.js 24 and npm, and any with Debian 12 or later.
ARG NODE=node:24-bookworm-slim
ARG BASE=debian:bookworm-slim

FROM ${NODE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# What is not for this machine, and what only a compiler or an editor reads, stays behind.
RUN npm run build \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && mkdir -p /image/opt/odradek /image/usr/local/bin \
 && cp -r dist/bin dist/src dist/package.json /image/opt/odradek \
 && cp -r node_modules /image/opt/odradek \
 && cd /image/opt/odradek/node_modules \
 && rm -rf .bin .package-lock.json better-sqlite3/deps better-sqlite3/src node-addon-api \
 && target="linux-$(node -p process.arch)" \
 && find better-sqlite3/prebuilds -type f ! -name "$target.node" -delete \
 && find /image/opt -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \
      -o -name '*.map' -o -iname '*.md' \) -delete \
 && cp "$(node -p process.execPath)" /image/usr/local/bin/node \
 && cp -r /build/container/rootfs/. /image/ \
 && chmod -R a+rX /image

FROM ${BASE}
LABEL org.opencontainers.image.title=odradek \
      org.opencontainers.image.description="A Kafka-protocol-compatible broker" \
      org.opencontainers.image.licenses=Apache-2.0
# ODRADEK_CONTAINER: starts take the variables of Kafka's images, and print what tests wait for.
ENV ODRADEK_CONTAINER=true \
    ODRADEK_DATA_DIR= \
    NODE_COMPILE_CACHE=/opt/odradek/cache \
    NODE_ENV=production
COPY --from=build /image /
# Whoever the container runs as writes there; what a broker stores is its user's alone.
RUN useradd --uid 1000 --gid 0 --no-create-home --home-dir /var/lib/odradek odradek \
 && for script in configure ensure launch run; do chmod 777 /etc/confluent/docker/$script; done \
 && for directory in /etc/confluent/docker /etc/kafka /etc/kafka/secrets /etc/redpanda \
      /mnt/shared/config /opt/kafka /var/lib/odradek /var/lib/redpanda \
      /docker-entrypoint-init.d; do mkdir -p $directory && chmod 777 $directory; done \
 && for tool in kafka-topics kafka-console-producer kafka-console-consumer kafka-consumer-groups \
      kafka-configs kafka-broker-api-versions kafka-storage zookeeper-server-start; do \
      ln -s kafka-tool /usr/local/bin/$tool && ln -s kafka-tool /usr/local/bin/$tool.sh; done
WORKDIR /var/lib/odradek
USER odradek
EXPOSE 9092 9093 9094 8080 8081 8082 9644
ENTRYPOINT ["docker-entrypoint"]
