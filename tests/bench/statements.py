"""Which statements the database was asked, and how often: by pg_stat_statements, where the server has it."""

from __future__ import annotations

from tests.bench.servers import say

_ASKED = r"""
SELECT calls, total_plan_time + total_exec_time, query FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND query !~* '^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)' AND query !~ 'pg_stat_statements'
  AND query !~ '^SELECT (1|\$[0-9]+) FROM ONLY .* FOR KEY SHARE OF x$'
ORDER BY calls DESC
"""


class Statements:
    """Counts from now on; without BEGIN, COMMIT and savepoints, and without what PostgreSQL asks itself at a COMMIT to
    check a foreign key."""

    def __init__(self) -> None:
        from django.db import DatabaseError, connection

        try:
            with connection.cursor() as cursor:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
                cursor.execute("SELECT pg_stat_statements_reset()")
        except DatabaseError as error:
            raise SystemExit(f"This PostgreSQL does not count its statements: {error}") from None

    def each(self, messages: int) -> float:
        """How many there were for each of so many messages; says which."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(_ASKED)
            rows = cursor.fetchall()
        for calls, time, query in rows[:20]:
            say(f"  {calls / messages:6.2f} × {time / calls:6.3f} ms  {' '.join(query.split())[:230]}")
        return float(sum(calls for calls, _, _ in rows)) / messages
