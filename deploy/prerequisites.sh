# Sourced by run.sh, test.sh and bench.sh: sees to what they need, and says clearly what to do where it cannot.
# Needs: the .NET 10 SDK, and PostgreSQL's server programs from version 15 on (unless a server's address is given).

OLDEST_POSTGRES=15
WANTED_DOTNET=10

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# The service does without ICU, and the SDK can where it must.
ldconfig -p 2>/dev/null | grep -q libicuuc || export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
if [ -z "${HOME:-}" ] && [ -z "${DOTNET_CLI_HOME:-}" ]; then
  DOTNET_CLI_HOME=$(mktemp -d)
  export DOTNET_CLI_HOME
fi

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# Runs a command as root: directly, or by sudo where that asks no questions.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

apt_install() {
  command -v apt-get >/dev/null || return 1
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2 &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

has_postgres() {
  local programs version
  for programs in ${PGBIN:-/usr/lib/postgresql/*/bin "$(dirname "$(command -v postgres || echo /nowhere/postgres)")"}; do
    [ -x "$programs/initdb" ] && [ -x "$programs/postgres" ] || continue
    version=$("$programs/postgres" --version | sed -n 's/.*(PostgreSQL) \([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge "$OLDEST_POSTGRES" ] && return 0
  done
  return 1
}

require_postgres() {
  has_postgres && return 0
  say "PostgreSQL $OLDEST_POSTGRES or newer is missing; installing the distribution's package."
  # The package would start a server of its own; ours are private and need only the programs.
  if apt_install postgresql-common && [ -f /etc/postgresql-common/createcluster.conf ]; then
    as_root sed -i 's/^#\?create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    apt_install postgresql
  fi
  has_postgres || fail "PostgreSQL $OLDEST_POSTGRES or newer is needed and could not be installed.
Install it (Debian or Ubuntu, as root: apt-get install postgresql), or name the folder of its programs in PGBIN."
}

has_dotnet() {
  command -v dotnet >/dev/null && dotnet --list-sdks 2>/dev/null | grep -q "^$WANTED_DOTNET\."
}

require_dotnet() {
  local folder
  has_dotnet && return 0
  for folder in "${DOTNET_ROOT:-}" /usr/share/dotnet /usr/lib/dotnet /opt/dotnet "${HOME:-/nowhere}/.dotnet"; do
    if [ -x "$folder/dotnet" ]; then
      PATH="$folder:$PATH"
      has_dotnet && export PATH DOTNET_ROOT="$folder" && return 0
    fi
  done
  if command -v apt-cache >/dev/null && apt-cache show "dotnet-sdk-$WANTED_DOTNET.0" >/dev/null 2>&1; then
    apt_install "dotnet-sdk-$WANTED_DOTNET.0" || true
  fi
  has_dotnet || fail "The .NET $WANTED_DOTNET SDK is needed and was not found.
Install it as https://dotnet.microsoft.com/download/dotnet/$WANTED_DOTNET.0 describes (package dotnet-sdk-$WANTED_DOTNET.0, or the script dotnet-install.sh,
which needs no root and installs to ~/.dotnet, where it is found), then run this again."
}

# Builds in Release. Warnings are errors; so errors are all there is to show.
build_release() {
  say "Building ..."
  dotnet build "$1" -c Release -v quiet --nologo -nodeReuse:false -consoleLoggerParameters:ErrorsOnly >&2 || fail "The build failed."
}
