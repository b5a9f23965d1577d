#!/usr/bin/env bash
# Builds everything and runs every test of the solution, one test program after the other.
#   deploy/test.sh                  all of them
#   deploy/test.sh Domain Host      only those of ServiceOrders.Domain.Tests and ServiceOrders.Host.Tests
# Failures are shown in full; the last line is "N passed, N failed". Exit code 1 when a test failed, a program ended badly or too late, or nothing ran.
set -euo pipefail
exec </dev/null
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$repository/deploy/prerequisites.sh"
cd "$repository"

# A program that takes longer hangs.
TIME_LIMIT=${TEST_TIME_LIMIT:-900}

output=$(mktemp -d)
passed=0
failed=0
finished=
# Whatever happens, the last line tells: a build that fails or a missing SDK counts as one failure.
finish() {
  rm -rf "$output"
  [ -n "$finished" ] || echo "$passed passed, $((failed + 1)) failed"
}
trap finish EXIT

# The number that stands behind a word in the summary line of a test program's output.
count() { sed -n "s/.* $1: \([0-9]*\).*/\1/p" "$2" | tail -n 1; }

run_program() {
  local name=$1 program="$repository/tests/$1/bin/Release/net10.0/$1" log="$output/$1.log" started=$SECONDS code=0
  timeout --kill-after=30 "$TIME_LIMIT" "$program" -noColor -noLogo >"$log" 2>&1 || code=$?
  grep -E '^ *[^ ]+ +Total: ' "$log" | tail -n 1 >"$output/summary" || true

  local total errors bad skipped notRun
  total=$(count Total "$output/summary") errors=$(count Errors "$output/summary") bad=$(count Failed "$output/summary")
  skipped=$(count Skipped "$output/summary") notRun=$(count 'Not Run' "$output/summary")
  bad=$((${bad:-0} + ${errors:-0}))
  local good=$((${total:-0} - ${bad} + ${errors:-0} - ${skipped:-0} - ${notRun:-0}))

  if [ "$bad" = 0 ] && { [ "$code" != 0 ] || [ "$good" = 0 ]; }; then
    bad=1
    case $code in
      0) say "$name ran no test." ;;
      124 | 137) say "$name did not end within $TIME_LIMIT seconds, or was killed." ;;
      *) say "$name ended with code $code." ;;
    esac
  fi
  [ "$bad" = 0 ] || cat "$log"
  printf '%-34s %5d passed %5d failed %5d s\n' "$name" "$good" "$bad" "$((SECONDS - started))"
  passed=$((passed + good))
  failed=$((failed + bad))
}

# The test programs of the solution, in its order; with arguments, those named.
programs() {
  local wanted
  dotnet sln "$repository/ServiceOrders.sln" list | tr '\\' '/' | sed -n 's|^tests/.*/\([^/]*\.Tests\)\.csproj$|\1|p' >"$output/all"
  if [ $# = 0 ]; then
    cat "$output/all"
    return
  fi
  for wanted in "$@"; do
    grep -Fx "ServiceOrders.$wanted.Tests" "$output/all" || fail "There is no ServiceOrders.$wanted.Tests in the solution."
  done
}

require_dotnet
[ -n "${SERVICEORDERS_TEST_DATABASE:-}" ] || require_postgres
programs "$@" >"$output/chosen"
build_release "$repository/ServiceOrders.sln"
while read -r name; do run_program "$name"; done <"$output/chosen"

finished=yes
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
