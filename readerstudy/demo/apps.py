from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "readerstudy.demo"
    label = "demo"

    def ready(self) -> None:
        from readerstudy.demo.panel import clock_panel
        from readerstudy.studies.panels import register

        register(clock_panel, place=20)
