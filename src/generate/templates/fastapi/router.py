{% set framework = "fastapi" %}
{% set reads = has.status or has.result %}
{% set connects = has.health or has.submit %}
{% set fetches = reads or (connects and remembers) %}
{% set records = reads and remembers %}
{% set celery = "get_celery()" %}
"""HTTP endpoints for Celery tasks."""

import logging
from collections.abc import Callable, Coroutine{{ ", Iterator" if connects or records else "" }}{{ ", Mapping, Sequence" if records else "" }}
from concurrent.futures import {{ "Future, " if has.health else "" }}ThreadPoolExecutor{{ ", wait" if has.health else "" }}
{% if connects %}
from contextlib import contextmanager
{% endif %}
from http import HTTPStatus
from typing import Annotated, Any

from celery import Celery{{ ", Task" if has.submit else "" }}{{ ", states" if reads else "" }}
{% if records %}
from celery.signals import before_task_publish
{% endif %}
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
{% if imports %}

{% endif %}
{% for line in imports %}
{{ line }}
{% endfor %}

{% include "shared/core.py" %}


class ProblemRoute(APIRoute):
    """A route that answers `ProblemError` as `application/problem+json`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_problem(request: Request) -> Response:
            try:
                return await handle(request)
            except ProblemError as problem:
                return JSONResponse(problem.body, problem.status, media_type="application/problem+json")

        return handle_problem


class Problem(BaseModel):
    title: str
    status: int
    detail: str
{% if has.submit %}

class TaskAccepted(BaseModel):
    task_id: str
{% endif %}
{% if has.status %}

class TaskStatus(BaseModel):
    task_id: str
    state: str
    progress: dict[str, Any] = {}
{% endif %}
{% if has.result %}

class TaskResult(BaseModel):
    task_id: str
    result: Any
{% endif %}
{% if has.health %}

class CeleryHealth(BaseModel):
    checks: dict[str, bool]
{% endif %}

def get_celery() -> Celery:
{% if lazy_import %}
    from {{ celery_module }} import {{ celery_name }}

    return {{ celery_name }}
{% else %}
    return {{ celery_name }}
{% endif %}

{% if records %}
{% include "shared/remember.py" %}

{% endif %}
{{ router }} = APIRouter(route_class=ProblemRoute, tags=["{{ tag }}"])
{% if has.submit %}


@{{ router }}.post(
    "{{ prefix }}/{task_name}",
    status_code=HTTPStatus.ACCEPTED,
    responses={
        404: {"model": Problem, "description": "No task of this name is offered"},
        422: {"model": Problem, "description": "The arguments do not fit the task"},
        503: {"model": Problem, "description": "The task cannot be sent now"},
    },
)
def submit(task_name: str, arguments: dict[str, Any], celery: Annotated[Celery, Depends(get_celery)]) -> TaskAccepted:
    """Send a task with the given keyword arguments."""
    return TaskAccepted(task_id=submit_task(celery, task_name, arguments))
{% endif %}
{% if has.status %}


@{{ router }}.get(
    "{{ prefix }}/{task_id}/status",
    responses={
{% if remembers %}
        404: {"model": Problem, "description": "No task has this id"},
{% endif %}
        503: {"model": Problem, "description": "The result backend does not answer"},
    },
)
def task_status(task_id: str, celery: Annotated[Celery, Depends(get_celery)]) -> TaskStatus:
    """Tell the state of a task and its progress."""
    return TaskStatus(**read_status(celery, task_id))
{% endif %}
{% if has.result %}


@{{ router }}.get(
    "{{ prefix }}/{task_id}/result",
    responses={
{% if remembers %}
        404: {"model": Problem, "description": "No task has this id"},
{% endif %}
        409: {"model": Problem, "description": "The task has failed, or has not finished"},
        503: {"model": Problem, "description": "The result backend does not answer"},
    },
)
def task_result(task_id: str, celery: Annotated[Celery, Depends(get_celery)]) -> TaskResult:
    """Return the result of a task that has succeeded."""
    return TaskResult(task_id=task_id, result=read_result(celery, task_id))
{% endif %}
{% if has.health %}


@{{ router }}.get(
    "{{ health_path }}",
    responses={503: {"model": Problem, "description": "A part of Celery does not answer"}},
)
def celery_health(celery: Annotated[Celery, Depends(get_celery)]) -> CeleryHealth:
    """Tell whether broker, result backend and workers answer."""
    return CeleryHealth(checks=check_health(celery))
{% endif %}
