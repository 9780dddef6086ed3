-- Neither VALID UNTIL nor DROP ROLE ends a session that is open already.
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{{name}}';
DROP ROLE IF EXISTS "{{name}}";
