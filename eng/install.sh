#!/usr/bin/env bash
# Installs what the host and its tests need beside the .NET SDK: PostgreSQL's programs, and for the tests the pooler pgbouncer. Does nothing
# where they are there.
set -euo pipefail

has_postgres() { command -v pg_ctl >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' >/dev/null; }

has_pgbouncer() { command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ]; }

if has_postgres && has_pgbouncer && command -v psql >/dev/null && command -v setpriv >/dev/null; then exit 0; fi

sudo=''
if [ "$(id -u)" -ne 0 ]; then sudo='sudo'; fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
$sudo apt-get install -y -q --no-install-recommends postgresql postgresql-client pgbouncer util-linux
has_postgres || { echo 'PostgreSQL was installed, but its programs cannot be found.' >&2; exit 1; }
has_pgbouncer || { echo 'pgbouncer was installed, but cannot be found.' >&2; exit 1; }
