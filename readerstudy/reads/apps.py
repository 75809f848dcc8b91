from django.apps import AppConfig


class ReadsConfig(AppConfig):
    name = "readerstudy.reads"
    label = "reads"
