{% set framework = "django" %}
{% set reads = has.status or has.result %}
{% set connects = has.health or has.submit %}
{% set fetches = reads or (connects and remembers) %}
{% set records = reads and remembers %}
{% set gets = reads or has.health %}
{% set celery = "get_celery()" if lazy_import else celery_name %}
"""HTTP endpoints for Celery tasks."""

{% if has.submit %}
import json
{% endif %}
import logging
from collections.abc import Callable{{ ", Iterator" if connects or records else "" }}{{ ", Mapping, Sequence" if records else "" }}
from concurrent.futures import {{ "Future, " if has.health else "" }}ThreadPoolExecutor{{ ", wait" if has.health else "" }}
{% if connects %}
from contextlib import contextmanager
{% endif %}
from functools import wraps
from http import HTTPStatus
from typing import Any

from celery import Celery{{ ", Task" if has.submit else "" }}{{ ", states" if reads else "" }}
{% if records %}
from celery.signals import before_task_publish
{% endif %}
{% if fetches %}
from django.db import close_old_connections
{% endif %}
from django.http import HttpRequest, JsonResponse
{% if has.submit %}
from django.views.decorators.csrf import csrf_exempt
{% endif %}
from django.views.decorators.http import {{ "require_GET" if gets else "" }}{{ ", " if gets and has.submit else "" }}{{ "require_POST" if has.submit else "" }}
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


def answer_problems(view: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
    """Answer `ProblemError` as `application/problem+json`."""

    @wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> JsonResponse:
        try:
            return view(request, *args, **kwargs)
        except ProblemError as problem:
            return JsonResponse(problem.body, status=problem.status, content_type="application/problem+json")

    return answered
{% if has.submit %}


def json_arguments(request: HttpRequest) -> dict[str, Any]:
    """Read a JSON body: forms of other sites cannot send one."""
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
{% endif %}
{% if has.status %}


@require_GET
@answer_problems
def task_status(request: HttpRequest, task_id: str) -> JsonResponse:
    """Tell the state of a task and its progress."""
    return JsonResponse(read_status({{ celery }}, task_id))
{% endif %}
{% if has.result %}


@require_GET
@answer_problems
def task_result(request: HttpRequest, task_id: str) -> JsonResponse:
    """Return the result of a task that has succeeded."""
    return JsonResponse({"task_id": task_id, "result": read_result({{ celery }}, task_id)})
{% endif %}
{% if has.health %}


@require_GET
@answer_problems
def celery_health(request: HttpRequest) -> JsonResponse:
    """Tell whether broker, result backend and workers answer."""
    return JsonResponse({"checks": check_health({{ celery }})})
{% endif %}
