from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "readerstudy.demo"
    label = "demo"

    def ready(self) -> None:
        from readerstudy.demo import runs
        from readerstudy.demo.panel import clock_panel
        from readerstudy.studies import panels, readiness

        panels.register(clock_panel, place=20)
        readiness.register(forget=runs.forget)
