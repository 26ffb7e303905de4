{%- set framework = "django" -%}
{%- set reads = has.status or has.result -%}
{%- set celery = "get_celery()" if lazy_import else celery_name -%}
"""HTTP endpoints for Celery tasks."""

{% if has.submit %}import json
{% endif -%}
import logging
from collections.abc import Callable{% if reads and remembers %}, Iterator, Mapping, Sequence{% endif %}
from concurrent.futures import {% if has.health %}Future, {% endif %}ThreadPoolExecutor{% if has.health %}, wait{% endif %}
from functools import wraps
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
from django.http import HttpRequest, JsonResponse
{%- if has.submit %}
from django.views.decorators.csrf import csrf_exempt
{%- endif %}
{%- if has.submit or reads or has.health %}
from django.views.decorators.http import {% if reads or has.health %}require_GET{% endif %}{% if has.submit %}{% if reads or has.health %}, {% endif %}require_POST{% endif %}
{%- endif %}
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


def answer_problems(view: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
    """Answer `ProblemError` as `application/problem+json`."""

    @wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> JsonResponse:
        try:
            return view(request, *args, **kwargs)
        except ProblemError as problem:
            return JsonResponse(problem.body, status=problem.status, content_type="application/problem+json")

    return answered
{%- if has.submit %}


def json_arguments(request: HttpRequest) -> dict[str, Any]:
    """Take JSON only: a form of another site cannot send it, so that no CSRF token is needed."""
    if request.content_type != "application/json":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The arguments have to be sent as JSON.")
    try:
        arguments = json.loads(request.body)
    except ValueError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "The body is not JSON.") from error
    if not isinstance(arguments, dict):
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "The arguments have to be a JSON object.")
    return arguments


@csrf_exempt
@require_POST
@answer_problems
def submit(request: HttpRequest, task_name: str) -> JsonResponse:
    """Send a task with the given keyword arguments."""
    task_id = submit_task({{ celery }}, task_name, json_arguments(request))
    return JsonResponse({"task_id": task_id}, status=HTTPStatus.ACCEPTED)
{%- endif %}
{%- if has.status %}


@require_GET
@answer_problems
def task_status(request: HttpRequest, task_id: str) -> JsonResponse:
    """Tell the state of a task and its progress."""
    return JsonResponse(read_status({{ celery }}, task_id))
{%- endif %}
{%- if has.result %}


@require_GET
@answer_problems
def task_result(request: HttpRequest, task_id: str) -> JsonResponse:
    """Return the result of a task that has succeeded."""
    return JsonResponse({"task_id": task_id, "result": read_result({{ celery }}, task_id)})
{%- endif %}
{%- if has.health %}


@require_GET
@answer_problems
def celery_health(request: HttpRequest) -> JsonResponse:
    """Tell whether the broker, the result backend and the workers answer."""
    return JsonResponse({"checks": check_health({{ celery }})})
{%- endif %}
