from django.apps import AppConfig


class PredictionsConfig(AppConfig):
    name = "readerstudy.predictions"
    label = "predictions"

    def ready(self) -> None:
        from readerstudy.exams import extensions
        from readerstudy.predictions import panel

        extensions.add_panel(panel.exam_panel, place=10)
        extensions.set_map_link(panel.map_link)
        extensions.when_received(panel.on_received)
