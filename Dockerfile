# Longwatch as one image: built with everything, run from Next.js' standalone output, behind our own server, as a user without rights.
FROM node:24-bookworm-slim AS build
WORKDIR /app
# The path under which the application stands (/longwatch) is part of the build.
ARG LONGWATCH_BASE_PATH=
ENV NEXT_TELEMETRY_DISABLED=1 NEXT_OUTPUT=standalone LONGWATCH_BASE_PATH=$LONGWATCH_BASE_PATH
COPY package.json package-lock.json .npmrc ./
# The image's own Node runs the build: the Node among the optional dependencies is left out.
RUN npm ci --omit=optional
COPY . .
RUN npx next build && node scripts/share-chunks.mjs .next/standalone/.next && mkdir -p /data

FROM node:24-bookworm-slim
WORKDIR /app
ARG LONGWATCH_BASE_PATH=
ENV LONGWATCH_BASE_PATH=$LONGWATCH_BASE_PATH
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
COPY --from=build --chown=node:node /data /data
COPY --from=build /app/.next/standalone ./
COPY --from=build /app/.next/static ./.next/static
COPY --from=build /app/public ./public
COPY --from=build /app/server.mjs ./
USER node
VOLUME /data
EXPOSE 3000
# Alive, not ready: a store that is away is no reason to restart the application.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + process.env.LONGWATCH_BASE_PATH + '/api/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "server.mjs"]
