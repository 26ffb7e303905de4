"""The Celery application."""

import os

from celery import Celery
from celery.schedules import crontab

celery_app = Celery(
    "jobs",
    broker=os.environ["CELERY_BROKER_URL"],
    backend=os.environ["CELERY_RESULT_BACKEND"],
    include=["jobs.tasks"],
)
celery_app.conf.update(
    result_expires=24 * 60 * 60,
    task_soft_time_limit=9 * 60,
    task_time_limit=10 * 60,
    task_track_started=True,
    beat_schedule={
        "count-primes-every-night": {
            "task": "jobs.tasks.count_primes",
            "schedule": crontab(hour=3, minute=0),
            "args": [1_000_000],
            "options": {"expires": 60 * 60},
        },
    },
)
