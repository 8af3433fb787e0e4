-- name: get_server()^
-- The server's version and the time on its clock.
SELECT current_setting('server_version') AS version, clock_timestamp() AS clock;

-- name: get_revision()$
-- The revision that the schema stands at.
SELECT version_num FROM alembic_version;

-- name: list_roles_not_held(roles)
-- The roles that are missing, or that the current user may not take.
SELECT wanted.name
FROM unnest(CAST(:roles AS text[])) AS wanted (name)
LEFT JOIN pg_roles r ON r.rolname = wanted.name
WHERE r.oid IS NULL OR NOT pg_has_role(current_user, r.oid, 'MEMBER')
ORDER BY wanted.name;
