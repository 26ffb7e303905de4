def read_status(celery: Celery, task_id: str) -> dict[str, Any]:
    """Read the state of a task, and what it has told with `update_state`."""
    meta = read_task(celery, task_id)
    told = meta["status"] not in states.ALL_STATES and isinstance(meta["result"], dict)
    return {"task_id": task_id, "state": meta["status"], "progress": meta["result"] if told else {}}
