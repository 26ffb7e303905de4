def fetch_task(celery: Celery, task_id: str) -> dict[str, Any]:
    backend: Any = celery.backend
{% if framework in ["django", "drf"] %}
    close_old_connections()
    try:
        meta: dict[str, Any] = backend.get_task_meta(task_id)
    finally:
        close_old_connections()
{% else %}
    meta: dict[str, Any] = backend.get_task_meta(task_id)
{% endif %}
    return meta
