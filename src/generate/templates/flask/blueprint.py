{% set framework = "flask" %}
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
{% if has.submit and flask_extension %}
from contextvars import copy_context
{% endif %}
from http import HTTPStatus
from typing import Any

from celery import Celery{{ ", Task" if has.submit else "" }}{{ ", states" if reads else "" }}
{% if records %}
from celery.signals import before_task_publish
{% endif %}
from flask import Blueprint, Response{{ ", current_app" if flask_extension else "" }}{{ ", has_app_context" if flask_extension and records else "" }}, jsonify{{ ", request" if has.submit else "" }}
{% if imports %}

{% endif %}
{% for line in imports %}
{{ line }}
{% endfor %}

{{ router }} = Blueprint("{{ tag }}", __name__)
{% include "shared/core.py" %}
{% if flask_extension %}


def get_celery() -> Celery:
    celery: Celery = current_app.extensions["celery"]
    return celery
{% elif lazy_import %}


def get_celery() -> Celery:
{% if flask_extension %}
    celery: Celery = current_app.extensions["celery"]
    return celery
{% else %}
    from {{ celery_module }} import {{ celery_name }}

    return {{ celery_name }}
{% endif %}
{% endif %}
{% if records %}


{% include "shared/remember.py" %}
{% endif %}


@{{ router }}.errorhandler(ProblemError)
def answer_problem(problem: ProblemError) -> Response:
    response = jsonify(problem.body)
    response.status_code = problem.status
    response.content_type = "application/problem+json"
    return response
{% if has.submit %}


@{{ router }}.post("{{ prefix }}/<task_name>")
def submit(task_name: str) -> tuple[Response, int]:
    """Send a task with the given keyword arguments."""
    arguments = request.get_json(silent=True)
    if not isinstance(arguments, dict):
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "The arguments have to be a JSON object.")
    return jsonify(task_id=submit_task({{ celery }}, task_name, arguments)), HTTPStatus.ACCEPTED
{% endif %}
{% if has.status %}


@{{ router }}.get("{{ prefix }}/<task_id>/status")
def task_status(task_id: str) -> Response:
    """Tell the state of a task and its progress."""
    return jsonify(read_status({{ celery }}, task_id))
{% endif %}
{% if has.result %}


@{{ router }}.get("{{ prefix }}/<task_id>/result")
def task_result(task_id: str) -> Response:
    """Return the result of a task that has succeeded."""
    return jsonify(task_id=task_id, result=read_result({{ celery }}, task_id))
{% endif %}
{% if has.health %}


@{{ router }}.get("{{ health_path }}")
def celery_health() -> Response:
    """Tell whether broker, result backend and workers answer."""
    return jsonify(checks=check_health({{ celery }}))
{% endif %}
