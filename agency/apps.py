from django.apps import AppConfig


class AgencyConfig(AppConfig):
    name = "agency"
    verbose_name = "Agências"

    def ready(self) -> None:
        from agency import receivers  # noqa: F401  connects the signal receivers
