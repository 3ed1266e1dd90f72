from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "connections"
    verbose_name = "Conexões"

    def ready(self) -> None:
        from connections import receivers  # noqa: F401  connects the signal receivers
