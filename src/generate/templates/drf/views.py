{% set framework = "drf" %}
{% set reads = has.status or has.result %}
{% set connects = has.health or has.submit %}
{% set fetches = reads or (connects and remembers) %}
{% set records = reads and remembers %}
{% set celery = "get_celery()" if lazy_import else celery_name %}
"""HTTP endpoints for Celery tasks."""

import logging
{% if connects or records %}
from collections.abc import Iterator{{ ", Mapping, Sequence" if records else "" }}
{% endif %}
from concurrent.futures import {{ "Future, " if has.health else "" }}ThreadPoolExecutor{{ ", wait" if has.health else "" }}
{% if connects %}
from contextlib import contextmanager
{% endif %}
from http import HTTPStatus
from typing import Any

from celery import Celery{{ ", Task" if has.submit else "" }}{{ ", states" if reads else "" }}
{% if records %}
from celery.signals import before_task_publish
{% endif %}
{% if fetches %}
from django.db import close_old_connections
{% endif %}
{% if has.submit %}
from rest_framework.parsers import JSONParser
{% endif %}
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
{% if imports %}

{% endif %}
{% for line in imports %}
{{ line }}
{% endfor %}

{% include "shared/core.py" %}
{% if lazy_import %}


def get_celery() -> Celery:
    from {{ celery_module }} import {{ celery_name }}

    return {{ celery_name }}
{% endif %}
{% if records %}


{% include "shared/remember.py" %}
{% endif %}


class ProblemView(APIView):
    """A view that answers `ProblemError` as `application/problem+json`."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, ProblemError):
            return Response(exc.body, status=exc.status, content_type="application/problem+json")
        return super().handle_exception(exc)
{% if has.submit %}


class SubmitView(ProblemView):
    parser_classes = (JSONParser,)

    def post(self, request: Request, task_name: str) -> Response:
        """Send a task with the given keyword arguments."""
        if not isinstance(request.data, dict):
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "The arguments have to be a JSON object.")
        task_id = submit_task({{ celery }}, task_name, request.data)
        return Response({"task_id": task_id}, status=HTTPStatus.ACCEPTED)
{% endif %}
{% if has.status %}


class TaskStatusView(ProblemView):
    def get(self, request: Request, task_id: str) -> Response:
        """Tell the state of a task and its progress."""
        return Response(read_status({{ celery }}, task_id))
{% endif %}
{% if has.result %}


class TaskResultView(ProblemView):
    def get(self, request: Request, task_id: str) -> Response:
        """Return the result of a task that has succeeded."""
        return Response({"task_id": task_id, "result": read_result({{ celery }}, task_id)})
{% endif %}
{% if has.health %}


class CeleryHealthView(ProblemView):
    def get(self, request: Request) -> Response:
        """Tell whether broker, result backend and workers answer."""
        return Response({"checks": check_health({{ celery }})})
{% endif %}
