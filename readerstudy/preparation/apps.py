from django.apps import AppConfig


class PreparationConfig(AppConfig):
    name = "readerstudy.preparation"
    label = "preparation"

    def ready(self) -> None:
        from readerstudy.preparation import gate, panel, services
        from readerstudy.preparation.services import calibration
        from readerstudy.reads import gates, home
        from readerstudy.studies import panels, readiness

        readiness.register(
            follow=calibration.follow,
            lacking=calibration.lacking,
            forget=services.forget,
        )
        gates.register(gate.instructions, place=10)
        gates.register(gate.calibration, place=20)
        panels.register(panel.instructions_panel, place=30)
        panels.register(panel.calibration_panel, place=31)
        home.register(panel.readers_panel, place=10)
        home.register(panel.own_calibration_panel, place=11)
