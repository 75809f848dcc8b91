from django.apps import AppConfig


class ConductConfig(AppConfig):
    name = "readerstudy.conduct"
    label = "conduct"
