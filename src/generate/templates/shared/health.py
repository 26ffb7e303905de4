def check_broker(celery: Celery) -> bool:
    with celery.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    return True
{% if remembers %}

def check_backend(celery: Celery) -> bool:
{%- if framework in ["django", "drf"] %}
    close_old_connections()
    try:
        celery.backend.get_task_meta(PROBE_ID)
    finally:
        close_old_connections()
{%- else %}
    celery.backend.get_task_meta(PROBE_ID)
{%- endif %}
    return True
{% endif %}

def check_workers(celery: Celery) -> bool:
    with celery.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
        return bool(celery.control.ping(timeout=1, connection=connection))


def passed(check: Future[bool]) -> bool:
    if not check.done():
        return False
    if check.exception():
        logger.warning("Celery is not healthy", exc_info=check.exception())
        return False
    return check.result()


def check_health(celery: Celery) -> dict[str, bool]:
    """Tell which parts of Celery answer in time."""
    checks = {
        "broker": executor.submit(check_broker, celery),
{%- if remembers %}
        "backend": executor.submit(check_backend, celery),
{%- endif %}
        "workers": executor.submit(check_workers, celery),
    }
    wait(checks.values(), timeout=HEALTH_SECONDS)
    health = {name: passed(check) for name, check in checks.items()}
    if not all(health.values()):
        failed = ", ".join(name for name, up in health.items() if not up)
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, f"Celery does not answer: {failed}.", checks=health)
    return health
