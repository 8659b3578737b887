#!/usr/bin/env bash
# Builds the solution and runs every test project, one after the other. Needs the .NET SDK; installs the rest.
#
#   ./test.sh                                  everything
#   ./test.sh --filter FullyQualifiedName~Dns  arguments go to `dotnet test` as they are
#
# EDGE_TEST_TRANSPORT=sockets runs every test that does not choose its transport on that one.
# EDGE_TEST_NO_BUILD=1 takes the Release build that is there. Reports are in TestResults/, the sums in TestResults/totals
# ("passed failed skipped").
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

readonly RESULTS=TestResults

as_root() {
    if [[ $(id -u) -eq 0 ]]; then
        "$@"
    else
        sudo "$@"
    fi
}

# A package mirror that hangs must not hang the run: every step has a limit and is tried again.
apt_get() {
    local try
    for try in 1 2 3; do
        if as_root timeout --kill-after=10 180 env DEBIAN_FRONTEND=noninteractive \
            apt-get -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=120 "$@" >/dev/null; then
            return 0
        fi
        echo "apt-get $1 failed (try $try of 3)" >&2
    done
    return 1
}

install_missing() {
    local command=$1 package=$2
    if command -v "$command" >/dev/null; then
        return 0
    fi
    if ! command -v apt-get >/dev/null; then
        echo "test.sh: $command is missing and there is no apt-get to install $package with" >&2
        return 1
    fi
    echo "Installing $package"
    # Without fresh lists the package may be unknown or gone from the mirror; stale ones are still worth a try.
    apt_get update || true
    apt_get install --yes --no-install-recommends "$package"
}

# One counter of a trx report: what `dotnet test` prints is for people and changes with version and language.
counter() {
    sed -n "s/.*<Counters[^>]* $1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1
}

if ! command -v dotnet >/dev/null; then
    echo "test.sh: the .NET 10 SDK is needed (dotnet is not on the PATH)" >&2
    exit 1
fi
install_missing redis-server redis-server
# Brings promtool too.
install_missing prometheus prometheus

if [[ ${EDGE_TEST_NO_BUILD:-} != 1 ]]; then
    dotnet build VoltageSoda.Edge.sln --configuration Release --verbosity quiet --nologo
fi

rm -rf "$RESULTS"
mkdir -p "$RESULTS"
passed=0 failed=0 skipped=0 status=0
for project in tests/*/*Tests.csproj; do
    name=$(basename "$project" .csproj)
    report=$RESULTS/$name.trx
    code=0
    dotnet test "$project" --configuration Release --no-build --nologo --verbosity quiet \
        --logger "trx;LogFileName=$name.trx" --results-directory "$RESULTS" \
        --blame-hang-timeout 10m --blame-hang-dump-type none "$@" || code=$?
    if [[ $code -ne 0 ]]; then
        status=1
    fi

    if [[ -f $report ]]; then
        executed=$(counter executed "$report")
        passed_here=$(counter passed "$report")
        passed=$((passed + passed_here))
        failed=$((failed + executed - passed_here))
        skipped=$((skipped + $(counter total "$report") - executed))
    elif [[ $code -ne 0 ]]; then
        # The test host died before it could report.
        failed=$((failed + 1))
    fi
done

# A failure that is in no report (a host that crashed after its last test) still counts.
if [[ $status -ne 0 && $failed -eq 0 ]]; then
    failed=1
fi
if [[ $failed -ne 0 ]]; then
    status=1
fi
echo "$passed $failed $skipped" >"$RESULTS/totals"
echo "All test projects: $passed tests passed, $failed tests failed, $skipped tests skipped."
exit "$status"
