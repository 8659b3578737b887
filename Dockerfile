# syntax=docker/dockerfile:1

FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TARGETARCH
WORKDIR /source

# What decides the packages comes first, so that a change of code does not restore again.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/Protocol/VoltageSoda.Edge.Protocol.csproj src/Protocol/packages.lock.json src/Protocol/
COPY src/Policies/VoltageSoda.Edge.Policies.csproj src/Policies/packages.lock.json src/Policies/
COPY src/Edge/VoltageSoda.Edge.csproj src/Edge/packages.lock.json src/Edge/
RUN dotnet restore src/Edge/VoltageSoda.Edge.csproj --locked-mode -p:Ship=true

# GC and JIT settings are in the project file and travel in voltage-edge.runtimeconfig.json; no environment is needed.
COPY src/ src/
COPY samples/ samples/
RUN case "$TARGETARCH" in amd64) rid=linux-x64 ;; *) rid=linux-$TARGETARCH ;; esac \
    && dotnet publish src/Edge/VoltageSoda.Edge.csproj --no-restore --configuration Release --runtime "$rid" \
        -p:Ship=true -p:DebugType=none -p:PublishDocumentationFiles=false --output /app

# The application brings its framework. No shell, no package manager, user 1654 (app).
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app/ ./
USER $APP_UID

# Proxy (plain, TLS), admin (plain, TLS), status and metrics.
EXPOSE 8000 8443 8001 8444 8100
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/voltage-edge"]
CMD ["run"]
