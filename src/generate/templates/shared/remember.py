def announced_ids(options: Mapping[str, Any]) -> Iterator[str]:
    """Ids of a task and of those that follow it in a chain or chord."""
    if options.get("task_id"):
        yield options["task_id"]
    for step in (*(options.get("chain") or ()), options.get("chord")):
        if step:
            yield from announced_ids(step["options"])
            if step["subtask_type"] == "chord":
                yield from announced_ids(step["kwargs"]["body"]["options"])


def remember_task(headers: Mapping[str, Any], body: Sequence[Any], **_: object) -> None:
    """Record what is sent: to Celery, an unknown id is a waiting task."""
{% if flask_extension %}
    if not has_app_context():
        return
{% endif %}
    if headers["retries"] or headers.get("ignore_result"):
        return
    for task_id in announced_ids({**body[2], "task_id": headers["id"]}):
        {{ celery }}.backend.store_result(task_id, SENT, states.PENDING)


before_task_publish.connect(remember_task)
