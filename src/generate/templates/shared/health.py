{% if remembers %}
def check_backend(celery: Celery) -> bool:
    fetch_task(celery, PROBE_ID)
    return True


{% endif %}
def check_broker(celery: Celery) -> bool:
    with connect(celery):
        return True


def check_workers(celery: Celery) -> bool:
    with connect(celery) as connection:
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
{% if remembers %}
        "backend": executor.submit(check_backend, celery),
{% endif %}
        "workers": executor.submit(check_workers, celery),
    }
    wait(checks.values(), timeout=HEALTH_SECONDS)
    health = {name: passed(check) for name, check in checks.items()}
    if not all(health.values()):
        failed = ", ".join(name for name, up in health.items() if not up)
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, f"Celery does not answer: {failed}.", checks=health)
    return health
