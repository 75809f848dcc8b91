from django.apps import AppConfig


class ReadsConfig(AppConfig):
    name = "readerstudy.reads"
    label = "reads"

    def ready(self) -> None:
        from readerstudy.reads.panel import progress_panel
        from readerstudy.studies.panels import register

        register(progress_panel, place=10)
