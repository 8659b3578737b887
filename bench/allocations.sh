#!/usr/bin/env bash
# Runs the benchmarks briefly and holds what they allocate against baselines/allocations.json; exit code 1 when one allocates more. The times
# of so short a run mean nothing.
#
#   bench/allocations.sh                 all of them, some minutes
#   bench/allocations.sh '*Exchange*'    some
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
artifacts=$(mktemp -d)
trap 'rm -rf "$artifacts"' EXIT
dotnet build --configuration Release --verbosity quiet --nologo || exit 1
bin/Release/net10.0/VoltageSoda.Edge.Bench --filter "${1:-*}" --inProcess --job short --warmupCount 1 --artifacts "$artifacts" \
    --check-allocations | sed -n '/benchmarks compared/p; /allowed$/p; /no result$/p; /no entry$/p'
exit "${PIPESTATUS[0]}"
