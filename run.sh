#!/usr/bin/env bash
# Starts the demo: three small upstreams and the edge on the sample configuration, in one process. Ctrl-C stops it.
# Needs the .NET SDK only. Arguments go to `voltage-edge demo`. Builds when a source is newer than the last build.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

readonly PROGRAM=$root/src/Edge/bin/Release/net10.0/voltage-edge.dll

is_stale() {
    [[ ! -f $PROGRAM ]] && return 0
    local newer
    newer=$(find "$root/src" "$root/samples" "$root"/Directory.*.props "$root/global.json" \
        \( -name bin -o -name obj \) -prune -o -type f -newer "$PROGRAM" -print -quit)
    [[ -n $newer ]]
}

if ! command -v dotnet >/dev/null; then
    echo "run.sh: the .NET 10 SDK is needed (dotnet is not on the PATH)" >&2
    exit 1
fi
if is_stale; then
    echo "Building voltage-edge ..."
    log=$(mktemp)
    if ! dotnet build "$root/src/Edge/VoltageSoda.Edge.csproj" --configuration Release --verbosity quiet --nologo >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        exit 1
    fi
    rm -f "$log"
    # An incremental build leaves the file as it is when a change did not reach it.
    touch "$PROGRAM"
fi

# exec: signals reach the program itself, and its exit code is ours.
exec dotnet "$PROGRAM" demo "$@"
