from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "readerstudy.common"
    label = "common"
