from django.apps import AppConfig


class AdjudicationConfig(AppConfig):
    name = "readerstudy.adjudication"
    label = "adjudication"

    def ready(self) -> None:
        from readerstudy.adjudication import panel, services
        from readerstudy.reports.services import unlocking
        from readerstudy.studies import panels

        panels.register(panel.adjudication_panel, place=12)
        unlocking.register(services.stop_for_unlock)
