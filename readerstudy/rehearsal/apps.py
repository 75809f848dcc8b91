from django.apps import AppConfig


class RehearsalConfig(AppConfig):
    name = "readerstudy.rehearsal"
    label = "rehearsal"

    def ready(self) -> None:
        from readerstudy.reads import home
        from readerstudy.rehearsal import panel
        from readerstudy.studies import panels

        home.register(panel.practice_panel, place=20)
        panels.register(panel.preview_panel, place=35)
