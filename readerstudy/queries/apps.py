from django.apps import AppConfig


class QueriesConfig(AppConfig):
    name = "readerstudy.queries"
    label = "queries"

    def ready(self) -> None:
        from readerstudy.queries.panel import queries_panel, readers_panel
        from readerstudy.reads.home import register as register_at_home
        from readerstudy.studies.panels import register

        register(queries_panel, place=15)
        register_at_home(readers_panel, place=20)
