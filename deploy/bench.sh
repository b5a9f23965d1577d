#!/usr/bin/env bash
# Measures the service over HTTP beside a plain insert of the same rows, on a private PostgreSQL with fsync on. Prints a table and one JSON line per figure.
#   deploy/bench.sh                about five minutes, 100,000 tickets in the filled store
#   deploy/bench.sh --quick        about three minutes
#   deploy/bench.sh --full         less than half an hour, 1,000,000 tickets
#   deploy/bench.sh --tickets N    so many tickets; further options: --help
# Nothing else should run on the machine. How to read the figures: tests/ServiceOrders.Benchmarks/README.md.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$repository/deploy/prerequisites.sh"

require_dotnet
require_postgres
build_release "$repository/tests/ServiceOrders.Benchmarks"
exec "$repository/tests/ServiceOrders.Benchmarks/bin/Release/net10.0/ServiceOrders.Benchmarks" "$@"
