def read_task(celery: Celery, task_id: str) -> dict[str, Any]:
    """Read what the result backend holds of a task, or fail soon."""
    try:
        meta = executor.submit(fetch_task, celery, task_id).result(timeout=BACKEND_SECONDS)
    except Exception as error:
        logger.warning("Cannot read task %r", task_id, exc_info=True)
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "The result backend does not answer.") from error
{% if remembers %}
    if meta["status"] == states.PENDING and meta["result"] != SENT:
        raise ProblemError(HTTPStatus.NOT_FOUND, "No task has this id, or its record has expired.", task_id=task_id)
{% endif %}
    return meta
