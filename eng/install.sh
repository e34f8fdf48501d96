#!/usr/bin/env bash
# Installs what the host and its tests need beside the .NET SDK: PostgreSQL's programs. Does nothing where they are there.
set -euo pipefail

has_postgres() { command -v pg_ctl >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' >/dev/null; }

if has_postgres && command -v psql >/dev/null && command -v setpriv >/dev/null; then exit 0; fi

sudo=''
if [ "$(id -u)" -ne 0 ]; then sudo='sudo'; fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
$sudo apt-get install -y -q --no-install-recommends postgresql postgresql-client util-linux
has_postgres || { echo 'PostgreSQL was installed, but its programs cannot be found.' >&2; exit 1; }
