from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "readerstudy.reminders"
    label = "reminders"

    def ready(self) -> None:
        from readerstudy.reminders.panel import reminders_panel
        from readerstudy.studies.panels import register

        register(reminders_panel, place=35)
