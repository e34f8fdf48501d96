#!/usr/bin/env bash
# The PostgreSQL servers on this machine that the tests can run on, a line each: major version, directory of its programs.
#   eng/servers.sh            13 and later: those that the host supports
#   eng/servers.sh --cache    where eng/install.sh --all-servers unpacks servers
set -euo pipefail

# Not below root's home: servers run as an unprivileged user, who cannot enter it.
cache=${KRANG_SERVERS:-}
if [ -z "$cache" ]; then
  if [ "$(id -u)" -eq 0 ]; then cache=/var/cache/krang-upgrade/servers; else cache=${XDG_CACHE_HOME:-$HOME/.cache}/krang-upgrade/servers; fi
fi
if [ "${1:-}" = --cache ]; then echo "$cache"; exit 0; fi

for major in 13 14 15 16 17 18; do
  # Debian's before npm's: it has all programs.
  for bin in "/usr/lib/postgresql/$major/bin" "$cache/$major/package/native/bin"; do
    if [ -x "$bin/postgres" ] && [ -x "$bin/initdb" ] && [ -x "$bin/pg_ctl" ]; then echo "$major $bin"; break; fi
  done
done
