def read_result(celery: Celery, task_id: str) -> object:
    """Read the result of a task that has succeeded."""
    meta = read_task(celery, task_id)
    state = meta["status"]
    if state in states.PROPAGATE_STATES:
        error = type(meta["result"]).__name__
        raise ProblemError(HTTPStatus.CONFLICT, "The task has failed.", task_id=task_id, state=state, error=error)
    if state != states.SUCCESS:
        raise ProblemError(HTTPStatus.CONFLICT, "The task has not finished.", task_id=task_id, state=state)
    result: object = meta["result"]
    return result
