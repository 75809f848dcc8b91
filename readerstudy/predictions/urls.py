from django.urls import path, register_converter

from readerstudy.predictions import views

app_name = "predictions"


class MapFile:
    """The files of a map that can be taken away."""

    regex = r"modic_map\.dcm|vertebrae\.dcm|report\.dcm|endplates\.json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(MapFile, "map_file")

urlpatterns = [
    path("exams/<uuid:exam_id>/map/", views.start, name="start"),
    path("runs/<uuid:run_id>/cancel/", views.cancel, name="cancel"),
    path("runs/<uuid:run_id>/status", views.status, name="status"),
    path("maps/<uuid:map_id>/map.json", views.show, name="map"),
    path("maps/<uuid:map_id>/<map_file:name>", views.download, name="download"),
]
