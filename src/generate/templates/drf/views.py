{%- set framework = "drf" -%}
{%- set reads = has.status or has.result -%}
{%- set celery = "get_celery()" if lazy_import else celery_name -%}
"""HTTP endpoints for Celery tasks."""

import logging
{%- if reads and remembers %}
from collections.abc import Iterator, Mapping, Sequence
{%- endif %}
from concurrent.futures import {% if has.health %}Future, {% endif %}ThreadPoolExecutor{% if has.health %}, wait{% endif %}
from http import HTTPStatus
{%- if reads or has.submit %}
from typing import Any
{%- endif %}

from celery import Celery{% if has.submit %}, Task{% endif %}{% if reads %}, states{% endif %}
{%- if reads and remembers %}
from celery.signals import before_task_publish
{%- endif %}
{%- if reads or (remembers and has.health) %}
from django.db import close_old_connections
{%- endif %}
{%- if has.submit %}
from rest_framework.parsers import JSONParser
{%- endif %}
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
{% if imports %}
{% for line in imports %}{{ line }}
{% endfor %}{% endif %}
{% include "shared/core.py" %}
{%- if lazy_import %}


def get_celery() -> Celery:
    from {{ celery_module }} import {{ celery_name }}

    return {{ celery_name }}
{%- endif %}
{%- if reads and remembers %}


{% include "shared/remember.py" %}
{%- endif %}


class ProblemView(APIView):
    """A view that answers `ProblemError` as `application/problem+json`."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, ProblemError):
            return Response(exc.body, status=exc.status, content_type="application/problem+json")
        return super().handle_exception(exc)
{%- if has.submit %}


class SubmitView(ProblemView):
    parser_classes = [JSONParser]

    def post(self, request: Request, task_name: str) -> Response:
        """Send a task with the given keyword arguments."""
        if not isinstance(request.data, dict):
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "The arguments have to be a JSON object.")
        task_id = submit_task({{ celery }}, task_name, request.data)
        return Response({"task_id": task_id}, status=HTTPStatus.ACCEPTED)
{%- endif %}
{%- if has.status %}


class TaskStatusView(ProblemView):
    def get(self, request: Request, task_id: str) -> Response:
        """Tell the state of a task and its progress."""
        return Response(read_status({{ celery }}, task_id))
{%- endif %}
{%- if has.result %}


class TaskResultView(ProblemView):
    def get(self, request: Request, task_id: str) -> Response:
        """Return the result of a task that has succeeded."""
        return Response({"task_id": task_id, "result": read_result({{ celery }}, task_id)})
{%- endif %}
{%- if has.health %}


class CeleryHealthView(ProblemView):
    def get(self, request: Request) -> Response:
        """Tell whether the broker, the result backend and the workers answer."""
        return Response({"checks": check_health({{ celery }})})
{%- endif %}
