#!/bin/sh
# Run once by the PostgreSQL container on an empty volume: a role and a database for each service.
# Neither can see the other's. Passwords are those of the URLs the services are given.
set -eu

for service in registry matcher; do
  password=$(sed -E 's,^[^:]+://[^:]+:([^@]+)@.*$,\1,' "/run/secrets/doudi_${service}_database_url")
  psql -v ON_ERROR_STOP=1 -v service="$service" -v password="$password" -U "${POSTGRES_USER:-postgres}" -d postgres <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE CONNECT ON DATABASE :"service" FROM PUBLIC;
SQL
done
