"""On PostgreSQL the database itself holds "the row's agency is its client's agency", with a composite foreign key.

SQLite has no ALTER TABLE … ADD CONSTRAINT; there the services check it.
https://www.postgresql.org/docs/15/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = {
    "whatsapp_connections": "connection_client_of_its_agency",
    "connections_message": "message_client_of_its_agency",
}


def add(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    for table, name in TABLES.items():
        editor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (client_id, agency_id) "
            "REFERENCES agency_client (id, agency_id) ON DELETE NO ACTION DEFERRABLE INITIALLY DEFERRED"
        )


def remove(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    for table, name in TABLES.items():
        editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


class Migration(migrations.Migration):
    dependencies = [("connections", "0001_initial"), ("agency", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
