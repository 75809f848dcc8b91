"""Wiring: settings, urls, the Celery application and the WSGI entry."""

from readerstudy.config.celery import app as celery_app

__all__ = ["celery_app"]
