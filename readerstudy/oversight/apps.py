from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "readerstudy.oversight"
    label = "oversight"

    def ready(self) -> None:
        from readerstudy.oversight.panel import conduct_panel
        from readerstudy.studies.panels import register

        register(conduct_panel, place=20)
