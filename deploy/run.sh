#!/usr/bin/env bash
# Runs ServiceOrders on this machine, a bare Debian included: installs what is missing, builds, starts the API.
#
# Without ConnectionStrings__ServiceOrders it brings its own PostgreSQL, whose data stay in ServiceOrders__DataDirectory (default: .data in this
# repository). The address is printed, and at the very first start the administrator's key. Ctrl-C stops both.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$repository/deploy/prerequisites.sh"

# The embedded server does not run as root; whom root steps down to must be able to reach the data.
choose_data_directory() {
  [ -n "${ServiceOrders__DataDirectory:-}" ] && return 0
  ServiceOrders__DataDirectory="$repository/.data"
  if [ "$(id -u)" = 0 ]; then
    local user=nobody
    id postgres >/dev/null 2>&1 && user=postgres
    if ! setpriv --reuid="$user" --clear-groups --regid="$(id -g "$user")" test -x "$repository" 2>/dev/null; then
      ServiceOrders__DataDirectory=/var/lib/service-orders
      say "The user $user cannot enter $repository; data go to $ServiceOrders__DataDirectory."
    fi
  fi
  export ServiceOrders__DataDirectory
}

require_dotnet
if [ -z "${ConnectionStrings__ServiceOrders:-}" ]; then
  require_postgres
  choose_data_directory
fi
build_release "$repository/src/ServiceOrders.Host"

export ASPNETCORE_URLS="${ASPNETCORE_URLS:-http://127.0.0.1:5080}"
cd "$repository"
exec dotnet "$repository/src/ServiceOrders.Host/bin/Release/net10.0/ServiceOrders.Host.dll" "$@"
